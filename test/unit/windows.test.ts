/** Windows: cut, overlap, batches and maximum context. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Pieces } from '../../server/reader/pieces.js';
import {
  buildBatch,
  hasMaxContext,
  planBatches,
  planWindows,
  windowContext,
  windowStart,
} from '../../server/reader/windows.js';

const pieces = (n: number, first: number): Pieces => ({
  length: n,
  ids: Int32Array.from({ length: n }, (_, i) => first + i),
  starts: Int32Array.from({ length: n }, (_, i) => i),
  ends: Int32Array.from({ length: n }, (_, i) => i + 1),
  wordStarts: new Uint8Array(n).fill(1),
});

describe('windows', () => {
  it('one window when the text fits, none without text', () => {
    assert.equal(planWindows(10, 371, 384, 128).count, 1);
    assert.equal(planWindows(10, 372, 384, 128).count, 2);
    assert.equal(planWindows(10, 0, 384, 128).count, 0);
  });

  it('the question is cut to 64 pieces, or half of a short model', () => {
    assert.equal(planWindows(100, 500, 384, 128).queryLength, 64);
    assert.equal(planWindows(100, 500, 64, 10).queryLength, 30);
  });

  it('an overlap that leaves no room is refused with the limits', () => {
    for (const stride of [-1, 317, 1000, 1.5, Number.NaN]) {
      assert.throws(() => planWindows(10, 500, 384, stride), { code: 'BadRequest', message: /0 to 316/ });
    }
    assert.equal(planWindows(64, 1000, 384, 316).step, 1);
  });

  it('every piece is in a window, neighbours overlap by the doc stride, one window owns each piece', () => {
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
            assert.ok(size > 0 && size <= plan.room);
            if (w > 0) assert.equal(windowStart(plan, w - 1) + windowContext(plan, w - 1) - start, stride);
            for (let i = start; i < start + size; i++) owners[i] += hasMaxContext(plan, w, i) ? 1 : 0;
          }
          assert.ok(owners.every((o) => o === 1));
        },
      ),
    );
  });

  it('batches hold every window once and stay within their size', () => {
    const plan = planWindows(10, 5000, 384, 128);
    for (const limit of [1, 384, 1536, 1e6]) {
      const batches = planBatches(plan, limit);
      assert.deepEqual(
        batches.flat().sort((a, b) => a - b),
        Array.from({ length: plan.count }, (_, i) => i),
      );
      for (const b of batches) assert.ok(b.length === 1 || b.length * 384 <= limit);
    }
    // A short last window does not pad itself to a long one.
    const uneven = planWindows(10, 371 + 20, 384, 128);
    assert.deepEqual(planBatches(uneven, 1e6), [[0], [1]]);
  });

  it('rows are [CLS] question [SEP] context [SEP] and padding', () => {
    const plan = planWindows(2, 7, 16, 1);
    const batch = buildBatch(plan, [0], pieces(2, 100), pieces(7, 200), { clsId: 1, sepId: 2, padId: 0 });
    assert.deepEqual([...batch.inputIds], [1, 100, 101, 2, 200, 201, 202, 203, 204, 205, 206, 2]);
    assert.deepEqual([...batch.segmentIds], [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    const two = planWindows(2, 14, 16, 1);
    const both = buildBatch(two, [0, 1], pieces(2, 100), pieces(14, 200), { clsId: 1, sepId: 2, padId: 0 });
    assert.deepEqual([...both.lengths], [16, 9]);
    assert.deepEqual([...both.inputIds.subarray(16)], [1, 100, 101, 2, 210, 211, 212, 213, 2, 0, 0, 0, 0, 0, 0, 0]);
  });
});
