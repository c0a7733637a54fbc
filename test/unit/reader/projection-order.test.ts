/** Windows may be read in any order: the answers are those of windows that were read one after the other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logits } from '../../../server/engine/engine.js';
import { CODE_HANDICAP, RELEVANCE_WEIGHT } from '../../../server/reader/calibration.js';
import type { Layout } from '../../../server/reader/layout.js';
import { N_BEST_SIZE, Projection } from '../../../server/reader/projection.js';
import { Relevance } from '../../../server/reader/relevance.js';
import {
  contextPosition,
  hasMaxContext,
  planWindows,
  type WindowPlan,
  windowContext,
  windowStart,
} from '../../../server/reader/windows.js';
import { WordIndex } from '../../../server/reader/word-index.js';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import { plainView } from '../../../server/views/base/view-builder.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';

const QUERY = 3;

interface Case {
  plan: WindowPlan;
  context: Pieces;
  maxAnswerLength: number;
  layout: Layout | undefined;
  relevance: Relevance | undefined;
  /** One row for each window. */
  logits: { logits: Logits; length: number }[];
}

/** Pieces of ten characters, a blank between two words, nothing within one. */
function contextOf(wordStarts: number[]): Pieces {
  const n = wordStarts.length;
  const starts = Int32Array.from({ length: n }, (_, i) => i * 11);
  return {
    length: n,
    ids: new Int32Array(n),
    starts,
    ends: starts.map((s) => s + 10),
    wordStarts: Uint8Array.from(wordStarts),
  };
}

const cases = fc
  .record({
    pieces: fc.integer({ min: 1, max: 400 }),
    stride: fc.integer({ min: 0, max: 19 }),
    maxAnswerLength: fc.constantFrom(1, 4, 12, 30),
    /** Whole numbers: equal scores are frequent. */
    highest: fc.constantFrom(0, 1, 3, 9),
    seed: fc.infiniteStream(fc.nat(1000)),
    words: fc.infiniteStream(fc.nat(11)),
    wordPieces: fc.constantFrom(1, 1.3, 4),
    block: fc.option(fc.integer({ min: 2, max: 30 }), { nil: undefined }),
    question: fc.boolean(),
  })
  .map(({ highest, seed, words, wordPieces, ...rest }) => ({
    ...rest,
    wordStarts: Array.from({ length: rest.pieces }, () => ((words.next().value as number) < 12 / wordPieces ? 1 : 0)),
    next: () => (seed.next().value as number) % (highest + 1),
  }));

/** What windows are put in another order by. */
const shuffles = fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 1, maxLength: 30 });

async function made(given: typeof cases extends fc.Arbitrary<infer T> ? T : never): Promise<Case> {
  const { pieces, stride, maxAnswerLength, wordStarts, block, next } = given;
  const plan = planWindows(QUERY, pieces, 42, stride);
  const context = contextOf(wordStarts);
  const layout = block && {
    limits: Int32Array.from({ length: pieces }, (_, i) =>
      i % 17 === 0 ? 0 : Math.min(pieces, i - (i % block) + block),
    ),
    code: Uint8Array.from({ length: pieces }, (_, i) => (Math.floor(i / block) % 3 === 0 ? 1 : 0)),
    keys: undefined,
  };
  const text = Array.from({ length: pieces }, (_, i) => (i % 40 === 7 ? 'harbour...' : 'xxxxxxxxxx')).join(' ');
  const index = await WordIndex.of(plainView(text));
  const logits = Array.from({ length: plan.count }, (_, w) => {
    const length = contextPosition(plan, w) + windowContext(plan, w) + 1;
    const row = () => Float32Array.from({ length }, next);
    return { logits: { start: row(), end: row() }, length };
  });
  const relevance = given.question ? new Relevance(index, 'Which harbour?') : undefined;
  return { plan, context, maxAnswerLength, layout: layout || undefined, relevance, logits };
}

function project({ plan, context, maxAnswerLength, layout, relevance, logits }: Case, order: readonly number[]) {
  const projection = new Projection(plan, context, maxAnswerLength, layout, relevance);
  for (const w of order) projection.add(w, logits[w].logits, 0, logits[w].length);
  return projection.finish();
}

/** The same by trying every span of every window, one window after the other. */
function tried({ plan, context, maxAnswerLength, layout, relevance, logits }: Case, windows: readonly number[]) {
  type Span = { first: number; last: number; score: number; value: number };
  const together = (a: number, b: number) => !layout || layout.limits[a] === layout.limits[b];
  const disjoint = (spans: Span[]) => {
    const kept: Span[] = [];
    for (const span of spans.toSorted((a, b) => b.value - a.value || a.first - b.first)) {
      if (kept.length < N_BEST_SIZE && kept.every((k) => span.last < k.first || k.last < span.first)) kept.push(span);
    }
    return kept;
  };
  let best: Span[] = [];
  for (const w of windows.toSorted((a, b) => a - b)) {
    const offset = windowStart(plan, w);
    const size = windowContext(plan, w);
    const at = contextPosition(plan, w);
    const { start, end } = logits[w].logits;
    const bonus = relevance?.proximityOf(context.starts, offset, offset + size);
    const all: { s: number; e: number; score: number }[] = [];
    for (let s = 0; s < size; s++) {
      const limit = layout ? layout.limits[offset + s] : context.length;
      if (limit === 0 || !hasMaxContext(plan, w, offset + s)) continue;
      for (let e = s; e < Math.min(size, s + maxAnswerLength, limit - offset); e++) {
        if (layout?.limits[offset + e] === 0) continue;
        const handicap = layout?.code?.[offset + s] ? CODE_HANDICAP : 0;
        all.push({ s, e, score: start[at + s] - handicap + (bonus ? RELEVANCE_WEIGHT * bonus[s] : 0) + end[at + e] });
      }
    }
    all.sort((a, b) => b.score - a.score || a.s - b.s || a.e - b.e);
    const taken = new Set<number>();
    const own: Span[] = [];
    for (const { s, e, score } of all) {
      if (own.length === N_BEST_SIZE) break;
      if (Array.from({ length: e - s + 1 }, (_, i) => offset + s + i).some((piece) => taken.has(piece))) continue;
      let [first, last] = [offset + s, offset + e];
      while (first > 0 && !context.wordStarts[first] && together(first - 1, first)) first--;
      while (last + 1 < context.length && !context.wordStarts[last + 1] && together(last, last + 1)) last++;
      own.push({ first, last, score, value: relevance ? score - start[0] - end[0] : score });
      for (let piece = first; piece <= last; piece++) taken.add(piece);
    }
    best = disjoint([...best, ...own]);
  }
  return best.map(({ first, last, score }) => [context.starts[first], context.ends[last], score]);
}

