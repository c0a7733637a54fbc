// The table of a question set: filter, order, the sentence of the cell that has the focus, guesses, marks.
import assert from 'node:assert/strict';
import { answered, unanswered } from './table-page.mjs';

const ROWS = [
  ['b.md', answered('EUR 1,000', 'unsure'), answered('Ana', 'sure', true)],
  ['a.md', answered('EUR 900', 'sure', true), unanswered(true)],
  ['c10.md', unanswered(), answered('bert', 'guess')],
  ['c9.md', answered('EUR 20', 'sure', true), answered('Zoe', 'sure', true)],
];
const last = (view) => view.said.at(-1);
const detail = (name, column, more = {}) => ({
  type: 'detail',
  uri: `file:///${name}`,
  column,
  about: `${name} · fee? · sure · line 3`,
  sentence: 'The fee is EUR 900 a month.',
  lead: 11,
  length: 7,
  hasAnswer: true,
  checked: false,
  ...more,
});

export const tableTests = {
  'rows are filtered by words and by what is doubtful, missing or unchecked; the tab keeps that': async (view) => {
    await view.load(ROWS);
    assert.deepEqual(await view.names(), ['b.md', 'a.md', 'c10.md', 'c9.md']);
    await view.page.locator('#filter').fill('eur MD');
    assert.deepEqual(await view.names(), ['b.md', 'a.md', 'c9.md']);
    assert.equal(await view.page.locator('#shown').innerText(), '3 of 4 rows are shown');
    await view.page.locator('#show').selectOption('doubtful');
    assert.deepEqual(await view.names(), ['b.md']);
    await view.page.locator('#filter').fill('');
    assert.deepEqual(await view.names(), ['b.md', 'c10.md']);
    await view.page.locator('#show').selectOption('none');
    assert.deepEqual(await view.names(), ['a.md', 'c10.md']);
    await view.page.locator('#show').selectOption('unchecked');
    assert.deepEqual(await view.names(), ['b.md', 'a.md', 'c10.md']);
    // A row that comes later is filtered too; a page that is made again has the same filter.
    await view.post({
      type: 'rows',
      rows: [view.row('d.md', [answered('x', 'sure', true), answered('y', 'sure', true)])],
    });
    await view.until('the row', async () => (await view.page.locator('tbody tr').count()) === 5);
    assert.deepEqual(await view.names(), ['b.md', 'a.md', 'c10.md']);
    view.said.length = 0;
    await view.load(ROWS);
    assert.equal(await view.page.locator('#show').inputValue(), 'unchecked');
    assert.deepEqual(await view.names(), ['b.md', 'a.md', 'c10.md']);
    await view.page.locator('#filter').fill('nowhere');
    assert.deepEqual(await view.names(), []);
    assert.equal(
      await view.page.locator('[tabindex="0"]').innerText(),
      'Document',
      'the Tab key comes to a visible cell',
    );
  },

  'a click on a title sorts: up, down, as the rows came; numbers by their value, no answer last': async (view) => {
    await view.load(ROWS);
    const title = (name) => view.page.locator('thead th', { hasText: name });
    await title('Document').click();
    assert.deepEqual(await view.names(), ['a.md', 'b.md', 'c9.md', 'c10.md']);
    assert.equal(await title('Document').getAttribute('aria-sort'), 'ascending');
    await title('fee').click();
    assert.deepEqual(await view.names(), ['c9.md', 'a.md', 'b.md', 'c10.md']);
    await view.page.keyboard.press('Enter');
    assert.equal(await title('fee').getAttribute('aria-sort'), 'descending');
    assert.equal((await view.names()).at(-1), 'c10.md', 'what has no answer is last either way');
    assert.equal(await title('Document').getAttribute('aria-sort'), null);
    await view.page.keyboard.press('Enter');
    assert.deepEqual(await view.names(), ['b.md', 'a.md', 'c10.md', 'c9.md']);
    await title('who').click();
    await view.post({ type: 'rows', rows: [view.row('e.md', [unanswered(), answered('Max')])] });
    await view.until('the row', async () => (await view.page.locator('tbody tr').count()) === 5);
    assert.deepEqual(await view.names(), ['b.md', 'c10.md', 'e.md', 'c9.md', 'a.md']);
  },

  'the cell that has the focus shows its sentence, and what can be done with it': async (view, shot) => {
    await view.load(ROWS);
    await view.cell('a.md', 0).focus();
    await view.page.keyboard.press('ArrowDown');
    await view.page.locator('thead th').first().click();
    await view.page.locator('thead th').first().click();
    await view.page.locator('thead th').first().click();
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('ArrowRight');
    assert.deepEqual(last(view), { type: 'focus', uri: 'file:///a.md', column: 0 });
    assert.ok(await view.page.locator('#detail').isHidden());
    await view.post(detail('b.md', 0));
    await view.post(detail('a.md', 0));
    await view.page.locator('#detail').waitFor();
    assert.equal(await view.page.locator('#about').innerText(), 'a.md · fee? · sure · line 3');
    assert.equal(await view.page.locator('#sentence').innerText(), 'The fee is EUR 900 a month.');
    assert.equal(await view.page.locator('#sentence mark').innerText(), 'EUR 900');
    assert.equal(await view.page.locator(':focus').getAttribute('aria-describedby'), 'sentence');
    await shot('table');
    await view.page.locator('#copy').click();
    assert.deepEqual(last(view), { type: 'copy', uri: 'file:///a.md', column: 0 });
    await view.page.locator('#checked').check();
    assert.deepEqual(last(view), { type: 'check', uri: 'file:///a.md', column: 0, checked: true });
    await view.page.locator('#open').click();
    assert.deepEqual(last(view), { type: 'open', uri: 'file:///a.md', column: 0 });
    // A name has no answer.
    await view.page.locator('tbody th').first().click();
    await view.page.locator('#detail').waitFor({ state: 'hidden' });
  },

  'a click on "–" asks for the best guess where there is one; Space marks a cell as checked': async (view) => {
    await view.load(ROWS);
    await view.cell('a.md', 1).click();
    assert.deepEqual(last(view), { type: 'focus', uri: 'file:///a.md', column: 1 });
    assert.ok(view.said.some(({ type, column }) => type === 'open' && column === 1));
    await view.page.keyboard.press('Space');
    assert.deepEqual(last(view), { type: 'check', uri: 'file:///a.md', column: 1, checked: true });
    await view.post({ type: 'rows', rows: [view.row('a.md', [answered('EUR 900'), unanswered(true, true)])] });
    await view.cell('a.md', 1).locator('.check').waitFor();
    assert.ok(await view.cell('a.md', 1).evaluate((each) => each === document.activeElement), 'it keeps the focus');
    await view.page.keyboard.press('Space');
    assert.equal(last(view).checked, false);
    const opened = view.said.filter(({ type }) => type === 'open').length;
    await view.cell('c10.md', 0).click();
    assert.equal(view.said.filter(({ type }) => type === 'open').length, opened, 'no guess, nothing to open');
  },

  'grades differ in form, and hostile words stay words': async (view) => {
    const hostile = '<img src=x onerror=alert(1)>';
    await view.load([
      ['a.md', answered(hostile), answered('b', 'unsure')],
      ['c.md', answered('d', 'guess'), unanswered()],
    ]);
    const line = (name, column) =>
      view
        .cell(name, column)
        .locator('.words')
        .evaluate((each) => getComputedStyle(each).borderBottomStyle);
    assert.deepEqual(
      [await line('a.md', 0), await line('a.md', 1), await line('c.md', 0)],
      ['solid', 'dashed', 'dotted'],
    );
    assert.equal(await view.cell('a.md', 0).locator('.words').innerText(), hostile);
    await view.cell('a.md', 0).focus();
    await view.page.locator('tbody th').first().click();
    await view.page.keyboard.press('ArrowRight');
    await view.post(detail('a.md', 0, { sentence: hostile, about: hostile, lead: -1 }));
    await view.page.locator('#detail').waitFor();
    assert.equal(await view.page.locator('#sentence').innerText(), hostile);
    assert.equal(await view.page.locator('img').count(), 0);
  },
};
