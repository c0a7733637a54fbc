/** Pages that nobody wrote for people: their time is in proportion to what stands on them, and nothing is lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { furnitureOf } from '../../../server/formats/pdf/furniture.js';
import type { Font, Glyph } from '../../../server/formats/pdf/glyphs.js';
import { jointOf, Vocabulary } from '../../../server/formats/pdf/hyphens.js';
import { pageBlocks, pageWords } from '../../../server/formats/pdf/page.js';
import { pdfReader } from '../../../server/formats/pdf/pdf.js';
import { wordsOf } from '../../../server/formats/pdf/words.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { makePdf } from '../helpers/make-pdf.js';

const FONT: Font = { name: '', bold: false, mono: false, symbols: false, ascent: 0.8, descent: -0.2 };

const glyph = (text: string, x: number, y: number, size = 1): Glyph => ({
  text,
  x,
  y,
  size,
  width: 0.5 * size,
  height: 0.8 * size,
  depth: -0.2 * size,
  font: FONT,
  bold: false,
  turn: 0,
  artifact: false,
});

/** Text of the blocks of a page. @param neighbours how many pages around it look the same */
function textOf(glyphs: Glyph[], neighbours = 0): string {
  const extent = { width: 1e7, height: 1e7 };
  const page = pageWords(1, { glyphs, rules: [], ...extent });
  const { blocks } = pageBlocks(page, neighbours > 0 ? furnitureOf(page, Array(neighbours).fill(page)) : new Set());
  return blocks.flatMap((block) => (block.kind === 'table' ? [] : block.lines.map((line) => line.text))).join('\n');
}

describe('PDF: pages with very much on them', () => {
  it('labels at as many heights', () => {
    assertGrowsInProportion('rows', 40_000, (count) => {
      const glyphs = Array.from({ length: count }, (_, i) => glyph('x', 40 * (i % 7), 9e6 - 2 * i));
      assert.equal(textOf(glyphs).length, 2 * count - 1);
    });
  });

  it('a line that is drawn from its end', () => {
    assertGrowsInProportion('pieces', 100_000, (count) => {
      const glyphs = Array.from({ length: count }, (_, i) => glyph('ab'[i % 2], 0.5 * (count - i), 100));
      assert.equal(textOf(glyphs).length, count);
    });
  });

  it('a line of small text beside a line of large text', () => {
    assertGrowsInProportion('scripts', 100_000, (count) => {
      const large = Array.from({ length: count }, (_, i) => glyph('L', 40 * i, 100, 10));
      const small = Array.from({ length: count }, (_, i) => glyph('s', 40 * i + 8, 104, 5));
      assert.equal(textOf([...large, ...small]).replace(/\s/g, '').length, 2 * count);
    });
  });

  it('a running head of many words', () => {
    assertGrowsInProportion('running head', 100_000, (count) => {
      const glyphs = Array.from({ length: count }, (_, i) => glyph(String.fromCodePoint(0x4e00 + i), 2 * i, 100));
      assert.equal(textOf(glyphs, 2), '');
    });
  });

  it('a word of many letters before a hyphen', () => {
    assertGrowsInProportion('letters', 400_000, (count) => {
      new Vocabulary().add(`${'a'.repeat(count)} b-`);
    });
  });
});

describe('PDF: text far outside of any page', () => {
  it('rows whose numbers are too large to be counted', () => {
    for (const y of [1e17, -1e17, 2 ** 60, 1e300, -1e300]) {
      for (const size of [1, 100]) {
        const words = wordsOf([glyph('a', 0, y, size), glyph('b', 40 * size, y, size), glyph('a', 0, y, size)]);
        assert.deepEqual(
          words.map(({ text }) => text),
          ['a', 'b'],
          `${y}, ${size}`,
        );
      }
    }
  });

  it('turned text and a form on a page of that size', async () => {
    const far = `1${'0'.repeat(17)}`;
    const content = `BT /F1 10 Tf 0.7071 0.7071 -0.7071 0.7071 50 ${far} Tm (turned) Tj ET`;
    const box = `[0 ${far} 100 1${'0'.repeat(15)}16]`;
    const field = `<< /Type /Annot /Subtype /FreeText /Rect ${box} /Contents (a remark) /DA (/F1 10 Tf) >>`;
    const size = Number(far) * 4;
    const page = { texts: [{ x: 50, y: 700, text: 'The text of the page' }], content, annotations: [field] };
    for (const extent of [{}, { width: size, height: size }]) {
      const { text } = await pdfReader.read(makePdf([{ ...page, ...extent }]), {});
      assert.ok(text.includes('The text of the page'), text);
    }
  });
});

describe('PDF: the vocabulary', () => {
  it('has what is written with a hyphen inside a line, and not the beginning of a word at its end', () => {
    const vocabulary = new Vocabulary();
    vocabulary.add('a well-known-fact--ice-cream -left and right- hyphen-');
    assert.equal(vocabulary.isBreak('ice', 'cream'), false);
    assert.equal(vocabulary.isBreak('hyphen', 'ated'), true);
    assert.deepEqual(jointOf('ice-', 'cream', vocabulary), { drop: 0, between: '' });
  });
});

describe('PDF: recognised', () => {
  it('by its beginning, not by what another format quotes', () => {
    const is = (text: string) => pdfReader.recognises(Buffer.from(text, 'latin1'), []);
    assert.ok(is('%PDF-1.7\n'));
    assert.ok(is('\u0000garbage\n%PDF-1.7\n'));
    assert.ok(!is('{\\rtf1 A file begins with %PDF-1.7.}'));
    assert.ok(!is('PK\u0003\u0004mimetype%PDF-1.7'));
  });
});
