/** Projection: logits to character ranges. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logits } from '../../../server/engine/engine.js';
import { CODE_HANDICAP, KEY_HANDICAP, RELEVANCE_WEIGHT, TEMPERATURE } from '../../../server/reader/calibration.js';
import type { Layout } from '../../../server/reader/layout.js';
import { Projection } from '../../../server/reader/projection.js';
import { Relevance } from '../../../server/reader/relevance.js';
import { contextPosition, planWindows, windowContext, windowStart } from '../../../server/reader/windows.js';
import { WordIndex } from '../../../server/reader/word-index.js';
import { LineIndex } from '../../../server/text/positions.js';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import { plainView } from '../../../server/views/base/view-builder.js';

/** Pieces of ten characters each, a gap of one between; `continuations` belong to the word before. */
function context(n: number, continuations: number[] = []): Pieces {
  const starts = Int32Array.from({ length: n }, (_, i) => i * 11);
  const wordStarts = new Uint8Array(n).fill(1);
  for (const c of continuations) wordStarts[c] = 0;
  return { length: n, ids: new Int32Array(n), starts, ends: starts.map((s) => s + 10), wordStarts };
}

/** Runs a projection whose logits are zero but for the given context pieces (in every window that holds them). */
function project(
  n: number,
  start: Record<number, number>,
  end: Record<number, number>,
  {
    nulls = [0] as number[],
    continuations = [] as number[],
    maxAnswerLength = 30,
    maxSeq = 384,
    stride = 128,
    layout = undefined as Layout | undefined,
    relevance = undefined as Relevance | undefined,
  } = {},
): ReturnType<Projection['finish']> {
  const plan = planWindows(5, n, maxSeq, stride);
  const projection = new Projection(plan, context(n, continuations), maxAnswerLength, layout, relevance);
  for (let w = 0; w < plan.count; w++) {
    const length = windowContext(plan, w) + 5 + 3;
    const logits: Logits = { start: new Float32Array(length).fill(-20), end: new Float32Array(length).fill(-20) };
    const put = (to: Float32Array, values: Record<number, number>) => {
      for (const [i, v] of Object.entries(values)) {
        const at = Number(i) - windowStart(plan, w);
        if (at >= 0 && at < windowContext(plan, w)) to[at + contextPosition(plan, w)] = v;
      }
    };
    logits.start[0] = nulls[w % nulls.length];
    logits.end[0] = 0;
    put(logits.start, start);
    put(logits.end, end);
    projection.add(w, logits, 0, length);
  }
  return projection.finish();
}

const places = (r: ReturnType<Projection['finish']>) => r.answers.map((a) => [a.start, a.end]);

