// Scrolling through many pages, zoom, page numbers, what is kept, keys alone.
import assert from 'node:assert/strict';
import { pdfFile } from './pdf-file.mjs';
import { LINES, wordsAt } from './tests-marks.mjs';

const numbered = (count) =>
  Array.from({ length: count }, (_, i) => ({ lines: [{ text: `This is page ${i + 1}.`, x: 72, y: 700 }] }));
const current = (view) => view.page.locator('#page').inputValue();
const counts = (view) =>
  view.page.evaluate(() => ({
    pages: document.querySelectorAll('.page').length,
    canvases: [...document.querySelectorAll('canvas')].filter(({ width }) => width > 0).length,
    pixels: [...document.querySelectorAll('canvas')].reduce((sum, { width, height }) => sum + width * height, 0),
  }));

export const viewTests = {
  'of 1000 pages only those near the view exist; canvases are given back': async (view) => {
    await view.open(pdfFile(numbered(1000)));
    await view.drawn(1);
    const scroller = view.page.locator('#scroller');
    const most = { pages: 0, canvases: 0, pixels: 0 };
    for (let i = 1; i <= 60; i++) {
      await scroller.evaluate((element, part) => element.scrollTo(0, part * element.scrollHeight), i / 60);
      await view.page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      const now = await counts(view);
      for (const key of Object.keys(most)) most[key] = Math.max(most[key], now[key]);
    }
    assert.match(await (await view.drawn(1000)).locator('.textLayer').textContent(), /This is page 1000\./);
    assert.equal(await current(view), '1000');
    assert.ok(most.pages <= 8 && most.canvases <= 8, JSON.stringify(most));
    await view.until('pages far away are gone', async () => (await counts(view)).pages <= 5);
  },

  'more pages than a browser can scroll over: each is reached, and answers to the wheel': async (view) => {
    await view.open(pdfFile(numbered(20_000)), { page: 1, part: 0, zoom: 1, rotation: 0 });
    assert.ok((await view.page.locator('#column').evaluate(({ offsetHeight }) => offsetHeight)) <= 15_000_000);
    for (const number of [15_000, 20_000, 1, 9_999]) {
      await view.page.locator('#page').fill(String(number));
      await view.page.keyboard.press('Enter');
      assert.match(await (await view.drawn(number)).textContent(), new RegExp(`This is page ${number}\\.`));
      assert.equal(await current(view), String(number));
    }
    await view.page.mouse.move(500, 500);
    await view.page.mouse.wheel(0, 3000);
    await view.until('another page', async () => Number(await current(view)) > 9_999);
  },

  'a page of 200,000 points and one of a few: both are drawn within limits': async (view) => {
    const lines = [{ text: 'House', x: 100, y: 100, size: 400 }];
    await view.open(
      pdfFile([
        { lines, box: [0, 0, 200_000, 300_000] },
        { lines, box: [0, 0, 1, 1] },
        { lines, box: [0, 0, 0, 0] },
      ]),
    );
    await view.drawn(1);
    const most = await view.page
      .locator('canvas')
      .evaluateAll((all) => Math.max(...all.map(({ width, height }) => width * height)));
    assert.ok(most <= 4096 * 4096, String(most));
    await view.page.locator('#page').fill('3');
    await view.page.keyboard.press('Enter');
    await view.drawn(3);
  },

  'zoom by keys, buttons and commands; the place stays; fit width follows the window': async (view) => {
    await view.open(pdfFile(numbered(30)), { page: 12, part: 0.5, zoom: 1, rotation: 0 });
    const zoom = () => view.page.locator('#zoom').textContent();
    await view.drawn(12);
    assert.equal(await zoom(), '100%');
    await view.page.locator('#scroller').focus();
    await view.page.keyboard.press('+');
    assert.equal(await zoom(), '110%');
    await view.page.keyboard.press('-');
    await view.page.keyboard.press('-');
    assert.equal(await zoom(), '90%');
    await view.page.locator('#zoom-in').click();
    assert.equal(await zoom(), '100%');
    await view.post({ type: 'command', command: 'fitWidth' });
    const fits = async () => {
      const page = await view.page.locator('.page').first().boundingBox();
      const { width } = await view.page.locator('#scroller').boundingBox();
      return page.width > width - 60 && page.width <= width;
    };
    await view.until('as wide as the view', fits);
    await view.page.setViewportSize({ width: 640, height: 700 });
    await view.until('as wide as the smaller view', fits);
    assert.equal(await current(view), '12');
    for (let i = 0; i < 30; i++) await view.post({ type: 'command', command: 'zoomIn' });
    assert.equal(await zoom(), '500%');
    for (let i = 0; i < 30; i++) await view.post({ type: 'command', command: 'zoomOut' });
    assert.equal(await zoom(), '10%');
  },

  'page numbers: typed, by buttons, first and last; what does not exist is said': async (view) => {
    await view.open(pdfFile(numbered(30)));
    assert.equal(await view.page.locator('#of-pages').textContent(), 'of 30');
    await view.post({ type: 'command', command: 'goToPage' });
    const hasKeys = () => view.page.locator('#page').evaluate((field) => field === document.activeElement);
    await view.until('the field has the keys', hasKeys);
    await view.page.keyboard.type('17');
    await view.page.keyboard.press('Enter');
    assert.equal(await current(view), '17');
    await view.page.locator('#next-page').click();
    await view.until('the next', async () => (await current(view)) === '18');
    await view.page.locator('#previous-page').click();
    await view.until('the one before', async () => (await current(view)) === '17');
    await view.page.locator('#scroller').focus();
    await view.page.keyboard.press('End');
    await view.until('the last', async () => (await current(view)) === '30');
    assert.equal(await view.page.locator('#next-page').isDisabled(), true);
    await view.page.keyboard.press('Home');
    await view.until('the first', async () => (await current(view)) === '1');
    for (const wrong of ['31', '0', '-1', '2.5', 'x', '1e9']) {
      await view.page.locator('#page').fill(wrong);
      await view.page.keyboard.press('Enter');
      await view.page.locator('#scroller').focus();
      assert.equal(await view.page.locator('#live').textContent(), 'The last page is 30.', wrong);
      assert.equal(await current(view), '1', wrong);
      await view.page.locator('#live').evaluate((live) => live.replaceChildren());
    }
  },

  'page, zoom and turn are kept, and come back': async (view) => {
    const bytes = pdfFile(numbered(30));
    await view.open(bytes);
    await view.post({ type: 'command', command: 'zoomOut' });
    await view.post({ type: 'command', command: 'rotate' });
    await view.page.locator('#page').fill('21');
    await view.page.keyboard.press('Enter');
    await view.until('kept', () => view.last('state')?.state.page === 21 || view.last('state')?.state.page === 20);
    const { state } = view.last('state');
    assert.equal(state.rotation, 90);
    await view.load();
    await view.open(bytes, state);
    await view.drawn(21);
    assert.equal(await current(view), '21');
    await view.until('the same', () => {
      const now = view.last('state')?.state;
      return now?.page === state.page && Math.abs(now.part - state.part) < 0.01 && now.zoom === state.zoom;
    });
  },

  'a file of pages of several sizes: what is in view stays there as sizes become known': async (view) => {
    const pages = numbered(40).map((page, i) => (i % 3 === 1 ? { ...page, box: [0, 0, 792, 1224] } : page));
    await view.open(pdfFile(pages));
    await view.page.locator('#page').fill('26');
    await view.page.keyboard.press('Enter');
    const element = await view.drawn(26);
    assert.match(await element.textContent(), /This is page 26\./);
    assert.equal(await current(view), '26');
    const { width, height } = await element.boundingBox();
    assert.ok(Math.abs(height / width - 1224 / 792) < 0.01);
  },

  'by keys alone: every button is reached in order and has a name; a selection can be copied': async (view) => {
    await view.open(pdfFile([{ lines: LINES }]));
    await view.post({
      type: 'marks',
      marks: {
        current: 0,
        label: 'Answer 1 of 2',
        answers: [
          { boxes: [], grade: 'sure' },
          { boxes: [], grade: 'guess' },
        ],
      },
      reveal: true,
    });
    await view.post({ type: 'command', command: 'find' });
    await view.page.locator('#page').focus();
    const reached = ['page'];
    for (let i = 0; i < 25; i++) {
      await view.page.keyboard.press('Tab');
      const { id, name } = await view.page.evaluate(() => {
        const { id, title, textContent } = document.activeElement;
        return { id, name: document.activeElement.getAttribute('aria-label') || title || textContent };
      });
      if (reached.includes(id)) break;
      assert.ok(name || id === '', `${id} has no name`);
      reached.push(id);
      if (id === 'scroller') break;
    }
    const expected = [
      'page',
      'zoom-out',
      'zoom-in',
      'fit-width',
      'rotate',
      'find',
      'previous-answer',
      'next-answer',
      'copy',
      'clear',
    ];
    assert.deepEqual(reached, [...expected, 'find-field', 'find-previous', 'find-next', 'find-close', 'scroller']);
    const page = await view.drawn(1);
    const words = await wordsAt(page, 'twelve months');
    const { mouse } = view.page;
    await mouse.move(words.x + 1, words.y + words.height / 2);
    await mouse.down();
    await mouse.move(words.x + words.width - 1, words.y + words.height / 2, { steps: 5 });
    await mouse.up();
    assert.match(await view.page.evaluate(() => getSelection().toString()), /^twelve months?$/);
    assert.equal(await page.getAttribute('role'), 'group');
  },
};
