// The field that finds words on all pages.
import assert from 'node:assert/strict';
import { pdfFile } from './pdf-file.mjs';
import { wordsAt } from './tests-marks.mjs';

const pages = (count) =>
  Array.from({ length: count }, (_, i) => ({
    lines: [
      { text: `Page ${i + 1} speaks of the Deposit (EUR ${i}).`, x: 72, y: 700 },
      { text: 'A deposit is paid back at the end of the ten-', x: 72, y: 680 },
      { text: 'ancy; see the $ signs.', x: 72, y: 660 },
    ],
  }));
const status = (view) => view.page.locator('#find-status').textContent();

async function search(view, text) {
  await view.post({ type: 'command', command: 'find' });
  await view.page.locator('#find-field').fill(text);
}

export const findTests = {
  'finds on every page, goes through all, without case; the current one lies on its words': async (view) => {
    await view.open(pdfFile(pages(40)));
    await search(view, 'DEPOSIT');
    await view.until('all are counted', async () => (await status(view)) === '1 of 80');
    const first = await view.drawn(1);
    await view.until('marked', async () => (await first.locator('.found.current').count()) === 1);
    const on = await first.locator('.found.current').boundingBox();
    const words = await wordsAt(first, 'Deposit');
    for (const key of ['x', 'y', 'width', 'height'])
      assert.ok(Math.abs(on[key] - words[key]) <= 1, `${key}: ${on[key]}, ${words[key]}`);
    assert.equal(await first.locator('.found').count(), 2);
    for (let i = 0; i < 3; i++) await view.page.keyboard.press('Enter');
    assert.equal(await status(view), '4 of 80');
    await view.page.keyboard.press('Shift+Enter');
    assert.equal(await status(view), '3 of 80');
    await view.page.keyboard.press('F3');
    assert.equal(await status(view), '4 of 80');
    for (let i = 0; i < 4; i++) await view.page.keyboard.press('Shift+F3');
    assert.equal(await status(view), '80 of 80');
    const last = await view.drawn(40);
    await view.until('in view', async () => {
      const box = await last.locator('.found.current').boundingBox();
      return box && box.y > 40 && box.y < 800;
    });
    // Where the words are stays right in another size.
    await view.post({ type: 'command', command: 'zoomIn' });
    await view.drawn(40);
    await view.page.keyboard.press('Escape');
    assert.equal(await view.page.locator('#find-bar').isVisible(), false);
    assert.equal(await view.page.locator('.found').count(), 0);
    assert.equal(await view.page.evaluate(() => document.activeElement.id), 'scroller');
  },

  'a word that is broken at the end of a line, white space, and signs that mean something elsewhere': async (view) => {
    await view.open(pdfFile(pages(3)));
    for (const [text, count] of [
      ['tenancy', 3],
      ['the   tenancy', 3],
      ['(EUR 1)', 1],
      ['$ signs.', 3],
      ['.*', 0],
      ['[', 0],
      ['deposit', 6],
    ]) {
      await search(view, text);
      // Searching begins at the page in view.
      const expected = count === 0 ? /^Not found$/ : new RegExp(`^\\d of ${count}$`);
      await view.until(`${text}: ${expected}`, async () => expected.test(await status(view)));
    }
    await view.page.locator('#page').fill('1');
    await view.page.keyboard.press('Enter');
    await search(view, 'tenancy');
    const page = await view.drawn(1);
    await view.until('on both lines', async () => (await page.locator('.found.current').count()) === 2);
    await search(view, '   ');
    await view.until('nothing to search for', async () => (await status(view)) === '');
  },

  'searching begins at the page in view; a newer search ends the one before': async (view) => {
    await view.open(pdfFile(pages(200)), { page: 120, part: 0, zoom: 1, rotation: 0 });
    for (const text of ['d', 'de', 'dep', 'deposit (eur']) await search(view, text);
    await view.until('counted', async () => (await status(view)) === '120 of 200');
    await view.drawn(120);
    assert.equal(await view.page.locator('#page').inputValue(), '120');
  },
};
