/** Windows: cut, overlap, batches and maximum context. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  buildBatch,
  contextPosition,
  hasMaxContext,
  planBatches,
  planWindows,
  windowContext,
  windowStart,
} from '../../../server/reader/windows.js';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';

const pieces = (n: number, first: number): Pieces => ({
  length: n,
  ids: Int32Array.from({ length: n }, (_, i) => first + i),
  starts: Int32Array.from({ length: n }, (_, i) => i),
  ends: Int32Array.from({ length: n }, (_, i) => i + 1),
  wordStarts: new Uint8Array(n).fill(1),
});

describe('windows', () => {
  it('there is one window when the text fits, and none without text', () => {
    assert.equal(planWindows(10, 371, 384, 128).count, 1);
    assert.equal(planWindows(10, 372, 384, 128).count, 2);
    assert.equal(planWindows(10, 0, 384, 128).count, 0);
  });

  it('the question is cut to 64 pieces, or to half the window of a short model', () => {
    assert.equal(planWindows(100, 500, 384, 128).queryLength, 64);
    assert.equal(planWindows(100, 500, 64, 10).queryLength, 30);
  });

  it('an overlap that leaves no room is refused with the limits', () => {
    for (const stride of [-1, 317, 1000, 1.5, Number.NaN]) {
      assert.throws(() => planWindows(10, 500, 384, stride), { code: 'BadRequest', message: /0 to 316/ });
    }
    assert.equal(windowStart(planWindows(64, 1000, 384, 316), 1), 1);
  });

  it('every piece is in a window, neighbours overlap by the stride, and one window owns each piece', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 0, max: 60 }),
        (q, n, stride) => {
          const plan = planWindows(q, n, 160, stride);
          const owners = new Uint8Array(n);
          for (let w = 0; w < plan.count; w++) {
            const start = windowStart(plan, w);
            const size = windowContext(plan, w);
            assert.ok(size > 0 && size <= 160 - 3 - plan.queryLength);
            if (w > 0) assert.equal(windowStart(plan, w - 1) + windowContext(plan, w - 1) - start, stride);
            for (let i = start; i < start + size; i++) owners[i] += hasMaxContext(plan, w, i) ? 1 : 0;
          }
          assert.ok(owners.every((o) => o === 1));
        },
      ),
    );
  });

  it('the windows are as few as their length and overlap allow, and of the same length', () => {
    // 371 pieces fit beside this question. 392 = 2 * 206 - 20; 723 = 2 * 371 - 19 needs a third.
    const planned = (n: number, stride: number) => {
      const plan = planWindows(10, n, 384, stride);
      return Array.from({ length: plan.count }, (_, w) => windowContext(plan, w));
    };
    assert.deepEqual(planned(392, 20), [206, 206]);
    assert.deepEqual(planned(722, 20), [371, 371]);
    assert.deepEqual(planned(723, 20), [255, 255, 253]);
    assert.deepEqual(planned(800, 128), [352, 352, 352]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 3000 }), fc.nat(60), (q, n, stride) => {
        const plan = planWindows(q, n, 160, stride);
        const { count } = plan;
        const room = windowContext(plan, 0);
        const most = 160 - 3 - Math.min(q, 64);
        if (count === 1) return assert.ok(n <= most);
        // One window less, each as long as can be, would not reach the end.
        assert.ok(room <= most && (count - 1) * (most - stride) + stride < n);
        assert.ok(count * room - (count - 1) * stride - n < count);
      }),
    );
  });

  it('with breaks every piece is owned once, and windows share less than the longest answer only where a block begins', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.nat(60),
        fc.nat(70),
        fc.array(fc.constantFrom('block', 'sentence', undefined, undefined, undefined), {
          minLength: 1,
          maxLength: 50,
        }),
        fc.integer({ min: 1, max: 40 }),
        (q, n, stride, longestAnswer, pattern, every) => {
          const breaks = (i: number) => {
            assert.ok(i > 0 && i < n);
            return i % every === 0 ? pattern[(i / every) % pattern.length] : undefined;
          };
          const plan = planWindows(q, n, 160, stride, { breaks, longestAnswer });
          assert.equal(plan.count, planWindows(q, n, 160, stride).count);
          const owners = new Uint8Array(n);
          for (let w = 0; w < plan.count; w++) {
            const start = windowStart(plan, w);
            const size = windowContext(plan, w);
            assert.ok(size > 0 && size <= 160 - 3 - plan.queryLength);
            if (w > 0) {
              assert.ok(start > windowStart(plan, w - 1));
              const shared = plan.ends[w - 1] - start;
              assert.ok(shared >= (breaks(start) === 'block' ? 0 : Math.min(stride, longestAnswer)), `${shared}`);
            }
            for (let i = start; i < start + size; i++) owners[i] += hasMaxContext(plan, w, i) ? 1 : 0;
          }
          assert.ok(owners.every((o) => o === 1));
        },
      ),
      { numRuns: rounds(500, 10000) },
    );
  });

  it('a window begins and ends at a nearby block, otherwise at a sentence', () => {
    // 371 pieces fit: two windows that share 48, [0, 224) and [176, 400).
    const plan = (breaks: Record<number, 'block' | 'sentence'>) => {
      const { starts, ends } = planWindows(10, 400, 384, 48, { breaks: (i) => breaks[i], longestAnswer: 30 });
      return [ends[0], starts[1]];
    };
    assert.deepEqual(plan({}), [224, 176]);
    assert.deepEqual(plan({ 170: 'sentence', 230: 'sentence' }), [230, 170]);
    assert.deepEqual(plan({ 160: 'sentence', 240: 'sentence' }), [224, 176]);
    assert.deepEqual(plan({ 140: 'block', 175: 'sentence', 250: 'block' }), [250, 140]);
    assert.deepEqual(plan({ 200: 'block' }), [200, 200]);
    assert.deepEqual(plan({ 130: 'block' }), [224, 176]);
  });

  it('batches contain every window once and stay within their size', () => {
    const plan = planWindows(10, 5000, 384, 128);
    for (const limit of [1, 384, 1536, 1e6]) {
      const batches = planBatches(plan, limit);
      assert.deepEqual(
        batches.flat().sort((a, b) => a - b),
        Array.from({ length: plan.count }, (_, i) => i),
      );
      for (const b of batches) assert.ok(b.length === 1 || b.length * 384 <= limit);
    }
  });

  /** The first window has no prefix, the others have pieces 900, 901, ... */
  const prefixes = (longest: number) => ({
    longest,
    at: (piece: number) => Int32Array.from({ length: piece === 0 ? 0 : longest - (piece % 3) }, (_, i) => 900 + i),
  });

  it('without a prefix the plan is the same, with or without a source of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.nat(3000), fc.nat(60), (q, n, stride) => {
        const plan = planWindows(q, n, 160, stride);
        assert.deepEqual(planWindows(q, n, 160, stride, { prefix: { longest: 0, at: () => new Int32Array(0) } }), plan);
        assert.deepEqual(plan.prefixes, []);
        for (let w = 0; w < plan.count; w++) assert.equal(contextPosition(plan, w), plan.queryLength + 2);
      }),
    );
  });

  it('with prefixes every piece is still owned once and every row fits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(60),
        fc.integer({ min: 3, max: 40 }),
        (q, n, stride, longest) => {
          const plan = planWindows(q, n, 160, stride, { prefix: prefixes(longest) });
          const owners = new Uint8Array(n);
          for (let w = 0; w < plan.count; w++) {
            const start = windowStart(plan, w);
            const size = windowContext(plan, w);
            assert.ok(contextPosition(plan, w) + size + 1 <= 160);
            if (w === 0) assert.equal(contextPosition(plan, w), plan.queryLength + 2);
            for (let i = start; i < start + size; i++) owners[i] += hasMaxContext(plan, w, i) ? 1 : 0;
          }
          assert.ok(owners.every((o) => o === 1));
          assert.deepEqual(
            planBatches(plan, 500).flat(),
            Array.from({ length: plan.count }, (_, i) => i),
          );
          for (const batch of planBatches(plan, 500)) {
            const rows = batch.map((w) => contextPosition(plan, w) + windowContext(plan, w) + 1);
            assert.ok(batch.length === 1 || batch.length * Math.max(...rows) <= 500);
          }
        },
      ),
    );
  });

  it('a prefix comes before the context; if it is longer than a quarter of the window, only its end does', () => {
    const plan = planWindows(2, 47, 27, 2, { prefix: prefixes(30) });
    assert.deepEqual([...plan.starts], [0, 15, 30]);
    const batch = buildBatch(plan, [1], pieces(2, 100), pieces(47, 200), { clsId: 1, sepId: 2, padId: 0 });
    assert.deepEqual([...batch.inputIds.subarray(0, 10)], [1, 100, 101, 2, 925, 926, 927, 928, 929, 215]);
    assert.deepEqual([...batch.segmentIds], [0, 0, 0, 0, ...new Array(23).fill(1)]);
    assert.deepEqual([batch.length, batch.inputIds[26], contextPosition(plan, 1)], [27, 2, 9]);
  });

  it('a text that fits one window stays in one, with as much of its prefix as fits', () => {
    const at = () => Int32Array.of(900, 901, 902);
    for (const [context, length] of [
      [10, 3],
      [20, 2],
      [21, 1],
      [22, 0],
    ]) {
      const plan = planWindows(2, context, 27, 2, { prefix: { longest: 9, at } });
      assert.deepEqual([plan.count, plan.prefixes[0]?.length ?? 0], [1, length]);
    }
  });

  it('a family may have two separators after the question, and one segment for everything', () => {
    const pair = { separators: 2, contextSegment: 0 } as const;
    const plan = planWindows(2, 9, 16, 1, { pair });
    assert.equal(plan.count, 1);
    assert.equal(planWindows(2, 11, 16, 1, { pair }).count, 2, 'one piece less than with one separator');
    assert.equal(planWindows(2, 11, 16, 1).count, 1);
    const special = { clsId: 1, sepId: 2, padId: 0 };
    const { inputIds, segmentIds, lengths } = buildBatch(plan, [0], pieces(2, 100), pieces(9, 200), special);
    assert.equal(contextPosition(plan, 0), 5);
    assert.deepEqual([...inputIds], [1, 100, 101, 2, 2, ...Array.from({ length: 9 }, (_, i) => 200 + i), 2]);
    assert.deepEqual([...segmentIds], Array(15).fill(0));
    assert.deepEqual([...lengths], [15]);
  });

  it('rows are [CLS] question [SEP] context [SEP] and padding', () => {
    const plan = planWindows(2, 7, 16, 1);
    const batch = buildBatch(plan, [0], pieces(2, 100), pieces(7, 200), { clsId: 1, sepId: 2, padId: 0 });
    assert.deepEqual([...batch.inputIds], [1, 100, 101, 2, 200, 201, 202, 203, 204, 205, 206, 2]);
    assert.deepEqual([...batch.segmentIds], [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    const two = planWindows(2, 14, 16, 1);
    const both = buildBatch(two, [0, 1], pieces(2, 100), pieces(14, 200), { clsId: 1, sepId: 2, padId: 0 });
    assert.deepEqual([...both.lengths], [13, 12]);
    assert.deepEqual([...both.inputIds.subarray(13)], [1, 100, 101, 2, 207, 208, 209, 210, 211, 212, 213, 2, 0]);
  });
});
