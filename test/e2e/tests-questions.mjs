// What a person does with questions about one document, in this order.
import assert from 'node:assert/strict';
import { sleep } from '../../scripts/code-server.mjs';
import {
  AGREEMENT,
  ask,
  decorationsOn,
  FEE,
  goTo,
  highlighted,
  isBest,
  nothingHighlighted,
  sidecars,
  statusText,
} from './steps.mjs';

export const questionsTests = {
  'nothing runs before the first question': async ({ workbench, profile }) => {
    await workbench.openFile(AGREEMENT);
    await sleep(1000);
    assert.deepEqual(sidecars(profile), []);
    assert.doesNotMatch(profile.log(/remoteexthost\.log$/), /_doActivateExtension ask-bert/);
  },

  'the palette offers what is possible now': async ({ workbench }) => {
    const rows = (await workbench.paletteRows('Ask BERT:')).join('\n');
    assert.match(rows, /Ask about Selection/);
    assert.doesNotMatch(rows, /Next Answer|Copy Answer|Clear Answers/);
    await workbench.page.keyboard.press('Escape');
    // The list shows only as many rows as it has room for.
    assert.match((await workbench.paletteRows('Ask BERT: Show')).join('\n'), /Show Log/);
    await workbench.page.keyboard.press('Escape');
  },

  'a question from the palette highlights the exact answer': async ({ workbench, shot, fact }) => {
    await workbench.command('Ask BERT: Ask about Selection');
    await workbench.boxTitle.filter({ hasText: 'Ask about service-agreement.md (all 61 lines)' }).waitFor();
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
      /(sure|unsure|guess), (> )?\d+(\.\d)?%/,
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
    await hover.locator('a', { hasText: /^Copy$/ }).click();
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
    const looks = (await workbench.decorations()).map(
      ({ backgroundColor, borderTopColor }) => backgroundColor + borderTopColor,
    );
    assert.ok(new Set(looks).size > 1, 'best and others look different');
    await shot('4-next');
    const hover = await workbench.hover('P. Moreau. Due', /Answer 3 of 3/);
    await shot('4-next-hover');
    await hover.locator('a', { hasText: 'Next' }).click();
    await workbench.until('after the last comes the first', async () => /1\/3/.test(await statusText(workbench)));
    await workbench.command('Ask BERT: Next Answer');
    await workbench.command('Ask BERT: Previous Answer');
    await workbench.until('the first answer', async () => /1\/\d/.test(await statusText(workbench)));
    await workbench.openFile(AGREEMENT);
    await highlighted(workbench, FEE);
  },

  'an edit before the answer moves the highlight, one inside removes it until it is undone': async ({
    workbench,
    shot,
  }) => {
    await goTo(workbench, 32, 1);
    await workbench.page.keyboard.type('Hereby: ');
    await highlighted(workbench, FEE);
    // By its column, not by a click: the line may still be laid out again.
    await goTo(workbench, 32, (await workbench.lineText(FEE)).indexOf(FEE) + 4);
    await workbench.page.keyboard.type('9');
    await workbench.until('the edit', async () => (await workbench.placeOf(FEE)) === undefined);
    await shot('5-edited');
    const edited = `${FEE.slice(0, 3)}9${FEE.slice(3)}`;
    assert.deepEqual(await decorationsOn(workbench, edited), [], 'the answer whose words were changed is gone');
    await workbench.until('the text of before', async () => {
      if ((await workbench.placeOf(FEE)) !== undefined && !(await workbench.lineText(FEE)).includes('Hereby'))
        return true;
      await workbench.page.keyboard.press('Control+Z');
      return false;
    });
    // An edit may have been saved meanwhile.
    await workbench.command('File: Save');
    await highlighted(workbench, FEE);
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
    await workbench.boxTitle.filter({ hasText: '(selection, 1 line)' }).waitFor();
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

  'the keys Ctrl+K Q open the box; earlier questions are listed; Escape changes nothing': async ({
    workbench,
    shot,
  }) => {
    await goTo(workbench, 1);
    await workbench.page.keyboard.press('Control+K');
    await workbench.page.keyboard.press('q');
    await workbench.boxTitle.filter({ hasText: '(all ' }).waitFor();
    const rows = await workbench.page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
    assert.match(rows.join('\n'), /Within how many days/);
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-list', { hasText: 'Type a question first' }).waitFor();
    await shot('7-history');
    await workbench.page.keyboard.press('Escape');
    await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    assert.deepEqual(await workbench.decorations(), []);
  },

  'no answer: said where it was asked, nothing highlighted, the best guess on demand': async ({ workbench, shot }) => {
    await ask(workbench, 'Who is the king of Spain?');
    await workbench.until('the status', async () => /not found/.test(await statusText(workbench)));
    assert.deepEqual(await workbench.decorations(), []);
    // On a busy machine the progress of reading was shown, and goes by itself.
    await workbench.until(
      'no message',
      async () => (await workbench.page.locator('.notification-toast').count()) === 0,
    );
    await shot('8-no-answer');
    await workbench.command('Ask BERT: Show Best Guess');
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

  'the answers are shown again when their editor is reopened': async ({ workbench }) => {
    await workbench.openFile('incident-log.txt');
    await highlighted(workbench, '412');
  },
};