const shown = ({ answers }: ReturnType<Projection['finish']>) =>
  answers.map(({ start, end, score }) => [start, end, score]);
const all = ({ plan }: Case) => Array.from({ length: plan.count }, (_, w) => w);
const shuffled = (list: number[], by: readonly number[]) =>
  list
    .map((value, i) => ({ value, key: by[i % by.length] * ((i * 7919) % 31) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value);

describe('projection, windows in any order', () => {
  it('answers, scores and probabilities are the same, and equal those of an exhaustive search', async () => {
    let windows = 0;
    await fc.assert(
      fc.asyncProperty(cases, shuffles, async (given, by) => {
        const one = await made(given);
        windows = Math.max(windows, one.plan.count);
        const inOrder = project(one, all(one));
        assert.deepEqual(project(one, shuffled(all(one), by)), inOrder);
        assert.deepEqual(project(one, all(one).reverse()), inOrder);
        assert.deepEqual(shown(inOrder), tried(one, all(one)));
      }),
      { numRuns: rounds(80, 2000) },
    );
    assert.ok(windows > 12, `${windows} windows at most`);
  });

  it('before the end they are the best of the windows read so far', async () => {
    await fc.assert(
      fc.asyncProperty(cases, shuffles, async (given, by) => {
        const one = await made(given);
        const order = shuffled(all(one), by);
        const projection = new Projection(one.plan, one.context, one.maxAnswerLength, one.layout, one.relevance);
        let before = { best: Number.NEGATIVE_INFINITY, changes: 0, text: '[]' };
        for (const [i, w] of order.entries()) {
          projection.add(w, one.logits[w].logits, 0, one.logits[w].length);
          const now = projection.finish();
          assert.deepEqual(shown(now), tried(one, order.slice(0, i + 1)));
          const { changes } = projection;
          const text = JSON.stringify(shown(now));
          assert.ok(changes > before.changes || text === before.text, 'what changes is counted');
          // A better answer may come, never a worse one.
          const best =
            (one.relevance ? now.answers.at(0)?.margin : now.answers.at(0)?.score) ?? Number.NEGATIVE_INFINITY;
          assert.ok(best >= before.best);
          before = { best, changes, text };
        }
      }),
      { numRuns: rounds(15, 300) },
    );
  });

  /** Three windows that begin at 0, 17 and 34 and own the pieces to 26, 43 and the end; spans of start and end, with their score. */
  function threeWindows(spans: [window: number, first: number, last: number, score: number][], wordStarts: number[]) {
    const plan = planWindows(QUERY, 70, 42, 19);
    assert.deepEqual([plan.count, windowStart(plan, 1), windowStart(plan, 2)], [3, 17, 34]);
    const logits = Array.from({ length: 3 }, (_, w) => {
      const at = contextPosition(plan, w) - windowStart(plan, w);
      const length = at + windowStart(plan, w) + windowContext(plan, w) + 1;
      const row = { start: new Float32Array(length).fill(-20), end: new Float32Array(length).fill(-20) };
      row.start[0] = w;
      for (const [window, first, last, score] of spans) {
        if (window !== w) continue;
        row.start[at + first] = score;
        row.end[at + last] = 0;
      }
      return { logits: row, length };
    });
    return {
      plan,
      context: contextOf(wordStarts),
      maxAnswerLength: 30,
      logits,
      layout: undefined,
      relevance: undefined,
    };
  }
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];

  it('a chain of spans, each overlapped by a better one of the next window', () => {
    const one = threeWindows(
      [
        [0, 25, 28, 7],
        [1, 28, 45, 8],
        [2, 45, 46, 9],
      ],
      Array.from({ length: 70 }, () => 1),
    );
    for (const order of orders) assert.deepEqual(shown(project(one, order)), tried(one, order), order.join());
  });

  it('one word found by two windows has the margin of the first', () => {
    const one = threeWindows(
      [
        [0, 25, 25, 7],
        [1, 30, 30, 7],
      ],
      Array.from({ length: 70 }, (_, i) => (i > 20 && i < 34 ? 0 : 1)),
    );
    for (const order of orders) {
      const { answers } = project(one, order);
      assert.deepEqual(
        [answers[0].start, answers[0].end, answers[0].score, answers[0].margin],
        [20 * 11, 33 * 11 + 10, 7, 7 + 20],
        order.join(),
      );
    }
  });
});
