/** The same words in several places are one answer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../../server/protocol.js';
import { mergeSameWords, sameWords } from '../../../server/reader/duplicates.js';

const answer = (text: string, start: number, probability: number): Answer => ({
  text,
  start,
  end: start + text.length,
  probability,
  grade: 'unsure',
  score: 0,
  margin: 0,
  line: 0,
  character: start,
  endLine: 0,
  endCharacter: start + text.length,
});

describe('duplicates', () => {
  it('in heads and feet of pages are shown where they stand first, with the score of the best', () => {
    const found = [
      { ...answer('The Mill Company', 90, 0.4), score: 7, margin: 5 },
      answer('the Mill Company', 10, 0.2),
      answer('the Mill Company', 50, 0.1),
    ];
    const feet = (answer: Answer) => answer.start >= 50;
    const [foot] = mergeSameWords(found, feet);
    assert.deepEqual([foot.start, foot.score, foot.margin], [50, 7, 5]);
    assert.equal(Math.round(100 * foot.probability), 70);
    assert.deepEqual(
      foot.also?.map(({ start }) => start),
      [90, 10],
    );
    // The best stands in the text.
    const [best] = mergeSameWords(found, ({ start }) => start === 10);
    assert.equal(best.start, 90);
  });

  it('have the sum of the probabilities, which determines the order, and the other places', () => {
    const merged = mergeSameWords([
      answer('Oslo', 10, 0.4),
      answer('the king', 50, 0.3),
      answer('The  King.', 90, 0.2),
      answer('“a king”', 70, 0.05),
    ]);
    assert.deepEqual(
      merged.map(({ text, probability, also }) => [
        text,
        Math.round(1000 * probability),
        also?.map(({ start }) => start),
      ]),
      [
        ['the king', 550, [90, 70]],
        ['Oslo', 400, undefined],
      ],
    );
    assert.deepEqual(mergeSameWords([]), []);
  });

  it('words are the same whatever their case, white space, article and marks around them', () => {
    assert.equal(sameWords(' «The\n  King»!'), 'king');
    assert.equal(sameWords('a'), 'a');
    assert.equal(sameWords('…'), '…');
  });

  it('a sign, a unit or a bracket around a number is part of it', () => {
    for (const [one, other] of [
      ['-3.2', '3.2'],
      ['3.5', '35'],
      ['5 %', '5'],
      ['5 €', '5'],
      ['C++', 'C'],
      ['-80 °C', '80 °C'],
    ]) {
      assert.notEqual(sameWords(one), sameWords(other), `${one} ${other}`);
    }
  });
});
