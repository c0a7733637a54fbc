// Marks lie on exactly the words of the answers: compared with where the text over the page stands.
import assert from 'node:assert/strict';
import { boxOf, pdfFile } from './pdf-file.mjs';

export const LINES = [
  { text: 'The lease runs for twelve months from the first of May.', x: 150, y: 500 },
  { text: 'It ends (early) on notice of one month.', x: 150, y: 460, size: 10 },
];
const PAGES = [
  { lines: LINES },
  { lines: LINES, rotate: 90 },
  { lines: LINES, rotate: 180 },
  { lines: LINES, rotate: 270 },
  { lines: LINES, box: [100, 50, 580, 750] },
  { lines: LINES, unit: 2 },
  { lines: [{ text: 'A small page, 2 inches.', x: 8, y: 100, size: 8 }], box: [0, 0, 144, 144] },
];

/**
 * Marks of one answer for each group of words.
 * @param words [index of the line, words, grade][]; the first is sure, the others are unsure, unless it is given
 */
export const marksFor = (page, number, words, current = 0) => ({
  current,
  label: `Answer ${current + 1} of ${words.length}, page ${number}`,
  answers: words.map(([line, text, grade], rank) => ({
    grade: grade ?? (rank === 0 ? 'sure' : 'unsure'),
    // Word by word, as readers give them; those of a line that is upright become one mark.
    boxes: (page.rotate ? [text] : text.split(' ')).map((word) => boxOf(page, number, page.lines[line], word)),
  })),
});

/** Where words of a page are on the screen, by its text. */
export const wordsAt = (element, words) =>
  element.evaluate((page, wanted) => {
    for (const span of page.querySelectorAll('.textLayer span')) {
      const at = span.textContent.indexOf(wanted);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(span.firstChild, at);
      range.setEnd(span.firstChild, at + wanted.length);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x, y, width, height };
    }
    throw new Error(`Not on the page: ${wanted}`);
  }, words);

/** Rectangles inside their border and padding, and how they look. */
export const marksAt = (element) =>
  element.locator('.mark').evaluateAll((marks) =>
    marks.map((mark) => {
      const { x, y, width, height } = mark.getBoundingClientRect();
      const style = getComputedStyle(mark);
      const inset = 2;
      return {
        box: { x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset },
        name: mark.className,
        border: style.borderTopStyle,
        background: style.backgroundColor,
        outline: style.outlineStyle,
      };
    }),
  );

/** The text over a page is as exact as a pixel; along its line it starts and ends with the words. */
function assertCovers(mark, words, isUpright, what) {
  const [along, long] = isUpright ? ['x', 'width'] : ['y', 'height'];
  const [across, high] = isUpright ? ['y', 'height'] : ['x', 'width'];
  const text = `${what}: ${JSON.stringify(mark)} on ${JSON.stringify(words)}`;
  assert.ok(Math.abs(mark[along] - words[along]) <= 1.5, text);
  assert.ok(Math.abs(mark[along] + mark[long] - words[along] - words[long]) <= 1.5, text);
  const middle = words[across] + words[high] / 2;
  assert.ok(Math.abs(mark[across] + mark[high] / 2 - middle) <= 0.2 * mark[high] + 1, text);
}

