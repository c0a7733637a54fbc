/** The sentence around a place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sentenceAround } from '../../../server/reader/sentence.js';
import type { BlockKind } from '../../../server/views/base/reading-view.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { rounds } from '../helpers/long.js';

function around(text: string, answer: string, kind: BlockKind = 'paragraph'): string {
  const start = text.indexOf(answer);
  const { start: from, end } = sentenceAround(
    text,
    { start: 0, end: text.length, kind },
    { start, end: start + answer.length },
  );
  return text.slice(from, end);
}

describe('sentence', () => {
  const text = 'One is first.  The king, at 3.5 m, sat down! Was it red? Yes.';
  it('is found by its punctuation, without the space around it', () => {
    assert.equal(around(text, 'king'), 'The king, at 3.5 m, sat down!');
    assert.equal(around(text, 'One'), 'One is first.');
    assert.equal(around(text, 'Yes.'), 'Yes.');
  });

  it('is several if the answer touches several', () => {
    assert.equal(around(text, 'down! Was'), 'The king, at 3.5 m, sat down! Was it red?');
  });

  it('continues over a line end in prose, not over an empty line; elsewhere a line end ends it', () => {
    const lines = 'A title\n\nThe king\nbuilt a city\r\nin Rome. More.\n \nOther';
    assert.equal(around(lines, 'city'), 'The king\nbuilt a city\r\nin Rome.');
    assert.equal(around(lines, 'city', 'code'), 'built a city');
    assert.equal(around(lines, 'title'), 'A title');
    assert.equal(around(lines, 'Other'), 'Other');
  });

  it('ends where the next one follows without a space, not after a title', () => {
    const glued = 'She was born in Oslo.He died in Rome. It uses System.Text now.';
    assert.equal(around(glued, 'Oslo'), 'She was born in Oslo.');
    assert.equal(around(glued, 'Rome'), 'He died in Rome.');
    assert.equal(around(glued, 'Text'), 'It uses System.Text now.');
    assert.equal(around('First. It was built by Dr. Ann Fielding. More.', 'Ann'), 'It was built by Dr. Ann Fielding.');
    assert.equal(
      around('First. It was built by Dr. Ann Fielding. More.', 'built'),
      'It was built by Dr. Ann Fielding.',
    );
  });

  it('without an end is cut between two words', () => {
    const long = 'word '.repeat(10_000);
    const found = around(`${long}king ${long}`, 'king');
    assert.ok(found.length > 1500 && found.length < 2100);
    assert.match(found, /^word .* king .* word$/);
    const unbroken = 'x'.repeat(5000);
    assert.ok(around(`${unbroken} king ${unbroken}`, 'king').includes('king'));
  });

  it('of a long answer is searched at both ends', () => {
    for (const between of ['\u2029', '\n', 'Stop. ']) {
      const inner = `was red${between.repeat(20_000)}It was`;
      const file = `One. The king ${inner} blue. Last.`;
      assert.equal(around(file, inner, 'value'), `The king ${inner} blue.`);
      assertGrowsInProportion(JSON.stringify(between), 200_000, (size) => {
        const long = `a ${between.repeat(size / between.length)} b`;
        sentenceAround(long, { start: 0, end: long.length, kind: 'paragraph' }, { start: 0, end: long.length });
      });
    }
  });

  it('always contains the answer and stays in the block', () => {
    const unit = fc.oneof(
      fc.constantFrom('a', 'B', '. ', '.', '\n', '\r\n', '\n\n', ' ', '? ', '中。', '\ud83d', '"'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 80 }), fc.nat(), fc.nat(), fc.nat(), fc.nat(), (text, a, b, c, d) => {
        const [from, start, end, to] = [a, b, c, d].map((n) => n % (text.length + 1)).sort((x, y) => x - y);
        fc.pre(start < end);
        const found = sentenceAround(text, { start: from, end: to, kind: 'comment' }, { start, end });
        assert.ok(found.start >= from && found.start <= start && found.end >= end && found.end <= to);
      }),
      { numRuns: rounds(400, 10000) },
    );
  });
});
