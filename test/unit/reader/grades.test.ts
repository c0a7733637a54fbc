/** Three grades of answers, by the measured reliability of their probability. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Answer } from '../../../server/protocol.js';
import { graded, gradeOf, grades } from '../../../server/reader/calibration.js';
import { Reader } from '../../../server/reader/reader.js';
import { config, engineOf, favouring, tokenizer, vocabulary } from '../helpers/fake-engine.js';

describe('grades', () => {
  it('are sure, unsure and guess by their limits, which belong to the better grade', () => {
    const of = (probability: number) => gradeOf(probability, false);
    assert.deepEqual([1, grades.sure, grades.sure - 1e-9].map(of), ['sure', 'sure', 'unsure']);
    assert.deepEqual([grades.unsure, grades.unsure - 1e-9, 0].map(of), ['unsure', 'guess', 'guess']);
  });

  it('what "no answer" was preferred to is a guess, with its other places', () => {
    assert.equal(gradeOf(0.99, true), 'guess');
    const answer = { probability: 0.99, also: [{ probability: 0.5 }] } as Answer;
    assert.deepEqual(
      graded([answer], true).map(({ grade, also }) => [grade, also?.map((each) => each.grade)]),
      [['guess', ['guess']]],
    );
    assert.deepEqual(
      graded([answer], false).map(({ grade, also }) => [grade, also?.map((each) => each.grade)]),
      [['sure', ['unsure']]],
    );
  });

  it('are in every answer of the reader', async () => {
    const reader = new Reader(config, vocabulary, tokenizer, engineOf(favouring('king')));
    const text = 'the king sat on the mat in a city.';
    const result = await reader.answer({ text, question: 'who sat?' });
    assert.ok(result.answers.length > 0);
    for (const { probability, grade } of result.answers) {
      assert.equal(grade, gradeOf(probability, result.noAnswer.chosen));
    }
    const none = await reader.answer({ text, question: 'who sat?', options: { noAnswerThreshold: -100 } });
    assert.equal(none.noAnswer.chosen, true);
    assert.ok(none.answers.every(({ grade }) => grade === 'guess'));
  });

  it('the limits follow the table of reliability in the model card: nine of ten sure answers are right', () => {
    const card = readFileSync('models/default/README.md', 'utf8');
    const bins = [...card.matchAll(/^\| (0\.\d)-\d\.\d \|([^\n]+)\|$/gm)].map(([, from, rest]) => {
      const cells = rest.split('|').map((cell) => (/^\s*[\d.]+\s*$/.test(cell) ? Number(cell) : 0));
      return { from: Number(from), count: cells[0] + cells[3], right: cells[0] * cells[2] + cells[3] * cells[5] };
    });
    assert.equal(bins.length, 10);
    const share = (low: number, high: number) => {
      const some = bins.filter(({ from }) => from >= low - 1e-9 && from < high - 1e-9);
      return some.reduce((sum, { right }) => sum + right, 0) / some.reduce((sum, { count }) => sum + count, 0);
    };
    assert.ok(share(grades.sure, 1) >= 90);
    assert.ok(share(grades.unsure, grades.sure) >= 50);
    assert.ok(share(0, grades.unsure) < 25);
  });
});
