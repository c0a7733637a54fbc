/** How batches are spread over the shapes that an engine was built for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultBuckets, firstBuckets, planRuns } from '../../../server/engine/tensorrt/buckets.js';

describe('buckets', () => {
  const buckets = defaultBuckets(384);
  const all = buckets.map((_, i) => i);
  const shapes = (count: number, length: number, usable = all) =>
    planRuns(buckets, usable, count, length)?.map((r) => [
      buckets[r.bucket].batch,
      buckets[r.bucket].length,
      r.to - r.from,
    ]);

  it('are a few of each length, up to the longest window', () => {
    assert.deepEqual(
      buckets.map((b) => `${b.batch}x${b.length}`),
      [
        ...['1x128', '1x192', '1x256', '1x384', '8x192', '8x384'],
        ...['32x128', '32x160', '32x192', '32x224', '32x256', '32x320', '32x384'],
      ],
    );
    assert.deepEqual(
      defaultBuckets(512, 8).map((b) => `${b.batch}x${b.length}`),
      ['1x128', '1x192', '1x256', '1x384', '1x512', ...[128, 160, 192, 224, 256, 320, 384, 512].map((l) => `8x${l}`)],
    );
    assert.deepEqual(defaultBuckets(64, 4), [
      { batch: 1, length: 64 },
      { batch: 4, length: 64 },
    ]);
  });

  it('that are built first take every window', () => {
    const [only, ...others] = firstBuckets(384);
    assert.deepEqual([only, others], [{ batch: 8, length: 384 }, []]);
  });

  it('are chosen for the least padding and the fewest launches', () => {
    assert.deepEqual(shapes(1, 100), [[1, 128, 1]]);
    assert.deepEqual(shapes(1, 129), [[1, 192, 1]]);
    assert.deepEqual(shapes(1, 257), [[1, 384, 1]]);
    assert.deepEqual(shapes(7, 384), [[8, 384, 7]]);
    assert.deepEqual(shapes(9, 384), [
      [1, 384, 1],
      [8, 384, 8],
    ]);
    assert.deepEqual(shapes(32, 384), [[32, 384, 32]]);
    assert.deepEqual(shapes(30, 20), [[32, 128, 30]]);
  });

  it('cover every row once, whichever are usable', () => {
    for (let count = 1; count <= 100; count++) {
      for (const usable of [all, [3], [0, 3], [1, 5]]) {
        const runs = planRuns(buckets, usable, count, 128)!;
        let next = 0;
        for (const run of runs) {
          assert.equal(run.from, next);
          assert.ok(run.to - run.from <= buckets[run.bucket].batch);
          assert.ok(usable.includes(run.bucket));
          next = run.to;
        }
        assert.equal(next, count);
      }
    }
  });

  it('report an error when none is long enough', () => {
    assert.equal(planRuns(buckets, all, 1, 385), undefined);
    assert.equal(planRuns(buckets, [0, 1, 4], 1, 200), undefined);
  });
});
