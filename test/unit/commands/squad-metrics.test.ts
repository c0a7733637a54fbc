/** Expected figures follow from the official evaluation scripts of SQuAD v1.1 and v2.0, worked out by hand. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactScore, f1Score, normalizeAnswer, SquadScorer } from '../../../server/evaluation/squad-metrics.js';

describe('normalising', () => {
  const cases: [string, string][] = [
    ['The  Quick, brown\tFox!', 'quick brown fox'],
    ['a', ''],
    ['An answer', 'answer'],
    ["the king's", 'kings'],
    ['1,000.50', '100050'],
    ['theatre at the end', 'theatre at end'],
    ['A-B', 'ab'],
    ['the-end', 'theend'],
    // Only ASCII punctuation is removed; a letter of another script is part of the word beside it.
    ['“the end”', '“ end”'],
    ['aé', 'aé'],
    ['Ω a Ω', 'ω ω'],
    ['x\u00a0the\u2003y\u001cz', 'x y z'],
    ['x\ufeffy', 'x\ufeffy'],
    ['snake_the_case', 'snakethecase'],
    ['', ''],
  ];
  for (const [text, expected] of cases) {
    it(JSON.stringify(text), () => assert.equal(normalizeAnswer(text), expected));
  }
});

describe('one prediction', () => {
  it('exact match compares normalised texts', () => {
    assert.equal(exactScore('The Beatles.', 'beatles'), 1);
    assert.equal(exactScore('Beatles', 'the Beatles band'), 0);
  });

  it('F1 counts a word as often as both texts have it', () => {
    // 2 words in common of 3 predicted and 2 expected.
    assert.equal(f1Score('big red house', 'red house', false), (2 * (2 / 3) * 1) / (2 / 3 + 1));
    // "x x" against "x y y": one in common, precision 1/2, recall 1/3.
    assert.ok(Math.abs(f1Score('x x', 'x y y', false) - 0.4) < 1e-12);
    assert.equal(f1Score('none', 'other', false), 0);
  });

  it('no words at all: nothing in v1.1, agreement in v2.0', () => {
    assert.equal(f1Score('', '', false), 0);
    assert.equal(f1Score('the', 'a', false), 0);
    assert.equal(f1Score('', '', true), 1);
    assert.equal(f1Score('the', 'a', true), 1);
    assert.equal(f1Score('', 'x', true), 0);
    assert.equal(f1Score('x', '', true), 0);
  });
});

const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, ${expected}`);

describe('v1.1', () => {
  it('the best gold answer counts, in percent over all questions', () => {
    const scorer = new SquadScorer(false);
    const add = (golds: string[], prediction: string) =>
      scorer.add({ golds, prediction, guess: prediction, nullOdds: 0 });
    add(['Paris', 'the city of Paris'], 'city of Paris');
    add(['red house', 'house'], 'big red house');
    add(['x'], '');
    const metrics = scorer.metrics();
    close(metrics.exact_match, 100 / 3);
    close(metrics.f1, (100 * (1 + 0.8 + 0)) / 3);
    assert.equal(metrics.total, 3);
  });

  it('without scored questions everything is zero', () => {
    assert.deepEqual(new SquadScorer(false).metrics(), { exact_match: 0, f1: 0, total: 0 });
  });
});

describe('v2.0', () => {
  const scorer = new SquadScorer(true);
  // Right, kept.
  scorer.add({ golds: ['Paris'], prediction: 'Paris', guess: 'Paris', nullOdds: -5 });
  // Right span, thrown away by the threshold of 0.
  scorer.add({ golds: ['Rome'], prediction: '', guess: 'Rome', nullOdds: 1 });
  // Unanswerable, and said so.
  scorer.add({ golds: [], prediction: '', guess: 'London', nullOdds: 4 });
  // Unanswerable, but answered.
  scorer.add({ golds: [], prediction: 'Berlin', guess: 'Berlin', nullOdds: -1 });
  // Half right.
  scorer.add({ golds: ['red house'], prediction: 'big red house', guess: 'big red house', nullOdds: -3 });
  const metrics = scorer.metrics();

  it('all questions, those with an answer, those without', () => {
    close(metrics.exact, 40);
    close(metrics.f1, (100 * (1 + 0 + 1 + 0 + 0.8)) / 5);
    assert.equal(metrics.total, 5);
    close(metrics.HasAns_exact, 100 / 3);
    close(metrics.HasAns_f1, (100 * 1.8) / 3);
    assert.equal(metrics.HasAns_total, 3);
    close(metrics.NoAns_exact, 50);
    close(metrics.NoAns_f1, 50);
    assert.equal(metrics.NoAns_total, 2);
  });

  it('the best threshold, from the best spans', () => {
    // Sorted by odds: Paris +1 -> 3, house +0.8 -> 3.8, Berlin -1 -> 2.8, Rome +1 -> 3.8, London -1 -> 2.8.
    close(metrics.best_f1, (100 * 3.8) / 5);
    assert.equal(metrics.best_f1_thresh, -3);
    // Exact: 3 at Paris, never more.
    close(metrics.best_exact, 60);
    assert.equal(metrics.best_exact_thresh, -5);
  });

  it('never answering is the baseline: threshold 0 when nothing beats it', () => {
    const never = new SquadScorer(true);
    never.add({ golds: ['x'], prediction: 'y', guess: 'y', nullOdds: -2 });
    never.add({ golds: [], prediction: 'y', guess: 'y', nullOdds: -1 });
    const { best_f1, best_f1_thresh } = never.metrics();
    close(best_f1, 50);
    assert.equal(best_f1_thresh, 0);
  });

  it('a gold answer that is empty after normalising does not count, and a missing span costs nothing', () => {
    const odd = new SquadScorer(true);
    odd.add({ golds: ['the', 'Rome'], prediction: '', guess: '', nullOdds: 0 });
    odd.add({ golds: ['the'], prediction: '', guess: '', nullOdds: 0 });
    odd.add({ golds: [], prediction: '', guess: '', nullOdds: 0 });
    const result = odd.metrics();
    close(result.exact, (100 * 2) / 3);
    close(result.HasAns_exact, 50);
    close(result.best_exact, (100 * 2) / 3);
  });

  it('parts without questions are left out', () => {
    const some = new SquadScorer(true);
    some.add({ golds: ['x'], prediction: 'x', guess: 'x', nullOdds: -1 });
    assert.deepEqual(some.metrics(), {
      exact: 100,
      f1: 100,
      total: 1,
      HasAns_exact: 100,
      HasAns_f1: 100,
      HasAns_total: 1,
      best_exact: 100,
      best_exact_thresh: -1,
      best_f1: 100,
      best_f1_thresh: -1,
    });
  });
});