describe('projection', () => {
  it('the best span by start + end logit is a character range', () => {
    const r = project(50, { 3: 5 }, { 4: 4 });
    assert.deepEqual(places(r)[0], [33, 54]);
    assert.equal(r.answers[0].score, 9);
  });

  it('probabilities are the softmax over the n-best and the null score', () => {
    const r = project(50, { 3: 5, 20: 4 }, { 3: 5, 20: 4 }, { nulls: [9] });
    const e = (x: number) => Math.exp(x);
    const rest = r.answers.slice(2).reduce((sum, a) => sum + e(a.score), 0);
    const all = e(10) + e(8) + e(9) + rest;
    assert.ok(Math.abs(r.answers[0].probability - e(10) / all) < 1e-6);
    assert.ok(Math.abs(r.nullProbability - e(9) / all) < 1e-6);
    const total = r.answers.reduce((sum, a) => sum + a.probability, r.nullProbability);
    assert.ok(Math.abs(total - 1) < 1e-6);
  });

  it('a span never ends before it starts, nor is it longer than allowed', () => {
    const r = project(100, { 10: 9 }, { 5: 9, 60: 9 }, { maxAnswerLength: 30 });
    for (const [s, e] of places(r)) assert.ok(e > s && e - s <= 30 * 11);
    assert.equal(r.answers[0].score < 18, true);
    assert.deepEqual(places(project(100, { 10: 9 }, { 60: 9 }, { maxAnswerLength: 51 }))[0], [110, 670]);
    assert.notDeepEqual(places(project(100, { 10: 9 }, { 60: 9 }, { maxAnswerLength: 50 }))[0], [110, 670]);
  });

  it('overlapping spans are one answer, equal texts at two places are two', () => {
    const r = project(50, { 3: 5, 4: 4.9, 30: 4 }, { 4: 5, 5: 4.9, 30: 4 });
    assert.deepEqual(places(r).slice(0, 2), [
      [33, 54],
      [330, 340],
    ]);
    for (const [i, a] of r.answers.entries()) {
      for (const b of r.answers.slice(i + 1)) assert.ok(a.end <= b.start || b.end <= a.start);
    }
  });

  it('a shorter span next to a better one is a separate answer', () => {
    // "red, green": green is best, "red .. green" overlaps it, "red" alone stands.
    const r = project(50, { 3: 4, 5: 6 }, { 3: 3, 5: 6 });
    assert.deepEqual(places(r).slice(0, 2), [
      [55, 65],
      [33, 43],
    ]);
  });

  it('answers are widened to whole words', () => {
    assert.deepEqual(places(project(50, { 4: 5 }, { 6: 5 }, { continuations: [4, 7, 8] }))[0], [33, 98]);
  });

  it('at most 20 answers over all windows, best first', () => {
    const r = project(3000, {}, {});
    assert.equal(r.answers.length, 20);
    for (let i = 1; i < 20; i++) assert.ok(r.answers[i].score <= r.answers[i - 1].score);
  });

  it('a place in two windows is one answer, and the null score is the smallest of all windows', () => {
    const r = project(600, { 250: 6 }, { 251: 6 }, { nulls: [7, -3, 5] });
    assert.deepEqual(places(r)[0], [2750, 2771]);
    assert.equal(places(r).filter(([s]) => s === 2750).length, 1);
    assert.equal(r.nullScore, -3);
  });

  it('the margin is the score minus the null score of its own window', () => {
    const r = project(600, { 10: 6, 500: 5 }, { 11: 6, 501: 5 }, { nulls: [7, -3, 1] });
    assert.deepEqual(
      r.answers.slice(0, 2).map(({ score, margin }) => [score, margin]),
      [
        [12, 5],
        [10, 13],
      ],
    );
  });

  it('in a document margins and nearby words of the question decide', async () => {
    const start = { 10: 6, 500: 5 };
    const end = { 11: 6, 501: 5 };
    // No word of the question anywhere: margins alone.
    const nothing = new Relevance(await WordIndex.of(plainView('x '.repeat(3300))), 'harbour');
    const far = project(600, start, end, { nulls: [7, -3, 1], relevance: nothing });
    assert.deepEqual(
      far.answers.slice(0, 2).map(({ start, score, margin }) => [start, score, margin]),
      [
        [5500, 10, 13],
        [110, 12, 5],
      ],
    );
    assert.equal(far.nullScore, -3);
    const sum = far.answers.reduce((total, { margin }) => total + Math.exp(margin / TEMPERATURE), 1);
    assert.ok(Math.abs(far.answers[0].probability - Math.exp(13 / TEMPERATURE) / sum) < 1e-9);
    assert.ok(Math.abs(far.nullProbability - 1 / sum) < 1e-9);
    // The word stands where the other span begins.
    const text = `${'x '.repeat(55)}harbour ${'x '.repeat(3200)}`;
    const beside = new Relevance(await WordIndex.of(plainView(text)), 'Where is the harbour?');
    const near = project(600, start, end, { nulls: [7, 6, 5], relevance: beside });
    assert.deepEqual([near.answers[0].start, near.answers[0].score], [110, 12 + RELEVANCE_WEIGHT]);
    assert.equal(near.nullScore, 7);
  });

  it('no answer begins in, ends in or crosses a repetition of the question', async () => {
    // Pieces 10 to 12 are the question.
    const text = `${'x '.repeat(55)}who built the old harbour ${'x '.repeat(200)}`;
    const relevance = new Relevance(await WordIndex.of(plainView(text)), 'Who built the old harbour?');
    const start = { 9: 6, 11: 9, 20: 1 };
    const end = { 9: 1, 11: 9, 13: 8, 20: 1 };
    assert.deepEqual(places(project(50, start, end)).at(0), [121, 131]);
    const found = project(50, start, end, { relevance });
    assert.deepEqual(places(found).slice(0, 2), [
      [99, 109],
      [220, 230],
    ]);
    for (const [from, to] of places(found)) assert.ok(to < 110 || from > 132, `${from} ${to}`);
    // Nothing but the question: no answer.
    const alone = new Relevance(
      await WordIndex.of(plainView('who built the old harbour')),
      'Who built the old harbour?',
    );
    assert.deepEqual(project(2, { 0: 9 }, { 1: 9 }, { relevance: alone }).answers, []);
  });

  it('spans stay in their block, do not begin or end at inserted pieces, and are ranked lower in code and keys', () => {
    // Blocks of ten pieces; the first of each is inserted; the third block is code.
    const limits = Int32Array.from({ length: 50 }, (_, i) => (i % 10 === 0 ? 0 : i - (i % 10) + 10));
    const code = Uint8Array.from({ length: 50 }, (_, i) => (i >= 20 && i < 30 ? 1 : 0));
    const r = project(
      50,
      { 8: 5, 10: 9, 25: 5 },
      { 10: 9, 12: 5, 26: 5 },
      { layout: { limits, code, keys: undefined } },
    );
    assert.deepEqual([places(r)[0], r.answers[0].score], [[275, 296], 10 - CODE_HANDICAP]);
    for (const [s, e] of places(r)) {
      const [first, last] = [s / 11, (e - 10) / 11];
      assert.ok(first % 10 !== 0 && last % 10 !== 0 && Math.floor(first / 10) === Math.floor(last / 10));
    }
    const whole = project(50, { 8: 5 }, { 12: 5 }, {});
    assert.deepEqual(places(whole)[0], [88, 142]);
    const keys = Uint8Array.from({ length: 50 }, (_, i) => (i === 8 ? 1 : 0));
    const data = project(50, { 8: 5, 15: 5 }, { 8: 5, 15: 3 }, { layout: { limits, code: undefined, keys } });
    assert.deepEqual([places(data)[0], data.answers[1].score], [[165, 175], 10 - KEY_HANDICAP]);
  });

  it('a partly inserted word is widened only to what is in the file', () => {
    const limits = Int32Array.of(4, 4, 0, 4);
    const r = project(
      4,
      { 3: 5 },
      { 3: 5 },
      { continuations: [1, 2, 3], layout: { limits, code: undefined, keys: undefined } },
    );
    assert.deepEqual(places(r)[0], [33, 43]);
  });

  it('no window at all: no answer, probability one', () => {
    const r = project(0, {}, {});
    assert.deepEqual(r.answers, []);
    assert.equal(r.nullProbability, 1);
  });
});

describe('positions', () => {
  it('count each of \\n, \\r\\n and \\r as one line end', () => {
    const text = 'ab\ncd\r\nef\rgh\r\n';
    const at = (s: string) => text.indexOf(s);
    const lines = new LineIndex(text);
    const offsets = [at('h'), 0, at('d'), at('e'), at('g'), text.length];
    assert.deepEqual(
      offsets.map((offset) => lines.at(offset)),
      [
        { line: 3, character: 1 },
        { line: 0, character: 0 },
        { line: 1, character: 1 },
        { line: 2, character: 0 },
        { line: 3, character: 0 },
        { line: 4, character: 0 },
      ],
    );
  });
});
