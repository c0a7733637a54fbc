/** Slices, passages, word indexes and their ranking. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexCache } from '../../../server/ranking/index-cache.js';
import { bytesOf, indexView, Ranking } from '../../../server/ranking/lexical.js';
import { PASSAGE_WORDS, passagesOf } from '../../../server/ranking/passages.js';
import { SLICE_UNITS, slicesOf } from '../../../server/runs/slices.js';
import { wordsOf } from '../../../server/text/stems.js';
import { plainView, ViewBuilder } from '../../../server/views/base/view-builder.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { rounds } from '../helpers/long.js';

test('slices cover a text, advance, overlap a little and do not split characters', () => {
  const bit = fc.constantFrom('a', 'bc ', '\n', '\n\n', '𝄞', ' '.repeat(50), 'x'.repeat(200), 'word word word. ');
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 400 }), fc.integer({ min: 64, max: 3000 }), (bits, size) => {
      const text = bits.join('');
      const slices = slicesOf(text, size);
      assert.equal(slices[0].start, 0);
      assert.equal(slices.at(-1)?.end, text.length);
      for (const [i, { start, end }] of slices.entries()) {
        assert.ok(end - start <= size * 1.25);
        assert.ok(!/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(text.slice(start, end)), 'half a character');
        if (i > 0) assert.ok(start <= slices[i - 1].end && start > slices[i - 1].start && end > slices[i - 1].end);
      }
    }),
    { numRuns: rounds(100, 5000) },
  );
});

test('slicing a line of 8 MB takes time in proportion to its length', () => {
  assertGrowsInProportion('slicesOf', 8_000_000, (size) => {
    assert.ok(slicesOf('x'.repeat(size)).length > size / SLICE_UNITS / 1.25);
  });
});

test('words are lower case, may contain marks, are single Han characters, and encoded data is cut', () => {
  assert.deepEqual(wordsOf('The Größe of a_b is 3.5 — naïve 東京!'), [
    'the',
    'größe',
    'of',
    'a',
    'b',
    'is',
    '3',
    '5',
    'naïve',
    '東',
    '京',
  ]);
  assert.deepEqual(wordsOf('A'.repeat(1_000_000)), ['a'.repeat(64)]);
});

test('every word is in a passage, and no passage is much longer than a window', () => {
  const text = Array.from({ length: 3000 }, (_, i) => `w${i}`).join(' ');
  const passages = [...passagesOf(plainView(text))];
  assert.deepEqual(new Set(passages.flatMap(({ words }) => words)), new Set(wordsOf(text)));
  for (const { place, words } of passages) {
    assert.ok(words.length <= 1.3 * PASSAGE_WORDS);
    assert.deepEqual(words, wordsOf(text.slice(place.start, place.end)));
  }
  for (let i = 1; i < passages.length; i++) assert.ok(passages[i].place.start < passages[i - 1].place.end, 'overlap');
});

test('short blocks of a section form one passage, with the words of their headings', () => {
  const file = ['Install', 'On Linux run make.', 'On Windows run nmake.', 'Licence', 'long '.repeat(150)].join('\n');
  const builder = new ViewBuilder(file);
  let at = 0;
  const sections = [['Guide'], ['Guide', 'Install'], ['Guide', 'Install'], ['Guide'], ['Guide', 'Licence']];
  sections[2] = sections[1];
  for (const [i, line] of file.split('\n').entries()) {
    builder.block('paragraph', sections[i]).copy(at, at + line.length);
    at += line.length + 1;
  }
  const passages = [...passagesOf(builder.build())];
  assert.ok(passages[0].words.includes('guide'));
  assert.ok(passages[0].words.includes('nmake'));
  assert.equal(passages.at(-1)?.place.end, file.length);
});

/** BM25 by its formula, over words as they are. */
function bm25(question: string[], texts: string[]): number[] {
  const documents = texts.map(wordsOf);
  const mean = documents.reduce((sum, words) => sum + words.length, 0) / documents.length;
  return documents.map((words) =>
    question.reduce((sum, term) => {
      const n = documents.filter((other) => other.includes(term)).length;
      const frequency = words.filter((word) => word === term).length;
      const idf = Math.log(1 + (documents.length - n + 0.5) / (n + 0.5));
      return sum + (idf * frequency * 2.2) / (frequency + 1.2 * (0.25 + (0.75 * words.length) / mean));
    }, 0),
  );
}

