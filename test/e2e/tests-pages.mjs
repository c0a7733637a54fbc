// The page view of PDF, in the window.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pdfFile } from '../page-view/pdf-file.mjs';
import { marksAt, wordsAt } from '../page-view/tests-marks.mjs';

const QUESTION = 'How long does the lease run?';
const WORDS = 'twelve months';
const lines = (...texts) => texts.map((text, i) => ({ text, x: 72, y: 700 - 20 * i }));

/** The frame of the page, once there is one. */
const frameOf = (workbench) =>
  workbench.until('the page view', async () => {
    for (const frame of workbench.page.frames()) {
      if (
        (await frame
          .locator('#scroller .page canvas')
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
    }
    return undefined;
  });

export const pageTests = {
  'Open Page View: a question marks exactly the words of the answer on its page; keys zoom and find': async ({
    workbench,
    folder,
    shot,
  }) => {
    const file = path.join(folder, 'lease.pdf');
    writeFileSync(
      file,
      pdfFile([
        { lines: lines('Lease of the boathouse at Newlyn.') },
        { lines: lines('The rent is paid on the first day of each quarter.', `The lease runs for ${WORDS}.`) },
      ]),
    );
    await workbench.command('View: Close All Editors');
    await workbench.command('View: Show Explorer');
    const row = workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'lease.pdf' }).first();
    await row.click();
    await workbench.command('Ask BERT: Open Page View');
    const frame = await frameOf(workbench);
    await workbench.command('Ask BERT: Ask about Selection');
    await workbench.boxTitle.filter({ hasText: 'Ask about lease.pdf' }).waitFor();
    await workbench.answerBox(QUESTION);
    const page = frame.locator('.page[aria-label="Page 2"]');
    await page.locator('.mark.best').first().waitFor();
    await page.locator('.textLayer .end').waitFor({ state: 'attached' });
    const [{ box }] = await marksAt(page);
    const words = await wordsAt(page, WORDS);
    for (const [mark, text] of [
      [box.x, words.x],
      [box.x + box.width, words.x + words.width],
    ]) {
      assert.ok(Math.abs(mark - text) <= 2, JSON.stringify([box, words]));
    }
    const middle = words.y + words.height / 2;
    assert.ok(box.y < middle && box.y + box.height > middle, JSON.stringify([box, words]));
    assert.match(await frame.locator('#answer').textContent(), /^Answer 1 of \d+, page 2: twelve months \(/);
    await shot('70-page-view');
    await workbench.command('Ask BERT: Copy Answer with Source');
    const copied = () => workbench.page.evaluate(() => navigator.clipboard.readText());
    await workbench.until('copied', async () => (await copied()) === `"${WORDS}" – lease.pdf, page 2`);
    // Keys of VS Code, while the focus is in the page.
    const zoom = () => frame.locator('#zoom').textContent();
    const before = await zoom();
    await frame.locator('#scroller').focus();
    await workbench.page.keyboard.press('Control+=');
    await workbench.until('larger', async () => Number.parseInt(await zoom(), 10) > Number.parseInt(before, 10));
    await workbench.page.keyboard.press('Control+F');
    await frame.locator('#find-field').waitFor();
    await workbench.page.keyboard.type('quarter');
    await frame.locator('#find-status').filter({ hasText: '1 of 1' }).waitFor();
    await shot('71-page-view-find');
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Ask BERT: Clear Answers');
    await workbench.until('no mark', async () => (await frame.locator('.mark').count()) === 0);
    await workbench.command('View: Close All Editors');
    rmSync(file);
  },
};
