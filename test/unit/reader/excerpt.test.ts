/** What is read of a very long table, and which cells a word of the question tells of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rankRecords } from '../../../server/ranking/records.js';
import { EXCERPT_RECORDS, excerptOf } from '../../../server/reader/excerpt.js';
import { layoutOf } from '../../../server/reader/layout.js';
import { Relevance } from '../../../server/reader/relevance.js';
import { WordIndex } from '../../../server/reader/word-index.js';
import { recordsOf, viewOf } from '../../../server/views/choose-view.js';
import { assertGrowsInProportion } from '../helpers/growth.js';

const csv = { fileName: 'a.csv' };
const long = (rows: number) =>
  `name,city,amount\n${Array.from({ length: rows }, (_, i) => `"Berg ${i}, Anna",Oslo,${i}\n`).join('')}`;

describe('rows of a long table', () => {
  const file = `${long(5000)}"Fjellvang, Torunn",Bergen,17\n${long(3000).slice(17)}`;
  const records = recordsOf(file, csv)!;

  it('those with words of the question come first', () => {
    const [best, ...others] = rankRecords(records, 'Which amounts has Torunn Fjellvang?');
    assert.equal(file.slice(records.starts[best.record]).split('\n')[0], '"Fjellvang, Torunn",Bergen,17');
    // The names of the columns have a form of "amounts".
    assert.deepEqual(
      others.map(({ record }) => record),
      [0],
    );
    assert.deepEqual(rankRecords(records, 'Xyzzy?'), []);
    // A part of a word is no word.
    assert.deepEqual(rankRecords(records, 'orunn jellvang'), []);
  });

  it('are shown with the names of the columns and counted', () => {
    const { view, read, of } = excerptOf(records, 'Which amount has Torunn Fjellvang?');
    assert.equal(view.text, 'name; city; amount.\nname: Fjellvang, Torunn; city: Bergen; amount: 17.');
    assert.deepEqual([read, of], [1, 8001]);
    const place = view.toFile(view.text.indexOf('17'), view.text.indexOf('17') + 2)!;
    assert.equal(file.slice(place.start - 7, place.end), 'Bergen,17');
  });

  it('without any word of the question the first ones are shown', () => {
    const { view, read } = excerptOf(records, 'Who is it?');
    assert.equal(read, EXCERPT_RECORDS);
    assert.ok(view.text.startsWith('name; city; amount.\nname: Berg 0, Anna;'));
  });

  it('are ranked in time in proportion to their number', () => {
    for (const [name, part] of [
      ['rows', 'anna,berg\n'],
      ['a line', 'anna '],
      ['letters', 'anna'],
    ] as const) {
      assertGrowsInProportion(name, 4_000_000, (size) => {
        const text = part.repeat(size / part.length);
        rankRecords(recordsOf(text, csv)!, 'Where is Anna Berg annas?');
      });
    }
  });
});

describe('relevance in rows', () => {
  const file = 'name,city,pets\nAnna,Oslo,many cats\nJens,Turku,a dog\n';
  const view = viewOf(file, csv);
  const near = async (question: string, word: string) => {
    const relevance = new Relevance(await WordIndex.of(view), question, view);
    return relevance.proximityOf(Int32Array.of(view.text.indexOf(word)), 0, 1)[0];
  };

  it('a word counts only in its row', async () => {
    assert.equal(await near('Jens?', 'Turku'), 1);
    assert.equal(await near('Jens?', 'Oslo'), 0);
    // What was asked with is not the answer.
    assert.equal(await near('Jens?', 'Jens'), 0);
    // In a longer cell it may be.
    assert.equal(await near('dog?', 'a dog'), 0);
    assert.equal(await near('cats?', 'many cats'), 1);
  });

  it('the name of a column counts in its cells', async () => {
    assert.equal(await near('city?', 'Turku'), 1);
    assert.equal(await near('city?', 'dog'), 0);
  });

  it('no answer crosses from one cell into the next', () => {
    const words = [...view.text.matchAll(/\w+/g)];
    const pieces = {
      length: words.length,
      ids: new Int32Array(words.length),
      starts: Int32Array.from(words, ({ index }) => index),
      ends: Int32Array.from(words, ({ index, 0: word }) => index + word.length),
      wordStarts: new Uint8Array(words.length).fill(1),
    };
    const { limits, keys } = layoutOf(view, pieces)!;
    const at = (word: string, from = 0) => words.findIndex(({ 0: found }, i) => i >= from && found === word);
    const many = at('many');
    assert.equal(limits[many], many + 2, 'many cats');
    assert.equal(limits[at('Anna')], at('Anna') + 1);
    assert.equal(limits[at('city', 3)], 0, 'inserted');
    assert.equal(keys![at('name')], 1);
    assert.equal(keys![at('Anna')], 0);
  });
});