test('the ranking is BM25, whatever the documents', () => {
  // Words that are their own stems, and not too common to count.
  const word = fc.constantFrom('cat', 'dog', 'river', 'king', 'moon', 'x1');
  const text = fc.array(word, { minLength: 1, maxLength: 60 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 12 }),
      fc.uniqueArray(word, { minLength: 1 }),
      (texts, asked) => {
        const ranking = new Ranking(`What is the ${asked.join(' ')}?`);
        for (const [i, one] of texts.entries()) ranking.add(i, indexView(plainView(one)));
        const expected = bm25(asked, texts);
        const found = ranking.finish();
        assert.deepEqual(
          new Set(found.map(({ document }) => document)),
          new Set(expected.flatMap((s, i) => (s > 0 ? [i] : []))),
        );
        for (const { document, score } of found) assert.ok(Math.abs(score - expected[document]) < 1e-9);
        for (let i = 1; i < found.length; i++) assert.ok(found[i - 1].score >= found[i].score);
      },
    ),
    { numRuns: rounds(60, 3000) },
  );
});

test('stems and the name of the document count, question words do not', () => {
  const ranking = new Ranking('When does the licence terminate?');
  ranking.add(0, indexView(plainView('when does the what who')));
  ranking.add(1, indexView(plainView('It is terminated after a year.')));
  ranking.add(2, indexView(plainView('Nothing of that.'), 'LICENCE.md'));
  assert.deepEqual(
    ranking
      .finish()
      .map(({ document }) => document)
      .sort(),
    [1, 2],
  );
  const common = new Ranking('What is it?');
  common.add(0, indexView(plainView('what is it')));
  assert.equal(common.finish().length, 1);
});

test('a place is the position of the passage in the file', () => {
  const filler = 'nothing of interest stands here '.repeat(200);
  const text = `${filler}\n\nthe walrus sleeps\n\n${filler}`;
  const ranking = new Ranking('Which walrus?');
  ranking.add(7, indexView(plainView(text)));
  const [{ document, place }] = ranking.finish();
  assert.equal(document, 7);
  assert.ok(text.slice(place.start, place.end).includes('the walrus sleeps'));
  assert.ok(place.end - place.start < text.length / 4);
});

test('the cache is keyed by version, is bounded, and drops the least recently used', () => {
  const index = indexView(plainView('the king built a city'));
  const size = bytesOf(index) + 1000;
  const cache = new IndexCache(3 * size);
  for (const uri of ['a', 'b', 'c']) cache.set(uri, '1', index);
  assert.equal(cache.get('a', '1'), index);
  assert.equal(cache.get('a', '2'), undefined);
  cache.set('d', '1', index);
  assert.equal(cache.get('b', '1'), undefined);
  assert.ok(cache.get('a', '1') && cache.get('c', '1') && cache.get('d', '1'));
  assert.equal(cache.bytes, 3 * size);
  cache.set('a', '2', index);
  assert.equal(cache.bytes, 3 * size);
  assert.equal(cache.get('a', '2'), index);
  cache.set('large', '1', indexView(plainView(Array.from({ length: 5000 }, (_, i) => `w${i}`).join(' '))));
  assert.equal(cache.get('large', '1'), undefined);
  assert.equal(cache.bytes, 3 * size);
});

test('an index takes less memory than its text', () => {
  let seed = 1;
  const next = () => {
    seed = (seed * 48271) % 2147483647;
    return seed;
  };
  // Words as frequent as in real text: the n-th about 1/n of the time.
  const text = Array.from({ length: 100_000 }, () => `word${Math.floor(8000 ** ((next() % 1000) / 1000))}`).join(' ');
  assert.ok(bytesOf(indexView(plainView(text))) < text.length);
});
