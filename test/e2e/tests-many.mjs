// Questions about many documents, and sets of questions.
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AGREEMENT, FEE, highlighted, pane, pick, resultRows, resultsMessage, SAMPLES } from './steps.mjs';

export const manyTests = {
  'Ask about Workspace: a tree of answers while the files are read; a click opens the place': async ({
    workbench,
    shot,
    fact,
  }) => {
    await workbench.command('View: Close All Editors');
    await workbench.command('Ask BERT: Ask about Workspace');
    await workbench.boxTitle.filter({ hasText: 'Ask about workspace' }).waitFor();
    const started = Date.now();
    await workbench.answerBox('How much is the monthly fee?');
    const row = resultRows(workbench).filter({ hasText: FEE }).first();
    await row.waitFor();
    fact(`workspace of ${readdirSync(SAMPLES).length} files, first answer in the tree: ${Date.now() - started} ms`);
    // On a busy machine not all is read in the time that a question has: the message says so.
    await resultsMessage(workbench, /monthly fee\? – (?:\d+ files read|\d+ of \d+ files, .* nearest to the question)/);
    fact(`workspace of ${readdirSync(SAMPLES).length} files, all read: ${Date.now() - started} ms`);
    assert.ok((await resultRows(workbench).filter({ hasText: AGREEMENT }).count()) > 0, 'grouped by file');
    assert.match(await row.innerText(), /\d+(\.\d)?% · line \d+/);
    assert.match(
      await row.getAttribute('aria-label'),
      /EUR 4,850, sure, [\d.]+\s?%, .*service-agreement\.md, line \d+/,
    );
    await shot('20-workspace');
    await row.click();
    await workbench.page.locator('.tab.active', { hasText: AGREEMENT }).waitFor();
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
    await peek.waitFor();
    await shot('22-peek');
    await workbench.page.keyboard.press('Escape');
    await peek.waitFor({ state: 'detached' });
    await workbench.command('Ask BERT: Clear Answers of Workspace');
    await pane(workbench, 'Answers').locator('.welcome-view', { hasText: 'Ask about Workspace' }).waitFor();
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
    await page.locator('.monaco-menu .action-label', { hasText: 'Ask about File' }).waitFor();
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
    await rowOf(AGREEMENT).first().waitFor();
    await workbench.until('all rows', async () =>
      /^\d+ of \d+ documents$/.test(await frame.locator('#status').innerText()),
    );
    assert.match(await rowOf(AGREEMENT).locator('td').nth(0).innerText(), /EUR 4,850\s+sure, \d+/);
    assert.match(await rowOf(AGREEMENT).locator('td').nth(1).innerText(), /Owen Tregarth/);
    assert.equal(await rowOf('questions.yaml').count(), 0, 'the questions are not a document');
    assert.match(await rowOf('trap.md').locator('td').nth(2).innerText(), /onerror/);
    assert.equal(await frame.locator('img').count(), 0);
    await shot('24-question-set');
    // By keyboard: one cell can be reached with Tab, arrows move, Enter opens.
    await rowOf(AGREEMENT).locator('th').click();
    await workbench.page.keyboard.press('ArrowRight');
    assert.equal(await frame.locator(':focus').innerText(), await rowOf(AGREEMENT).locator('td').nth(0).innerText());
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.tab.active', { hasText: AGREEMENT }).waitFor();
    await highlighted(workbench, FEE);
    for (const file of [set, trap]) rmSync(file);
    await workbench.command('View: Close All Editors');
    await workbench.openFile('incident-log.txt');
  },
};
