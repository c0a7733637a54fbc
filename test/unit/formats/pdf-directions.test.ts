/** Lines of Hebrew and Arabic, whose glyphs are drawn from left to right: text as it is read, boxes where it stands. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Font, Glyph } from '../../../server/formats/pdf/glyphs.js';
import { pageBlocks, pageWords } from '../../../server/formats/pdf/page.js';

const FONT: Font = { name: '', bold: false, mono: false, symbols: false, ascent: 0.8, descent: -0.2 };

/** A line whose characters stand side by side, 5 points each, from 100 on. */
function lineOf(drawn: string) {
  const glyphs = [...drawn].map((text, index): Glyph => {
    const place = { x: 100 + 5 * index, y: 500, width: 5, size: 10, height: 8, depth: -2 };
    return { text, ...place, font: FONT, bold: false, turn: 0, artifact: false };
  });
  const page = pageWords(1, { glyphs, rules: [], width: 600, height: 800 });
  const [block] = pageBlocks(page, new Set()).blocks;
  if (!block || block.kind === 'table') throw new Error('no line of text');
  const [{ text, starts, ends, rects }] = block.lines;
  /** Where some characters stand. */
  const placeOf = (words: string) => {
    const at = text.indexOf(words);
    const index = starts.indexOf(at);
    assert.ok(index >= 0 && ends[index] === at + words.length, `no box for ${words}`);
    return [rects[4 * index], rects[4 * index + 2]];
  };
  return { text, placeOf };
}

/** Characters from the last to the first. */
const backwards = (text: string) => [...text].reverse().join('');

describe('PDF: text from right to left', () => {
  it('words in the order in which they are read', () => {
    const { text, placeOf } = lineOf(backwards('שלום עולם גדול'));
    assert.equal(text, 'שלום עולם גדול');
    assert.deepEqual(placeOf('שלום'), [150, 20]);
    assert.deepEqual(placeOf('גדול'), [100, 20]);
  });

  it('numbers and words of other scripts keep their order, also without a gap', () => {
    const { text, placeOf } = lineOf(`World Bank ${backwards('ניתן עם')} 1,250.50${backwards('בשנת')}`);
    assert.equal(text, 'בשנת1,250.50 ניתן עם World Bank');
    assert.deepEqual(placeOf('בשנת'), [185 + 5 * 10, 20]);
    assert.deepEqual(placeOf('World'), [100, 25]);
    assert.deepEqual(placeOf('Bank'), [130, 20]);
  });

  for (const [digits, zero] of [
    ['Arabic', 0x660],
    ['Persian', 0x6f0],
  ] as const) {
    it(`${digits} digits keep their order, and several numbers are read from the right`, () => {
      const number = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(zero + Number(digit)));
      const [year, next, date, price] = ['2024', '2025', '12/05/2024', '1\u066c250\u066b50'].map(number);
      const { text, placeOf } = lineOf(`${year} ${backwards('سنة')}`);
      assert.equal(text, `سنة ${year}`);
      assert.deepEqual(placeOf(year), [100, 20]);
      assert.equal(lineOf(`${backwards('يوم')} ${date} ${backwards('في')}`).text, `في ${date} يوم`);
      assert.equal(lineOf(`${price}${backwards('بسعر')}`).text, `بسعر${price}`);
      assert.equal(lineOf(`${next} ${year} ${backwards('من')}`).text, `من ${year} ${next}`);
      assert.equal(lineOf(`${next}-${year} ${backwards('من')}`).text, `من ${year}-${next}`);
      assert.equal(lineOf(`%${year} ${backwards('من')}`).text, `من ${year}%`);
      assert.equal(lineOf(`The title ${year} ${backwards('سنة')} is new`).text, `The title سنة ${year} is new`);
    });
  }

  it('a line of another script with a word of it stays as it is', () => {
    assert.equal(lineOf(`The word ${backwards('שלום')} means peace`).text, 'The word שלום means peace');
    assert.equal(lineOf(`The title ${backwards('שלום עולם')} is new`).text, 'The title שלום עולם is new');
    assert.equal(lineOf(`All of (${backwards('שלום')}/peace) here`).text, 'All of (שלום/peace) here');
  });
});
