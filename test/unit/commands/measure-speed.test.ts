/** The speed of 8 bits against FP16: which engines are measured, on what, and what comes of their times. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WindowBatch } from '../../../server/engine/engine.js';
import type { Bucket } from '../../../server/engine/tensorrt/native.js';
import { NotPrepared } from '../../../server/engine/tensorrt/prepare.js';
import { AskBertError } from '../../../server/errors.js';
import { type MakeMeasured, speedAgainstHalf } from '../../../server/evaluation/measure-speed.js';

const config = { maxSequenceLength: 384, vocabularySize: 100, pair: { contextSegment: 1 } } as Parameters<
  typeof speedAgainstHalf
>[0];
const largest = { batch: 32, length: 384 };

/** Engines whose launches take so long, ms; those of the product are in the cache if `kept` has them. */
function engines(ms: Record<string, (run: number) => number>, kept: readonly string[]) {
  const told: string[] = [];
  const batches: WindowBatch[] = [];
  const shapes: (readonly Bucket[] | undefined)[] = [];
  const make: MakeMeasured = async (precision, { buckets, cachedOnly }) => {
    if (cachedOnly && !kept.includes(precision)) throw new NotPrepared();
    shapes.push(buckets);
    let runs = 0;
    return {
      fresh: !cachedOnly,
      run: async (batch) => {
        batches.push(batch);
        return { start: new Float32Array(), end: new Float32Array() };
      },
      measure: async (bucket, graph, _, count) => {
        assert.deepEqual([bucket, graph], [largest, true]);
        assert.equal(batches.length, 2, 'full windows first');
        told.push(`measure ${precision}`);
        return Float32Array.from({ length: count }, () => ms[precision](runs++));
      },
      discard: async () => void told.push(`discard ${precision}`),
      close: async () => void told.push(`close ${precision}`),
    };
  };
  return { make, told, batches, shapes };
}

describe('the speed of a precision', () => {
  it('is the median time of FP16 by its own, of full windows, in turns', async () => {
    // Every fourth run is disturbed.
    const disturbed = (usual: number) => (run: number) => (run % 4 === 3 ? 50 : usual);
    const { make, told, batches, shapes } = engines({ int8: disturbed(10), fp16: disturbed(16) }, ['int8', 'fp16']);
    assert.equal(await speedAgainstHalf(config, 'int8', make), 1.6);
    assert.deepEqual(shapes, [undefined, undefined]);
    for (const { count, length, lengths } of batches) {
      assert.deepEqual([count, length], [32, 384]);
      assert.ok(lengths.every((each) => each === 384));
    }
    assert.deepEqual(told.slice(0, 4), ['measure int8', 'measure fp16', 'measure int8', 'measure fp16']);
    assert.deepEqual(told.slice(-2), ['close int8', 'close fp16']);
  });

  it('is below 1 where FP16 is faster', async () => {
    const { make } = engines({ fp8: () => 2.5, fp16: () => 2 }, ['fp8', 'fp16']);
    assert.equal(await speedAgainstHalf(config, 'fp8', make), 0.8);
  });

  it('is measured with an engine of that shape alone where there is none, which is not kept', async () => {
    const { make, told, shapes } = engines({ int8: () => 1, fp16: () => 2 }, ['int8']);
    assert.equal(await speedAgainstHalf(config, 'int8', make), 2);
    assert.deepEqual(shapes, [undefined, [largest]]);
    assert.deepEqual(told.slice(-3), ['close int8', 'close fp16', 'discard fp16']);
  });

  it('ends with what was wrong: an engine that is not made, or times of nothing', async () => {
    const { make, told } = engines({ int8: () => 1, fp16: () => 0 }, ['int8', 'fp16']);
    const full = new AskBertError('OutOfMemory', 'The device has no memory left.');
    const only: MakeMeasured = (precision, how) => (precision === 'fp16' ? Promise.reject(full) : make(precision, how));
    await assert.rejects(speedAgainstHalf(config, 'int8', only), full);
    assert.deepEqual(told, ['close int8']);
    await assert.rejects(speedAgainstHalf(config, 'int8', make), {
      code: 'EngineRun',
      message: 'The speed of fp16 cannot be measured: found 0 ms.',
    });
    assert.deepEqual(told.slice(-2), ['close int8', 'close fp16']);
  });
});