export const markTests = {
  'marks lie on the words: pages that are turned, cut, of another unit or small, at several zooms': async (view) => {
    await view.open(pdfFile(PAGES));
    let compared = 0;
    for (const [index, page] of PAGES.entries()) {
      const words =
        index === 6
          ? [[0, '2 inches.']]
          : [
              [0, 'twelve months'],
              [1, '(early)'],
            ];
      await view.post({ type: 'marks', marks: marksFor(page, index + 1, words), reveal: true });
      for (const zoom of [undefined, 'zoomIn', 'zoomIn', 'fitWidth', 'zoomOut']) {
        if (zoom) await view.post({ type: 'command', command: zoom });
        const element = await view.drawn(index + 1);
        const marks = await marksAt(element);
        assert.equal(marks.length, words.length);
        for (const [, text] of words) {
          const at = await wordsAt(element, text);
          const isUpright = (page.rotate ?? 0) % 180 === 0;
          // The current answer is drawn last.
          const mark = marks.find(({ name }) => name.includes(text === words[0][1] ? 'best' : 'alternative'));
          assertCovers(mark.box, at, isUpright, `page ${index + 1}, ${zoom ?? 'as opened'}`);
          compared++;
        }
      }
    }
    assert.equal(compared, 65);
  },

  'marks lie on the words after the user turned the pages': async (view) => {
    await view.open(pdfFile(PAGES.slice(0, 2)));
    for (const turned of [90, 180, 270, 0]) {
      await view.post({ type: 'command', command: 'rotate' });
      for (const [index, page] of PAGES.slice(0, 2).entries()) {
        await view.post({ type: 'marks', marks: marksFor(page, index + 1, [[0, 'twelve months']]), reveal: true });
        const element = await view.drawn(index + 1);
        const rotation = ((page.rotate ?? 0) + turned) % 360;
        // Until it is drawn again, the text over the page is that of before; pdf.js notes how it is turned.
        await element.locator(`.textLayer[data-main-rotation="${rotation}"] .end`).waitFor({ state: 'attached' });
        const at = await wordsAt(element, 'twelve months');
        const isUpright = rotation % 180 === 0;
        const [{ box }] = await marksAt(element);
        assertCovers(box, at, isUpright, `page ${index + 1}, turned by ${turned}`);
      }
    }
  },

  'the best answer is filled, the frame shows the grade, the current one has a second line': async (view, shot) => {
    await view.open(pdfFile(PAGES.slice(0, 1)));
    const words = [
      [0, 'twelve months'],
      [1, 'one month'],
    ];
    const look = async (current, shown = words) => {
      await view.post({ type: 'marks', marks: marksFor(PAGES[0], 1, shown, current), reveal: true });
      const marks = await marksAt(await view.drawn(1));
      return Object.fromEntries(marks.map((mark) => [mark.name.split(' ')[1], mark]));
    };
    let { best, alternative } = await look(0);
    assert.deepEqual(
      [best.border, best.outline, alternative.border, alternative.outline],
      ['solid', 'solid', 'dashed', 'none'],
    );
    assert.notEqual(best.background, 'rgba(0, 0, 0, 0)');
    ({ best, alternative } = await look(1));
    assert.deepEqual([best.outline, alternative.outline], ['none', 'solid']);
    const guesses = words.map(([line, text]) => [line, text, 'guess']);
    ({ best, alternative } = await look(0, guesses));
    assert.deepEqual([best.border, alternative.border], ['dotted', 'dotted']);
    await look(1);
    for (const theme of ['light', 'dark', 'high contrast']) {
      await view.theme(theme);
      await view.drawn(1);
      await view.until('drawn again', () => view.page.locator('.page canvas').count());
      await shot(theme.replace(' ', '-'));
    }
    // In high contrast the page has the colours of the theme, and no fill hides the words.
    ({ best } = await look(0));
    assert.equal(best.background, 'rgba(0, 0, 0, 0)');
    await view.until('a dark page', async () => {
      const [r, g, b] = await view.page
        .locator('.page canvas')
        .first()
        .evaluate((canvas) => [...canvas.getContext('2d').getImageData(2, 2, 1, 1).data]);
      return r + g + b === 0;
    });
    await view.post({ type: 'marks', marks: undefined, reveal: false });
    assert.equal(await view.page.locator('.mark').count(), 0);
    assert.equal(await view.page.locator('#answers').isVisible(), false);
  },

  'the current answer is scrolled to, announced and shown above; buttons and keys go on': async (view) => {
    const pages = Array.from({ length: 60 }, () => PAGES[0]);
    await view.open(pdfFile(pages));
    await view.post({
      type: 'marks',
      marks: marksFor(PAGES[0], 40, [
        [0, 'twelve months'],
        [1, 'one month'],
      ]),
      reveal: true,
    });
    const element = await view.drawn(40);
    const { box } = (await marksAt(element)).find(({ name }) => name.includes('best'));
    assert.ok(box.y > 60 && box.y + box.height < 800, JSON.stringify(box));
    assert.equal(await view.page.locator('#live').textContent(), 'Answer 1 of 2, page 40');
    assert.equal(await view.page.locator('#answer').textContent(), 'Answer 1 of 2, page 40');
    for (const id of ['next-answer', 'previous-answer', 'copy', 'clear']) await view.page.locator(`#${id}`).click();
    await view.page.locator('#scroller').focus();
    await view.page.keyboard.press('n');
    await view.page.keyboard.press('Shift+N');
    const acts = () => view.said.filter(({ type }) => type === 'act').map(({ act }) => act);
    await view.until('all of them', () => acts().length === 6);
    assert.deepEqual(acts(), ['next', 'previous', 'copy', 'clear', 'next', 'previous']);
    // Answers that arrive before the pages are scrolled to when these are there.
    await view.load();
    await view.post({ type: 'marks', marks: marksFor(PAGES[0], 50, [[0, 'twelve months']]), reveal: true });
    await view.open(pdfFile(pages));
    await view.drawn(50);
    // What is shown again stays where it was.
    await view.open(pdfFile(pages), { page: 7, part: 0, zoom: 1, rotation: 0 });
    await view.drawn(7);
    assert.equal(await view.page.locator('#page').inputValue(), '7');
  },

  'an answer on two pages is marked on both': async (view) => {
    await view.open(pdfFile([PAGES[0], PAGES[0]]));
    const boxes = [boxOf(PAGES[0], 1, LINES[1], 'month.'), boxOf(PAGES[0], 2, LINES[0], 'The')];
    await view.post({
      type: 'marks',
      marks: { current: 0, label: 'x', answers: [{ boxes, grade: 'sure' }] },
      reveal: true,
    });
    for (const number of [1, 2]) assert.equal((await marksAt(await view.drawn(number))).length, 1);
  },
};
