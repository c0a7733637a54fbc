/** The words of a page, and which of them stand in one row. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Font, Glyph } from '../../../server/formats/pdf/glyphs.js';
import { pageWords } from '../../../server/formats/pdf/page.js';

const FONT: Font = { name: '', bold: false, mono: false, symbols: false, ascent: 0.8, descent: -0.2 };

/** Text whose characters are half as wide as they are high. */
const drawn = (text: string, x: number, y: number, size: number) =>
  [...text].map((character, index): Glyph => {
    const place = { x: x + 0.5 * size * index, y, width: 0.5 * size, size, height: 0.8 * size, depth: -0.2 * size };
    return { text: character, ...place, font: FONT, bold: false, turn: 0, artifact: false };
  });

const rowsOf = (...glyphs: Glyph[][]) =>
  pageWords(1, { glyphs: glyphs.flat(), rules: [], width: 600, height: 800 }).rows.map((row) =>
    row.words.map(({ text }) => text).join(' '),
  );

it('an exponent as high as a line of the column beside it stays at its word', () => {
  const before = drawn('On the 45', 50, 640, 10);
  const behind = drawn('day of March', 108, 640, 10);
  assert.deepEqual(rowsOf(drawn('snow on the mountains', 320, 643.5, 10), before, drawn('th', 95, 643.5, 6), behind), [
    'snow on the mountains',
    'On the 45 th day of March',
  ]);
});

it('small words of a line stay in it, also over the end of a word of the next line', () => {
  const line = [drawn('SNOW ON', 60, 643.5, 10), drawn('THE', 95 + 6, 643.5, 6), drawn('HILLS', 116, 643.5, 10)];
  assert.deepEqual(rowsOf(...line, drawn('On the 45', 50, 640, 9)), ['SNOW ON THE HILLS', 'On the 45']);
});

it('a ligature of three letters without an entry in the Unicode map is told by its width and its neighbours', () => {
  const broken = (before: string, after: string, width: number) => {
    const x = 50 + 5 * before.length;
    const lost: Glyph = { ...drawn('\u0000', x, 640, 10)[0], width };
    return rowsOf(drawn(before, 50, 640, 10), [lost], drawn(after, x + width, 640, 10));
  };
  assert.deepEqual(broken('di', 'cult', 8.3), ['difficult']);
  assert.deepEqual(broken('ba', 'es', 8.3), ['baffles']);
  // Not what is narrower, nor what stands among signs and numbers.
  assert.deepEqual(broken('di', 'cult', 5), ['di cult']);
  assert.deepEqual(broken('12', '34', 8.3), ['12 34']);
});
