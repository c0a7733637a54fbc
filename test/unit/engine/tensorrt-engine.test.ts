/** The engine's own work around the native one: spreading, putting back, lack of memory, a lost device. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logits, WindowBatch } from '../../../server/engine/engine.js';
import type { Bucket, NativeEngine } from '../../../server/engine/tensorrt/native.js';
import { TensorRtEngine } from '../../../server/engine/tensorrt/tensorrt-engine.js';

const info = {
  name: 'tensorrt' as const,
  device: 'd',
  model: 'm',
  precision: 'fp16' as const,
  library: 'TensorRT',
  libraryVersion: '10.6.0',
  threads: 0,
  loadMs: 0,
};

const failure = (code: string) => Object.assign(new Error(`native ${code}`), { code });

/** Gives each piece's id as its start logit, and the negative of it as its end logit. */
class FakeNative implements NativeEngine {
  readonly ran: Array<[number, number]> = [];
  closed = 0;
  fail: (bucket: number) => Error | undefined = () => undefined;
  constructor(
    readonly shapes: Bucket[],
    readonly unusable: number[] = [],
  ) {}
  buckets() {
    return this.shapes.map((b, i) => ({
      ...b,
      activationBytes: b.batch * b.length,
      usable: !this.unusable.includes(i),
    }));
  }
  layers() {
    return 1;
  }
  launches() {
    return 2;
  }
  async run(bucket: number, batch: WindowBatch): Promise<Logits> {
    const error = this.fail(bucket);
    if (error) throw error;
    this.ran.push([bucket, batch.count]);
    return { start: Float32Array.from(batch.inputIds), end: Float32Array.from(batch.inputIds, (v) => -v) };
  }
  async measure() {
    return new Float32Array(1);
  }
  close() {
    this.closed++;
  }
}

const shapes = [
  { batch: 1, length: 8 },
  { batch: 4, length: 8 },
];

function engineOn(native: NativeEngine, reload: () => Promise<NativeEngine> = async () => assert.fail('no reload')) {
  return new TensorRtEngine({ vocabularySize: 1000, segmentTypes: 2 }, native, reload, true, info, []);
}

function batchOf(count: number, length: number): WindowBatch {
  return {
    count,
    length,
    inputIds: Int32Array.from({ length: count * length }, (_, i) => i),
    segmentIds: new Int32Array(count * length),
    lengths: new Int32Array(count).fill(length),
  };
}

function assertWhole(logits: Logits, batch: WindowBatch) {
  assert.deepEqual([...logits.start], [...batch.inputIds]);
  assert.deepEqual(
    [...logits.end],
    Array.from(batch.inputIds, (v) => -v),
  );
}

describe('TensorRT engine', () => {
  it('spreads a batch over the buckets and puts every row back', async () => {
    const native = new FakeNative(shapes);
    const engine = engineOn(native);
    assert.equal(engine.batchPieces, 32);
    const batch = batchOf(9, 5);
    assertWhole(await engine.run(batch), batch);
    assert.equal(
      native.ran.reduce((n, [, rows]) => n + rows, 0),
      9,
    );
    await engine.close();
    await engine.close();
    assert.equal(native.closed, 1);
    await assert.rejects(engine.run(batch), { code: 'EngineRun', message: /closed/ });
  });

  it('does not use buckets that the device has no memory for', async () => {
    const native = new FakeNative(shapes, [1]);
    const engine = engineOn(native);
    assert.equal(engine.batchPieces, 8);
    await engine.run(batchOf(3, 8));
    assert.deepEqual(native.ran, [
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  it('continues with smaller batches when memory runs out, and fails when the smallest does', async () => {
    const native = new FakeNative(shapes);
    native.fail = (bucket) => (bucket === 1 ? failure('OutOfMemory') : undefined);
    const engine = engineOn(native);
    const batch = batchOf(4, 8);
    assertWhole(await engine.run(batch), batch);
    assert.deepEqual(
      engine.buckets.map((b) => b.batch),
      [1],
    );
    native.fail = () => failure('OutOfMemory');
    await assert.rejects(engine.run(batch), { code: 'OutOfMemory' });
  });

  it('recreates everything once when the device is lost', async () => {
    const lost = new FakeNative(shapes);
    const fresh = new FakeNative(shapes);
    lost.fail = () => failure('EngineRun');
    const engine = engineOn(lost, async () => fresh);
    const batch = batchOf(4, 8);
    assertWhole(await engine.run(batch), batch);
    assert.equal(lost.closed, 1);
    fresh.fail = () => failure('EngineRun');
    await assert.rejects(engineOn(fresh, async () => fresh).run(batch), {
      code: 'EngineRun',
      message: /4 windows of 8 pieces/,
    });
    const gone = engineOn(lost, async () => {
      throw failure('LibraryMissing');
    });
    await assert.rejects(gone.run(batch), { code: 'EngineRun', message: /native EngineRun/ });
  });

  it('recreates it once for two calls that fail together, and both are answered', async () => {
    const lost = new FakeNative(shapes);
    const fresh = new FakeNative(shapes);
    lost.fail = () => failure('EngineRun');
    let loads = 0;
    const engine = engineOn(lost, async () => {
      loads++;
      return fresh;
    });
    assert.equal(engine.launches, 2);
    const batches = [batchOf(4, 8), batchOf(2, 6)];
    const answers = await Promise.all(batches.map((batch) => engine.run(batch)));
    for (const [i, batch] of batches.entries()) assertWhole(answers[i], batch);
    assert.deepEqual([loads, lost.closed, fresh.closed], [1, 1, 0]);
    await engine.close();
    assert.equal(fresh.closed, 1);
  });

  it('closes what is loaded again after it was closed', async () => {
    const lost = new FakeNative(shapes);
    const fresh = new FakeNative(shapes);
    lost.fail = () => failure('EngineRun');
    const engine = engineOn(lost, async () => {
      await engine.close();
      return fresh;
    });
    await assert.rejects(engine.run(batchOf(1, 8)), { code: 'EngineRun', message: /closed/ });
    assert.equal(fresh.closed, 1);
  });

  it('refuses a window that is too long, and invalid ids', async () => {
    const engine = engineOn(new FakeNative(shapes));
    await assert.rejects(engine.run(batchOf(1, 9)), { code: 'EngineRun', message: /9 pieces; the engine takes 8/ });
    const wrong = batchOf(1, 8);
    wrong.inputIds[3] = 1000;
    await assert.rejects(engine.run(wrong), { code: 'EngineRun', message: /id 1000/ });
    wrong.inputIds[3] = 3;
    wrong.segmentIds[3] = 2;
    await assert.rejects(engine.run(wrong), { code: 'EngineRun', message: /segment 2/ });
  });

  it('can be cancelled before it starts and between two launches', async () => {
    const native = new FakeNative(shapes);
    const engine = engineOn(native);
    await assert.rejects(engine.run(batchOf(1, 8), AbortSignal.abort()), { code: 'Cancelled' });
    const controller = new AbortController();
    native.fail = () => {
      controller.abort();
      return undefined;
    };
    await assert.rejects(engine.run(batchOf(9, 8), controller.signal), { code: 'Cancelled' });
    assert.equal(native.ran.length, 1);
  });
});
