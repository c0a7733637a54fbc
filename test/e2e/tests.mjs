// What a person does with the extension, in this order; each test leaves the window usable for the next one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sleep } from '../../scripts/code-server.mjs';

const AGREEMENT = 'service-agreement.md';
const FEE = 'EUR 4,850';

/** Does a rectangle of a decoration lie on this text? */
function covers(decoration, place) {
  const inside = (a, b) => Math.abs(a - b) <= 2;
  return (
    inside(decoration.x, place.x) &&
    inside(decoration.x + decoration.width, place.x + place.width) &&
    decoration.y <= place.y + place.height / 2 &&
    decoration.y + decoration.height >= place.y + place.height / 2
  );
}

/** The decorations on exactly this text. */
async function decorationsOn(workbench, text) {
  const place = await workbench.placeOf(text);
  const all = await workbench.decorations();
  return place ? all.filter((decoration) => covers(decoration, place)) : [];
}

export const highlighted = (workbench, text) =>
  workbench.until(`a highlight on "${text}"`, async () => {
    const found = await decorationsOn(workbench, text);
    return found.length > 0 ? found : undefined;
  });

/** The one of the two rectangles on the current answer that has the look of the best answer. */
const isBest = ({ borderTopStyle, borderTopWidth }) => borderTopStyle === 'solid' && borderTopWidth !== '0px';

const nothingHighlighted = (workbench) =>
  workbench.until('no highlight', async () => (await workbench.decorations()).length === 0);

async function ask(workbench, question) {
  await workbench.command('Ask BERT: Ask about Selection');
  await workbench.boxTitle.filter({ hasText: 'Ask BERT:' }).waitFor({ timeout: 15_000 });
  await workbench.answerBox(question);
}

const statusText = (workbench) =>
  workbench.page.locator('[id="ask-bert.ask-bert.askBert.status"]').textContent({ timeout: 5000 });

/** Process ids of the sidecar of this VS Code. */
export function sidecars(profile) {
  return processes()
    .filter(({ command }) => command.includes(path.join('dist', 'sidecar.js')) && command.includes(profile.extensions))
    .map(({ pid }) => pid);
}

/** All processes with their command lines: from /proc where that exists (small containers have no ps), else from ps. */
function processes() {
  if (!existsSync('/proc/self')) {
    const lines = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return { pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8') };
      } catch {
        return { pid: Number(name), command: '' }; // it has just ended
      }
    });
}

const SAMPLES = path.join(import.meta.dirname, '..', '..', 'samples');

/** A view of the container Ask BERT. */
const pane = ({ page }, title) =>
  page.locator('.pane', { has: page.locator('.pane-header .title', { hasText: title }) });

const resultRows = (workbench) => pane(workbench, 'Answers').locator('.customview-tree .monaco-list-row');
const historyRows = (workbench) => pane(workbench, 'History').locator('.customview-tree .monaco-list-row');

/** Waits for the line above the tree. */
const resultsMessage = (workbench, expected) =>
  workbench.page
    .locator('.tree-explorer-viewlet-tree-view .message')
    .filter({ hasText: expected })
    .waitFor({ timeout: 60_000 });

/** Chooses a row of the list that is open. */
async function pick(workbench, label) {
  const row = workbench.page.locator('.quick-input-list').getByRole('option', { name: label }).first();
  await row.waitFor({ timeout: 15_000 });
  await row.click();
}

/** Cursor to the beginning of a line, by the editor's own "go to line". */
async function goTo(workbench, line, column = 1) {
  await workbench.page.keyboard.press('Control+G');
  await workbench.answerBox(`:${line}:${column}`);
  const there = new RegExp(`Ln ${line}, Col ${column}\\b`);
  await workbench.page.locator('.statusbar-item', { hasText: there }).first().waitFor({ timeout: 5000 });
}

