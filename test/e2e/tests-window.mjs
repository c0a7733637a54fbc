// What goes over the whole of a window: activation, history, walkthrough, logs, the end.
import assert from 'node:assert/strict';
import { sleep } from '../../scripts/code-server.mjs';
import { AGREEMENT, ask, FEE, highlighted, historyRows, pane, sidecars, statusText } from './steps.mjs';

export const windowTests = {
  'activation, as VS Code measures it': async ({ workbench, shot, fact }) => {
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
    assert.ok(Number.isFinite(ms), text);
    await workbench.page.keyboard.press('Escape');
  },

  'History: by document; by keyboard; pinned first; kept after a reload without a question': async ({
    workbench,
    profile,
    server,
    folder,
    shot,
  }) => {
    const { page } = workbench;
    const rows = historyRows(workbench);
    // By the place in the list: rows stand in the page in the order in which they were drawn.
    const rowAt = (index) => rows.and(page.locator(`[data-index="${index}"]`));
    await workbench.openFile(AGREEMENT);
    await ask(workbench, 'How much is the monthly fee?');
    await highlighted(workbench, FEE);
    await ask(workbench, 'Who is the king of Spain?');
    await workbench.until('the status', async () => /not found/.test(await statusText(workbench)));
    await workbench.command('Ask BERT: Focus on History View');
    const none = rows.filter({ hasText: 'king of Spain' }).first();
    await none.waitFor();
    assert.match(await none.innerText(), /no answer/);
    // The one of the document, not that of the workspace, which also names the file.
    const fee = rows.and(page.locator('[aria-label*="monthly fee?"][aria-label*="line 32, 20"]'));
    assert.match(await fee.innerText(), /EUR 4,850 · sure, (> )?\d+(\.\d)?% · line 32/);
    assert.match(await fee.getAttribute('aria-label'), /monthly fee\?, answer EUR 4,850, .*line 32, 20\d\d-/);
    await workbench.until('the document asked last comes first', async () =>
      /service-agreement\.md/.test(await rowAt(0).innerText()),
    );
    await shot('25-history');
    // Pinned by the button of the row, which a keyboard reaches by its context menu.
    await fee.hover();
    await fee.locator('.action-label[aria-label*="Pin Question"]').click();
    await workbench.until('the pinned question is the first', async () =>
      /monthly fee/.test(await rowAt(1).innerText()),
    );
    await workbench.until('it says so', async () => /, pinned/.test(await rowAt(1).getAttribute('aria-label')));
    await workbench.command('View: Close All Editors');
    await workbench.open(server, folder);
    await workbench.command('Ask BERT: Focus on History View');
    await workbench.until('the history of before', async () => /monthly fee/.test(await rowAt(1).innerText()));
    assert.deepEqual(sidecars(profile), [], 'looking at it starts nothing');
    // By keyboard alone: down to the question, Enter goes to its answer. A window that is still starting takes the focus away.
    await workbench.insist(async (_, timeout) => {
      await workbench.command('Ask BERT: Focus on History View');
      const list = pane(workbench, 'History').locator('.monaco-list:focus-within');
      await list.waitFor({ timeout });
      await page.keyboard.press('Home');
      await list.locator('.monaco-list-row.focused[data-index="0"]').waitFor({ timeout });
      await page.keyboard.press('ArrowDown');
      await list.locator('.monaco-list-row.focused', { hasText: 'monthly fee' }).waitFor({ timeout });
    });
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: AGREEMENT }).waitFor();
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
    await dialog.filter({ hasText: 'One of them is pinned' }).waitFor();
    await dialog.getByText('Remove All', { exact: true }).click();
    await pane(workbench, 'History').locator('.welcome-view', { hasText: 'Try It with a Sample' }).waitFor();
    await workbench.command('View: Show Explorer');
  },

  'the walkthrough: five pictures in the colours of the theme; its first button asks a sample, and ticks the step':
    async ({ workbench, shot }) => {
      await workbench.command('View: Close All Editors');
      await workbench.command('View: Toggle Primary Side Bar Visibility');
      await workbench.command('Ask BERT: Open Walkthrough');
      const page = workbench.page.locator('.gettingStartedContainer');
      await page.filter({ hasText: 'Get Started with Ask BERT' }).first().waitFor();
      const steps = page.locator('.gettingStartedDetailsContent .getting-started-step');
      assert.equal(await steps.count(), 5);
      for (let i = 0; i < 5; i++) {
        await steps.nth(i).locator('.step-title').click();
        await workbench.until(`the picture of step ${i + 1}`, async () => {
          for (const frame of workbench.page.frames()) {
            // A frame without the picture would be waited for; one may also have gone.
            const width = await frame
              .evaluate(() => document.querySelector('svg text')?.ownerSVGElement.getBoundingClientRect().width)
              .catch(() => 0);
            if (width > 300) return true;
          }
          return false;
        });
        await sleep(300);
        await shot(`28-walkthrough-${i + 1}`);
      }
      await steps.first().locator('.step-title').click();
      await steps.first().getByText('Try It with a Sample').click();
      await workbench.until('the answer of the sample', async () => (await workbench.decorations()).length > 0);
      await page
        .locator('.getting-started-step')
        .first()
        .locator('.codicon-getting-started-step-checked')
        .first()
        .waitFor();
      await shot('28-walkthrough-sample');
      await workbench.command('Ask BERT: Clear Answers');
      await workbench.command('View: Close All Editors');
      await workbench.command('View: Show Explorer');
      await workbench.openFile('incident-log.txt');
    },

  'the log has sizes and times, and no word of text or question': async ({ workbench, profile }) => {
    await workbench.command('Ask BERT: Show Log');
    const read = () => profile.log(/Ask BERT\.log$/);
    for (const said of [
      /answered: \d+ places in \d+ characters/,
      /many: \d+ answers, \d+ of \d+ documents/,
      /exit code|signal SIGKILL/,
    ]) {
      await workbench.until(`${said} in the log`, () => said.test(read()));
    }
    const log = read();
    assert.doesNotMatch(log, /cartons|monthly|4,850|Tregarth|king of Spain|secret/);
    await workbench.command('View: Hide Panel');
  },

  'no error of the extension in the logs of VS Code': async ({ workbench, profile }) => {
    // VS Code reports files of its own with their paths, and the folder of the profile has our name in it.
    const isOurs = (line) => /ask-?bert/i.test(line.replaceAll(profile.folder, ''));
    const errors = profile
      .log(/remoteexthost\.log$/)
      .split('\n')
      .filter((line) => /\[error\]/.test(line) && isOurs(line));
    assert.deepEqual(errors, []);
    assert.deepEqual(
      workbench.console.filter((line) => /^error/.test(line) && isOurs(line)),
      [],
    );
  },

  'the sidecar ends with VS Code': async ({ workbench, profile, server }) => {
    assert.equal(sidecars(profile).length, 1);
    await server.stop();
    await workbench.until('it has ended', () => sidecars(profile).length === 0);
  },
};
