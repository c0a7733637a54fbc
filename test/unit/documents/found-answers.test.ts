/** Answers of many readings: the better reading of a place stays, whichever comes first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, NoAnswer } from '../../../server/protocol.js';
import { FoundAnswers } from '../../../server/runs/merge-answers.js';
import fc from '../helpers/fast-check.js';

const none: NoAnswer = { score: 0, probability: 0.5, chosen: false, threshold: 0 };
const answer = (text: string, start: number, margin: number): Answer => ({
  ...{ text, start, end: start + text.length, score: margin, margin, probability: 0.5, grade: 'unsure' },
  ...{ line: 0, character: start, endLine: 0, endCharacter: start + text.length },
});

test('the better of two readings of the same place is kept, whichever comes first', () => {
  for (const margins of [
    [1, 2],
    [2, 1],
    [2, 2],
  ]) {
    const found = new FoundAnswers();
    for (const margin of margins) found.add('a', [answer('the king', 100, margin)], none);
    const best = found.best(5);
    assert.deepEqual(
      best.map(({ margin, also }) => [margin, also.length]),
      [[2, 0]],
    );
    assert.equal(found.top?.margin, 2);
  }
});

test('the order of the readings changes neither the best answers nor their places', () => {
  const reading = fc.record({
    uri: fc.constantFrom('a', 'b'),
    text: fc.constantFrom('the king', 'a queen', 'red'),
    // Places that are the same, or do not touch.
    start: fc.integer({ min: 0, max: 4 }).map((place) => 20 * place),
  });
  const seen = (found: FoundAnswers) =>
    found
      .best(20)
      .map(({ uri, text, start, margin, also }) => [
        ...[uri, text, start, margin],
        also.map((place) => [place.uri, place.start, place.margin]),
      ]);
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 12 }), fc.func(fc.nat()), (readings, order) => {
      // Margins of their own, so that there are no ties.
      const all = readings.map((each, i) => ({ ...each, margin: ((i * 7) % 13) - 6 + i / 100 }));
      const inOrder = new FoundAnswers();
      const otherwise = new FoundAnswers();
      for (const { uri, text, start, margin } of all) inOrder.add(uri, [answer(text, start, margin)], none);
      const turned = all.map((each) => ({ each, key: order(each.margin) })).sort((a, b) => a.key - b.key);
      for (const { each } of turned) otherwise.add(each.uri, [answer(each.text, each.start, each.margin)], none);
      assert.deepEqual(seen(otherwise), seen(inOrder));
    }),
  );
});
