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
    // A part of a word is not a word.
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

describe('records of a long log, chat or JSON lines file', () => {
  const excerpt = (file: string, fileName: string, question: string) => {
    const records = recordsOf(file, { fileName })!;
    return excerptOf(records, question);
  };

  it('a record of a log keeps its stack trace, and is read completely', () => {
    const line = (i: number) => `2024-06-02 03:16:30 INFO main - request ${i} done\n`;
    const lines = Array.from({ length: 3000 }, (_, i) => line(i));
    lines[1700] =
      '2024-06-02 04:00:01 ERROR main - backup of zebra failed\njava.io.IOException: quota exceeded\n\tat a.b(C.java:1)\nCaused by: disk full\n';
    for (const name of ['app.log', 'app.txt', 'app.log.1']) {
      const { view, read, of } = excerpt(lines.join(''), name, 'Why did the backup of zebra fail?');
      assert.deepEqual([read, of], [1, 3000]);
      assert.match(view.text, /^2024-06-02 04:00:01 ERROR main - backup of zebra failed.*quota exceeded.*disk full$/s);
    }
  });

  it('a message of a chat is read with those that follow it', () => {
    const message = (i: number) => `[02.06.24, 10:${10 + (i % 50)}:00] Ana: hello ${i}\n`;
    const lines = Array.from({ length: 3000 }, (_, i) => message(i));
    lines[1500] = '[02.06.24, 10:20:00] Ben: when does the regatta start?\n';
    lines[1501] = '[02.06.24, 10:21:00] Ana: on Friday\n';
    const { view, read } = excerpt(lines.join(''), 'chat.txt', 'When does the regatta start?');
    assert.equal(read, 4);
    assert.match(view.text, /Ben: .*regatta.*Ana: on Friday/s);
  });

  it('a line of JSON lines is read with its keys, a broken one as plain text', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `{"id": ${i}, "city": "Oslo"}\n`);
    lines[1500] = '{"id": 1500, "name": "Torunn Fjellvang", "city": "Bergen"}\n';
    lines[1600] = '{"id": 1600, "name": "Torunn Fjellvang", "city": ["Turku"\n';
    const { view, read, of } = excerpt(lines.join(''), 'a.jsonl', 'In which city does Torunn Fjellvang live?');
    assert.deepEqual([read, of], [2, 3000]);
    assert.match(view.text, /name: "Torunn Fjellvang".*city: "Bergen".*city: "Turku"/s);
    assert.doesNotMatch(view.text, /Oslo/);
  });

  it('a single value over several lines, and plain text, have no records', () => {
    assert.equal(recordsOf('{\n"a": 1\n}\n', { fileName: 'a.json' }), undefined);
    assert.equal(recordsOf('{"a": 1}\n', { fileName: 'a.json' }), undefined);
    assert.equal(recordsOf('A text.\nIt goes on.\n', { fileName: 'a.txt' }), undefined);
  });

  it('are found in time in proportion to the length', () => {
    for (const [fileName, part] of [
      ['a.log', '2024-06-02 03:16:30 INFO main - request done\n\tat a.b(C.java:1)\n'],
      ['a.log', 'Caused by: \n'],
      ['a.jsonl', '{"a": "b"}\n'],
      ['a.jsonl', '{"a": 1}\n{"a": 2}\n{"a": 3}\n{"a":[{\n'],
      ['chat.txt', '[12:34] <ana> hello\n'],
    ] as const) {
      assertGrowsInProportion(`${fileName}: ${part}`, 500_000, (size) => {
        const records = recordsOf(part.repeat(size / part.length), { fileName })!;
        records.view(records.starts.map((_, i) => i));
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