export const tests = {
  'nothing runs before the first question': async ({ workbench, profile }) => {
    await workbench.openFile(AGREEMENT);
    await sleep(1000);
    assert.deepEqual(sidecars(profile), []);
    assert.doesNotMatch(profile.log(/remoteexthost\.log$/), /_doActivateExtension ask-bert/);
  },

  'the palette offers what is possible now': async ({ workbench }) => {
    const rows = (await workbench.paletteRows('Ask BERT:')).join('\n');
    assert.match(rows, /Ask about Selection/);
    assert.match(rows, /Show Log/);
    assert.doesNotMatch(rows, /Next Answer|Copy Answer|Clear Answers/);
    await workbench.page.keyboard.press('Escape');
  },

  'a question from the palette highlights the exact answer': async ({ workbench, shot, fact }) => {
    await workbench.command('Ask BERT: Ask about Selection');
    await workbench.boxTitle.filter({ hasText: 'Ask BERT: whole document, 61 lines' }).waitFor({ timeout: 15_000 });
    await shot('1-question');
    const started = Date.now();
    await workbench.answerBox('How much is the monthly fee?');
    await highlighted(workbench, FEE);
    fact(
      `first question, from Enter to the highlight: ${Date.now() - started} ms (sidecar and model are loaded meanwhile)`,
    );
    assert.ok((await decorationsOn(workbench, FEE)).some(isBest));
    await workbench.until('the status', async () => /1\/\d · /.test(await statusText(workbench)));
    await shot('2-answer');
  },

  'a second question is fast': async ({ workbench, fact }) => {
    await ask(workbench, 'Who is the head of operations?');
    const started = Date.now();
    await highlighted(workbench, 'Owen Tregarth');
    fact(`second question, from Enter to the highlight: ${Date.now() - started} ms`);
  },

  'hover: question, answer, probability, rank, engine, links': async ({ workbench, shot }) => {
    await ask(workbench, 'How much is the monthly fee?');
    await highlighted(workbench, FEE);
    const hover = await workbench.hover(FEE, /monthly fee/);
    const text = (await hover.textContent()).replace(/\u00a0/g, ' ');
    for (const part of [
      /How much is the monthly fee\?/,
      /EUR 4,850/,
      /Answer 1 of \d/,
      /probability (> )?\d+(\.\d)?%/,
      /cpu/,
      /\d+ ms/,
    ]) {
      assert.match(text, part);
    }
    assert.equal(await hover.locator('a', { hasText: 'Clear' }).count(), 1);
    await shot('3-hover');
  },

  'the link "Copy" of the hover copies the exact answer': async ({ workbench }) => {
    const hover = await workbench.hover(FEE, /monthly fee/);
    await hover.locator('a', { hasText: 'Copy' }).click();
    await workbench.until('the answer is in the clipboard', async () => {
      return (await workbench.page.evaluate(() => navigator.clipboard.readText())) === FEE;
    });
  },

  'next and previous answer': async ({ workbench, shot }) => {
    await workbench.openFile('incident-log.txt');
    await ask(workbench, 'Who is responsible?');
    await workbench.until('several answers', async () => /1\/[2-9]/.test(await statusText(workbench)));
    await workbench.command('Ask BERT: Next Answer');
    await workbench.until('the second answer', async () => /2\/\d/.test(await statusText(workbench)));
    const styles = (await workbench.decorations()).map(({ borderTopStyle }) => borderTopStyle);
    assert.ok(styles.includes('solid') && styles.includes('dashed'), 'best and others look different');
    await shot('4-next');
    const hover = await workbench.hover('facility management', /Answer 3 of 3/);
    await shot('4-next-hover');
    await hover.locator('a', { hasText: 'Next' }).click();
    await workbench.until('after the last comes the first', async () => /1\/3/.test(await statusText(workbench)));
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Ask BERT: Next Answer');
    await workbench.command('Ask BERT: Previous Answer');
    await workbench.until('the first answer', async () => /1\/\d/.test(await statusText(workbench)));
    await workbench.openFile(AGREEMENT);
    await highlighted(workbench, FEE);
  },

  'an edit before the answer moves the highlight, one inside removes it': async ({ workbench, shot }) => {
    await goTo(workbench, 32, 1);
    await workbench.page.keyboard.type('Hereby: ');
    await highlighted(workbench, FEE);
    // By its column, not by a click: the line may still be laid out anew.
    await goTo(workbench, 32, (await workbench.lineText(FEE)).indexOf(FEE) + 4);
    await workbench.page.keyboard.type('9');
    await workbench.until('the edit', async () => (await workbench.placeOf(FEE)) === undefined);
    await shot('5-edited');
    for (let undo = 0; undo < 3; undo++) await workbench.page.keyboard.press('Control+Z');
    await workbench.command('File: Revert File');
    await workbench.until('the text of before', async () => (await workbench.placeOf(FEE)) !== undefined);
    assert.deepEqual(await decorationsOn(workbench, FEE), [], 'the answer whose words were changed is gone');
    await workbench.command('Ask BERT: Clear Answers');
    await nothingHighlighted(workbench);
  },

  'Clear Answers removes highlights and status': async ({ workbench }) => {
    await ask(workbench, 'How much is the monthly fee?');
    await highlighted(workbench, FEE);
    await workbench.command('Ask BERT: Clear Answers');
    await nothingHighlighted(workbench);
    await workbench.until('the status', async () => /Ask BERT/.test(await statusText(workbench)));
  },

  'the context menu asks about the selection': async ({ workbench, shot }) => {
    await goTo(workbench, 32);
    await workbench.select('EUR 4,850, payable within twenty-one days');
    await workbench.contextMenu('payable within', 'Ask about Selection');
    await workbench.boxTitle.filter({ hasText: 'Ask BERT: selection, 1 line' }).waitFor({ timeout: 5000 });
    await shot('6-selection');
    await workbench.answerBox('Within how many days must it be paid?');
    const place = await workbench.mustPlaceOf('EUR 4,850, payable within twenty-one days');
    const inside = await workbench.until('a highlight in the selection', async () => {
      const all = await workbench.decorations();
      return all.length > 0 && all;
    });
    for (const { x, width } of inside) {
      assert.ok(x >= place.x - 2 && x + width <= place.x + place.width + 2, 'inside of the selection');
    }
    await workbench.command('Ask BERT: Clear Answers');
  },

  'the keys Ctrl+K Q open the box; earlier questions are there; Escape leaves everything as it was': async ({
    workbench,
    shot,
  }) => {
    await goTo(workbench, 1);
    await workbench.page.keyboard.press('Control+K');
    await workbench.page.keyboard.press('q');
    await workbench.boxTitle.filter({ hasText: 'whole document' }).waitFor({ timeout: 5000 });
    const rows = await workbench.page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
    assert.match(rows.join('\n'), /Within how many days/);
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-list', { hasText: 'Type a question first' }).waitFor({ timeout: 5000 });
    await shot('7-history');
    await workbench.page.keyboard.press('Escape');
    await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    assert.deepEqual(await workbench.decorations(), []);
  },

  'no answer: said quietly, nothing highlighted, the best guess on demand': async ({ workbench, shot }) => {
    await ask(workbench, 'Who is the king of Spain?');
    const toast = await workbench.notification('No answer in this text');
    assert.match(await toast.textContent(), /probability (> )?\d+(\.\d)?%/);
    assert.deepEqual(await workbench.decorations(), []);
    await shot('8-no-answer');
    await toast.getByText('Show Best Guess').click();
    await workbench.until('the guess', async () => /1\/\d/.test(await statusText(workbench)));
    await shot('9-best-guess');
    await workbench.command('Ask BERT: Clear Answers');
  },

  'two editors side by side show the same answers': async ({ workbench, shot }) => {
    await goTo(workbench, 34);
    await workbench.command('View: Split Editor Right');
    await sleep(500);
    await ask(workbench, 'How much is the monthly fee?');
    await highlighted(workbench, FEE);
    const groups = workbench.page.locator('.editor-group-container');
    await workbench.until('highlights in both', async () => {
      const counts = await groups.evaluateAll((all) =>
        all.map((group) => group.querySelectorAll('.view-overlays .cdr[class*="ced-"]').length),
      );
      return counts.length === 2 && counts.every((count) => count > 0);
    });
    await shot('10-split');
    await workbench.command('Ask BERT: Clear Answers');
    await workbench.command('View: Close All Editors in Group');
  },

  'a text file and source code': async ({ workbench, shot }) => {
    await workbench.openFile('incident-log.txt');
    await ask(workbench, 'How many cartons were moved?');
    await highlighted(workbench, '412');
    await shot('11-log');
    await workbench.openFile('upload_queue.py');
    await ask(workbench, 'When are files crossed out?');
    await workbench.until('an answer', async () => (await workbench.decorations()).length > 0);
    await shot('12-code');
  },

  'the answers are there again when their editor comes back': async ({ workbench }) => {
    await workbench.openFile('incident-log.txt');
    await highlighted(workbench, '412');
  },

  'the status bar says what works, in its tooltip': async ({ workbench, shot }) => {
    await workbench.page.locator('[id="ask-bert.ask-bert.askBert.status"]').hover();
    const tooltip = workbench.page.locator('.monaco-hover:not(.hidden)').filter({ hasText: 'Engine' });
    await tooltip.first().waitFor({ timeout: 5000 });
    const text = (await tooltip.first().textContent()).replace(/\u00a0/g, ' ');
    for (const part of [
      /Engine: cpu, ./,
      /Model: ./,
      /threads/,
      /Memory: \d+ MB/,
      /Last answer: \d+ ms; \d+ answers: p50 \d+ ms, p95 \d+ ms/,
      /Ask \| Manage Models \| Open Settings \| Restart Server \| Show Log \| Report Diagnostics/,
    ]) {
      assert.match(text, part);
    }
    await shot('13-status');
    await workbench.page.mouse.move(600, 300);
  },

  'the language status has engine, model and times': async ({ workbench, shot }) => {
    await workbench.page.locator('[id="status.languageStatus"]').hover();
    const hover = workbench.page.locator('.monaco-hover:not(.hidden)', { hasText: 'Ask BERT: cpu' }).first();
    await hover.waitFor({ timeout: 5000 });
    const text = (await hover.textContent()).replace(/\u00a0/g, ' ');
    assert.match(text, /Ask BERT: cpu, (int8|fp32)/);
    assert.match(text, /\d+ ms \(p50 \d+ ms, p95 \d+ ms\) · ./);
    await shot('17-language-status');
    await workbench.page.mouse.move(600, 300);
  },

  'the sidecar is killed: the next question is answered by a new one': async ({ workbench, profile }) => {
    const [pid, ...others] = sidecars(profile);
    assert.ok(pid && others.length === 0, 'one sidecar');
    process.kill(pid, 'SIGKILL');
    await workbench.until('it is gone', () => !sidecars(profile).includes(pid));
    await ask(workbench, 'How much did it cost?');
    await workbench.until('a new one', () => sidecars(profile).length === 1);
    await highlighted(workbench, '1,940 euros');
  },

  'Restart Server': async ({ workbench, profile }) => {
    const [before] = sidecars(profile);
    await workbench.command('Ask BERT: Restart Server');
    await workbench.until('another one', () => {
      const now = sidecars(profile);
      return now.length === 1 && now[0] !== before;
    });
    await ask(workbench, 'How many cartons were moved?');
    await highlighted(workbench, '412');
  },

  'a wrong model folder: one message that leads to the setting': async ({ workbench, shot }) => {
    // A setting of the machine: what the user's own file says does not count on a server.
    await workbench.writeSettings('Workspace', '{ "askBert.modelPath": "/nowhere/at/all" }');
    await ask(workbench, 'How many cartons were moved?');
    const toast = await workbench.notification('/nowhere/at/all');
    await shot('14-wrong-model');
    await toast.getByText('Open Settings').click();
    const setting = workbench.page.locator('.settings-editor .setting-item-label', { hasText: 'Model Path' }).first();
    await setting.waitFor({ timeout: 10_000 });
    await workbench.command('View: Close Editor');
    await workbench.writeSettings('Workspace', '{}');
    await workbench.dismissNotifications();
    await workbench.command('Ask BERT: Ask Again');
    await highlighted(workbench, '412');
  },

  'a value out of bounds: told at the setting, in a warning, and not used': async ({ workbench, shot }) => {
    await workbench.writeSettings('Workspace', '{ "askBert.alternatives": 99, "askBert.tensorRtPath": "here" }');
    await workbench.notification('askBert.alternatives is 99, expected 1..20');
    await workbench.dismissNotifications();
    await workbench.command('Ask BERT: Open Settings');
    const settings = workbench.page.locator('.settings-editor');
    await settings.getByRole('tab', { name: 'Workspace' }).click();
    for (const [key, text] of [
      ['alternatives', 'A whole number from 1 to 20'],
      ['tensorRtPath', 'An absolute path'],
    ]) {
      await settings.locator('.suggest-input-container').click();
      await workbench.page.keyboard.press('Control+A');
      await workbench.page.keyboard.type(`askBert.${key}`);
      const message = settings.locator('.setting-item-validation-message', { hasText: text });
      await message.first().waitFor({ timeout: 10_000 });
      await shot(`18-settings-${key}`);
    }
    await workbench.command('View: Close Editor');
    await workbench.writeSettings('Workspace', '{}');
  },

  'light and high contrast themes': async ({ workbench, profile, shot }) => {
    const looks = [];
    const before = readFileSync(profile.settingsFile, 'utf8');
    for (const theme of ['Default Light Modern', 'Default High Contrast', 'Default High Contrast Light']) {
      await workbench.writeSettings('User', JSON.stringify({ ...JSON.parse(before), 'workbench.colorTheme': theme }));
      await sleep(800);
      const best = (await highlighted(workbench, '412')).find(isBest);
      looks.push(best.borderTopColor);
      await shot(`15-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
    await workbench.writeSettings('User', before);
    assert.ok(new Set(looks).size === 3, `themes have their own colours: ${looks}`);
  },

  'Ask about Workspace: a tree of answers while the files are read; a click opens the place': async ({
    workbench,
    shot,
    fact,
  }) => {
    await workbench.command('View: Close All Editors');
    await workbench.command('Ask BERT: Ask about Workspace');
    await workbench.boxTitle.filter({ hasText: 'Ask BERT: workspace' }).waitFor({ timeout: 15_000 });
    const started = Date.now();
    await workbench.answerBox('How much is the monthly fee?');
    const row = resultRows(workbench).filter({ hasText: FEE }).first();
    await row.waitFor({ timeout: 30_000 });
    fact(`workspace of ${readdirSync(SAMPLES).length} files, first answer in the tree: ${Date.now() - started} ms`);
    await resultsMessage(workbench, /monthly fee\? – \d+ files read/);
    fact(`workspace of ${readdirSync(SAMPLES).length} files, all read: ${Date.now() - started} ms`);
    assert.ok((await resultRows(workbench).filter({ hasText: AGREEMENT }).count()) > 0, 'grouped by file');
    assert.match(await row.innerText(), /\d+(\.\d)?% · line \d+/);
    assert.match(await row.getAttribute('aria-label'), /EUR 4,850, probability .*service-agreement\.md, line \d+/);
    await shot('20-workspace');
    await row.click();
    await workbench.page.locator('.tab.active', { hasText: AGREEMENT }).waitFor({ timeout: 5000 });
    await highlighted(workbench, FEE);
    await workbench.command('Ask BERT: Show Answers Best First');
    await workbench.until('a flat tree', async () => {
      const first = await resultRows(workbench).first().innerText();
      return first.includes(FEE) && first.includes(AGREEMENT);
    });
    await shot('21-workspace-flat');
    await workbench.command('Ask BERT: Show Answers by File');
    await workbench.command('Ask BERT: Peek Answers');
    const peek = workbench.page.locator('.peekview-widget');
    await peek.waitFor({ timeout: 10_000 });
    await shot('22-peek');
    await workbench.page.keyboard.press('Escape');
    await peek.waitFor({ state: 'detached', timeout: 5000 });
    await workbench.command('Ask BERT: Clear Answers of Workspace');
    await pane(workbench, 'Answers')
      .locator('.welcome-view', { hasText: 'Ask about Workspace' })
      .waitFor({ timeout: 5000 });
    await shot('23-welcome');
    await workbench.command('View: Show Explorer');
  },

  'Run Question Set: a table, a cell opens its place; a hostile text is text': async ({ workbench, folder, shot }) => {
    const hostile = '<img/src=x/onerror=alert(1)>';
    const set = path.join(folder, 'questions.yaml');
    const trap = path.join(folder, 'trap.md');
    writeFileSync(
      set,
      '- {name: fee, question: How much is the monthly fee?}\n- {name: who, question: Who is the head of operations?}\n' +
        '- {name: code, question: What is the secret code?}\n',
    );
    writeFileSync(trap, `The secret code is \`${hostile}\`. Nothing else is known of it.\n`);
    await workbench.command('View: Close All Editors');
    await workbench.command('View: Show Explorer');
    await workbench.openFile('questions.yaml');
    const { page } = workbench;
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'trap.md' }).click({ button: 'right' });
    await page.locator('.monaco-menu .action-label', { hasText: 'Ask about Folder' }).waitFor({ timeout: 5000 });
    await page.keyboard.press('Escape');
    await workbench.command('Ask BERT: Run Question Set');
    await pick(workbench, 'questions.yaml');
    await pick(workbench, 'Workspace');
    const frame = await workbench.until('the table', async () => {
      for (const each of workbench.page.frames()) {
        if (
          (await each
            .locator('#table')
            .count()
            .catch(() => 0)) > 0
        )
          return each;
      }
      return undefined;
    });
    const rowOf = (name) => frame.locator('tbody tr').filter({ has: frame.locator('th', { hasText: name }) });
    await rowOf(AGREEMENT).first().waitFor({ timeout: 60_000 });
    await workbench.until('all rows', async () =>
      /^\d+ of \d+ documents$/.test(await frame.locator('#status').innerText()),
    );
    assert.match(await rowOf(AGREEMENT).locator('td').nth(0).innerText(), /EUR 4,850\s+\d+/);
    assert.match(await rowOf(AGREEMENT).locator('td').nth(1).innerText(), /Owen Tregarth/);
    assert.equal(await rowOf('questions.yaml').count(), 0, 'the questions are no document');
    assert.match(await rowOf('trap.md').locator('td').nth(2).innerText(), /onerror/);
    assert.equal(await frame.locator('img').count(), 0);
    await shot('24-question-set');
    // By keyboard: one cell can be reached with Tab, arrows move, Enter opens.
    await rowOf(AGREEMENT).locator('th').click();
    await workbench.page.keyboard.press('ArrowRight');
    assert.equal(await frame.locator(':focus').innerText(), await rowOf(AGREEMENT).locator('td').nth(0).innerText());
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.tab.active', { hasText: AGREEMENT }).waitFor({ timeout: 5000 });
    await highlighted(workbench, FEE);
    for (const file of [set, trap]) rmSync(file);
    await workbench.command('View: Close All Editors');
    await workbench.openFile('incident-log.txt');
  },

  'activation takes less than 50 ms': async ({ workbench, shot, fact }) => {
    await workbench.command('Developer: Show Running Extensions');
    const rows = workbench.page.locator('.extension', { hasText: 'Activation' });
    const row = rows.filter({ hasText: 'Ask BERT' }).first();
    // The slowest come first and the list is rendered in part: ours is near its end.
    await rows.first().click();
    await workbench.until('the row', async () => {
      await workbench.page.keyboard.press('PageDown');
      return (await row.count()) > 0;
    });
    const text = await row.locator('.activation-time').textContent();
    await shot('16-running-extensions');
    const ms = Number(text.match(/(\d+)\s*ms/)?.[1]);
    fact(`activation as VS Code measures it: ${text.trim()}`);
    assert.ok(ms < 50, text);
    await workbench.page.keyboard.press('Escape');
  },

  'History: by document; by keyboard; pinned first; there after a reload without a question': async ({
    workbench,
    profile,
    server,
    folder,
    shot,
  }) => {
    const { page } = workbench;
    const rows = historyRows(workbench);
    await workbench.openFile(AGREEMENT);
    await ask(workbench, 'How much is the monthly fee?');
    await highlighted(workbench, FEE);
    await ask(workbench, 'Who is the king of Spain?');
    await workbench.notification('No answer in this text');
    await workbench.dismissNotifications();
    await workbench.command('Ask BERT: Focus on History View');
    const none = rows.filter({ hasText: 'king of Spain' }).first();
    await none.waitFor({ timeout: 10_000 });
    assert.match(await none.innerText(), /no answer/);
    const fee = rows.filter({ hasText: 'How much is the monthly fee?' }).filter({ hasText: '· line 32' }).first();
    assert.match(await fee.innerText(), /EUR 4,850 · (> )?\d+(\.\d)?% · line 32/);
    assert.match(await fee.getAttribute('aria-label'), /monthly fee\?, answer EUR 4,850, .*line 32, 20\d\d-/);
    assert.match(await rows.first().innerText(), /service-agreement\.md/, 'the document asked last comes first');
    await shot('25-history');
    // Pinned by the button of the row, which a keyboard reaches by its context menu.
    await fee.hover();
    await fee.locator('.action-label[aria-label*="Pin Question"]').click();
    await workbench.until('the pinned question is the first', async () =>
      /monthly fee/.test(await rows.nth(1).innerText()),
    );
    assert.match(await rows.nth(1).getAttribute('aria-label'), /, pinned/);
    await workbench.command('View: Close All Editors');
    await workbench.open(server, folder);
    await workbench.command('Ask BERT: Focus on History View');
    await workbench.until('the history of before', async () => /monthly fee/.test(await rows.nth(1).innerText()));
    assert.deepEqual(sidecars(profile), [], 'looking at it starts nothing');
    // By keyboard alone: down to the question, Enter asks again. A window that is still starting takes the focus away.
    await workbench.insist(async () => {
      await workbench.command('Ask BERT: Focus on History View');
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowDown');
      const focused = pane(workbench, 'History').locator('.monaco-list:focus-within .monaco-list-row.focused');
      await focused.filter({ hasText: 'monthly fee' }).waitFor({ timeout: 2000 });
    });
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: AGREEMENT }).waitFor({ timeout: 10_000 });
    await highlighted(workbench, FEE);
    await shot('26-history-again');
    await pane(workbench, 'History').locator('.pane-header').hover();
    await page.locator('.action-label[aria-label*="Export History as Markdown"]').first().click();
    await workbench.notification('exported');
    const lines = await workbench.editor.locator('.view-line').allTextContents();
    assert.ok(
      lines.some((line) => line.replaceAll('\u00a0', ' ') === '# Questions and answers'),
      lines.join('\n'),
    );
    await shot('27-history-export');
    await workbench.command('View: Revert and Close Editor');
    await workbench.dismissNotifications();
    await workbench.command('Ask BERT: Clear History');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.filter({ hasText: 'One of them is pinned' }).waitFor({ timeout: 5000 });
    await dialog.getByText('Remove', { exact: true }).click();
    await pane(workbench, 'History')
      .locator('.welcome-view', { hasText: 'Open Walkthrough' })
      .waitFor({ timeout: 5000 });
    await workbench.command('View: Show Explorer');
  },

  'the walkthrough: five steps with their pictures': async ({ workbench, shot }) => {
    await workbench.command('View: Show Explorer');
    await workbench.command('View: Toggle Primary Side Bar Visibility');
    await workbench.command('Ask BERT: Open Walkthrough');
    const page = workbench.page.locator('.gettingStartedContainer');
    await page.filter({ hasText: 'Get Started with Ask BERT' }).first().waitFor({ timeout: 10_000 });
    const steps = page.locator('.gettingStartedDetailsContent .getting-started-step');
    assert.equal(await steps.count(), 5);
    for (let i = 0; i < 5; i++) {
      await steps.nth(i).locator('.step-title').click();
      const image = page.locator('.getting-started-media img').first();
      await workbench.until(`the picture of step ${i + 1}`, () =>
        image.evaluate((element) => element.complete && element.naturalWidth > 400).catch(() => false),
      );
      assert.ok((await image.getAttribute('alt')).length > 20);
      await sleep(300);
      assert.ok((await image.boundingBox()).width > 300, 'it is seen');
      await shot(`28-walkthrough-${i + 1}`);
    }
    await workbench.command('View: Close All Editors');
    await workbench.command('View: Show Explorer');
    await workbench.openFile('incident-log.txt');
  },

  'the log has sizes and times, and no word of text or question': async ({ workbench, profile }) => {
    await workbench.command('Ask BERT: Show Log');
    await sleep(500);
    const log = profile.log(/Ask BERT\.log$/);
    assert.match(log, /answered: \d+ places in \d+ characters/);
    assert.match(log, /many: \d+ answers, \d+ of \d+ documents/);
    assert.match(log, /exit code|signal SIGKILL/);
    assert.doesNotMatch(log, /cartons|monthly|4,850|Tregarth|king of Spain|secret/);
    await workbench.command('View: Hide Panel');
  },

  'no error of the extension in the logs of VS Code': async ({ workbench, profile }) => {
    const errors = profile
      .log(/remoteexthost\.log$/)
      .split('\n')
      .filter((line) => /\[error\]/.test(line) && /ask-?bert/i.test(line));
    assert.deepEqual(errors, []);
    assert.deepEqual(
      workbench.console.filter((line) => /^error/.test(line) && /ask-?bert/i.test(line)),
      [],
    );
  },

  'the sidecar ends with VS Code': async ({ profile, server }) => {
    assert.equal(sidecars(profile).length, 1);
    await server.stop();
    for (let tries = 0; tries < 50 && sidecars(profile).length > 0; tries++) await sleep(100);
    assert.deepEqual(sidecars(profile), []);
  },
};
