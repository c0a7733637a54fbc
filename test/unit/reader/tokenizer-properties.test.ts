import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import { Tokenizer } from '../../../server/tokenizer/tokenizer.js';
import { Vocabulary } from '../../../server/tokenizer/vocabulary.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';

const { vocabularies } = JSON.parse(
  gunzipSync(readFileSync(path.join(process.cwd(), 'test/fixtures/tokenizer.json.gz'))).toString('utf8'),
) as { vocabularies: Record<string, string> };
const vocabulary = Vocabulary.parse(vocabularies.cased);

const options = fc.record({
  lowerCase: fc.boolean(),
  stripAccents: fc.constantFrom(null, true, false),
  chineseChars: fc.boolean(),
});
/** Any UTF-16, lone surrogates too, with more of what is hard. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 10 }).map((units) => String.fromCharCode(...units)),
      fc.constantFrom(
        '\u0301',
        '\u1b44',
        '\u0323',
        '\ud800',
        '\udc00',
        '\u{1d15e}',
        '한국',
        '中',
        ' ',
        '\u00ad',
        'İ',
        '≠',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const all = (pieces: Pieces, check: (i: number) => boolean): boolean =>
  Array.from({ length: pieces.length }, (_, i) => i).every(check);

describe('Tokenizer, for any text', () => {
  it('gives ranges that are not empty, inside the text and in order', () => {
    fc.assert(
      fc.property(text, options, (value, switches) => {
        const pieces = new Tokenizer(vocabulary, switches).encode(value);
        const { starts, ends } = pieces;
        assert.ok(all(pieces, (i) => starts[i] >= 0 && starts[i] < ends[i] && ends[i] <= value.length));
        assert.ok(all(pieces, (i) => i === 0 || (starts[i] >= starts[i - 1] && ends[i] >= ends[i - 1])));
      }),
      { numRuns: rounds(250, 5000) },
    );
  });

  it('begins words with pieces that are not continuations, and continues them with pieces that are', () => {
    fc.assert(
      fc.property(text, options, (value, switches) => {
        const pieces = new Tokenizer(vocabulary, switches).encode(value);
        const { ids, wordStarts } = pieces;
        assert.ok(all(pieces, (i) => (wordStarts[i] === 0) === /^##./su.test(vocabulary.pieceOf(ids[i]))));
      }),
    );
  });

  it('gives an ASCII piece the range of exactly its letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), options, (value, switches) => {
        const pieces = new Tokenizer(vocabulary, switches).encode(value);
        for (let i = 0; i < pieces.length; i++) {
          if (pieces.ids[i] === vocabulary.unkId) continue;
          const slice = value.slice(pieces.starts[i], pieces.ends[i]);
          const piece = vocabulary.pieceOf(pieces.ids[i]).replace(/^##(?=.)/, '');
          assert.equal(switches.lowerCase ? slice.toLowerCase() : slice, piece);
        }
      }),
    );
  });

  it('leaves nothing uncovered except white space, removed characters and accents', () => {
    const tokenizer = new Tokenizer(vocabulary, { lowerCase: false, stripAccents: null, chineseChars: true });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), (value) => {
        const pieces = tokenizer.encode(value);
        let covered = '';
        for (let i = 0; i < pieces.length; i++) covered += value.slice(pieces.starts[i], pieces.ends[i]);
        assert.equal(covered, value.replaceAll(/[ \t\r\n]/g, ''));
      }),
    );
  });

  it('gives the same for a part as for its slice, shifted, and the same in chunks', async () => {
    await fc.assert(
      fc.asyncProperty(text, options, fc.nat(), fc.nat(), async (value, switches, a, b) => {
        const start = a % (value.length + 1);
        const end = start + (b % (value.length - start + 1));
        const tokenizer = new Tokenizer(vocabulary, switches);
        const part = tokenizer.encode(value, start, end);
        const slice = tokenizer.encode(value.slice(start, end));
        assert.deepEqual(part.ids, slice.ids);
        assert.deepEqual(part.wordStarts, slice.wordStarts);
        assert.deepEqual(
          part.starts,
          slice.starts.map((n) => n + start),
        );
        assert.deepEqual(
          part.ends,
          slice.ends.map((n) => n + start),
        );
        assert.deepEqual(await tokenizer.encodeAsync(value, start, end), part);
      }),
    );
  });

  it('does not depend on where chunks of a long text end', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.nat({ max: 40 }), options, async (value, shift, switches) => {
        const tokenizer = new Tokenizer(vocabulary, switches);
        // The text stands across the end of the first chunk.
        const long = `${'ab, '.repeat(32768).slice(shift)}${value}.`;
        assert.deepEqual(await tokenizer.encodeAsync(long), tokenizer.encode(long));
      }),
      { numRuns: rounds(15, 500) },
    );
  });
});
