/** Several questions on one device: every caller gets its own rows, whatever the others do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BatchingEngine, mergeBatches } from '../../../server/engine/batching.js';
import type { Engine, Logits, WindowBatch } from '../../../server/engine/engine.js';
import { AskBertError } from '../../../server/errors.js';
import fc from '../helpers/fast-check.js';

const BUCKETS = [4, 12];
const MOST = 48;
/** A row with this id makes the launch fail that it is in. */
const POISON = 666;

/** A device whose launches end when they are told to, or at once. */
class Device implements Engine {
  readonly info = {
    name: 'tensorrt' as const,
    device: 'd',
    model: 'm',
    precision: 'fp16' as const,
    library: 'l',
    libraryVersion: '1',
    threads: 0,
    loadMs: 0,
  };
  readonly batchPieces = MOST;
  readonly ran: WindowBatch[] = [];
  running = 0;
  closed = 0;
  held: (() => void)[] = [];

  constructor(
    readonly concurrency = 8,
    private readonly holds = true,
    readonly launches = 1,
  ) {}

  paddedLength(length: number): number {
    return BUCKETS.find((each) => each >= length) ?? length;
  }

  async run(batch: WindowBatch): Promise<Logits> {
    assert.ok(++this.running <= this.launches, `${this.running} launches at a time`);
    this.ran.push(batch);
    await (this.holds ? new Promise<void>((resolve) => this.held.push(resolve)) : turn());
    this.running--;
    if (batch.inputIds.includes(POISON)) throw new AskBertError('EngineRun', 'poisoned');
    return logitsOf(batch);
  }

  async close(): Promise<void> {
    this.closed++;
  }

  /** Ends the launch that runs, and waits for what follows from that. */
  async next(): Promise<void> {
    this.held.shift()?.();
    await turn();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What belongs to a piece is told by its row alone, as with a mask. */
function logitsOf({ count, length, inputIds, segmentIds, lengths }: WindowBatch): Logits {
  const start = new Float32Array(count * length).fill(Number.NaN);
  const end = new Float32Array(count * length).fill(Number.NaN);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < lengths[row]; i++) {
      const at = row * length + i;
      start[at] = inputIds[at] + 1000 * segmentIds[at] + 10_000 * lengths[row];
      end[at] = 2 * inputIds[at] - segmentIds[at];
    }
  }
  return { start, end };
}

/** Rows of the given lengths, with ids that no other batch has. */
function batchOf(lengths: number[], first: number): WindowBatch {
  const length = Math.max(...lengths);
  const count = lengths.length;
  const inputIds = new Int32Array(count * length);
  const segmentIds = new Int32Array(count * length);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < lengths[row]; i++) {
      inputIds[row * length + i] = first + row * length + i;
      segmentIds[row * length + i] = i % 2;
    }
  }
  return { count, length, inputIds, segmentIds, lengths: Int32Array.from(lengths) };
}

/** Only what the rows hold counts; the padding means nothing. */
function assertRows(logits: Logits, batch: WindowBatch): void {
  const expected = logitsOf(batch);
  for (const key of ['start', 'end'] as const) {
    assert.equal(logits[key].length, batch.count * batch.length);
    for (let row = 0; row < batch.count; row++) {
      const from = row * batch.length;
      const to = from + batch.lengths[row];
      assert.deepEqual(logits[key].slice(from, to), expected[key].slice(from, to));
    }
  }
}

describe('batching of questions', () => {
  it('runs the first question at once and those that arrive meanwhile together, in the order of arrival', async () => {
    const device = new Device();
    const engine = new BatchingEngine(device);
    const batches = [batchOf([3], 100), batchOf([4], 200), batchOf([2, 3], 300), batchOf([3], 400)];
    const runs = batches.map((batch) => engine.run(batch));
    assert.equal(device.ran.length, 1);
    await device.next();
    await device.next();
    for (const [i, run] of runs.entries()) assertRows(await run, batches[i]);
    assert.deepEqual(
      device.ran.map(({ count, length }) => [count, length]),
      [
        [1, 3],
        [4, 4],
      ],
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((row) => device.ran[1].inputIds[row * 4]),
      [200, 300, 303, 400],
    );
  });

  it('merges only rows of the same padded length, as many as a launch holds, the longest waiting first', async () => {
    const device = new Device();
    const engine = new BatchingEngine(device);
    // After the first: 12 pieces and 3 rows; 4 pieces; 12 pieces and 2 rows (too many); 12 pieces and 1 row.
    const batches = [[3], [12, 11, 9], [4], [10, 8], [7]].map((lengths, i) => batchOf(lengths, 100 * (i + 1)));
    const runs = batches.map((batch) => engine.run(batch));
    for (let i = 0; i < 4; i++) await device.next();
    for (const [i, run] of runs.entries()) assertRows(await run, batches[i]);
    assert.deepEqual(
      device.ran.map(({ inputIds, count }) => [inputIds[0], count]),
      [
        [100, 1],
        [200, 4],
        [300, 1],
        [400, 2],
      ],
    );
  });

  it('has as many launches under way as the engine takes', async () => {
    const device = new Device(8, true, 2);
    const engine = new BatchingEngine(device);
    const batches = [1, 2, 3, 4].map((i) => batchOf([4], 100 * i));
    const runs = batches.map((batch) => engine.run(batch));
    assert.deepEqual(
      device.ran.map(({ count }) => count),
      [1, 1],
    );
    await device.next();
    assert.deepEqual(
      device.ran.map(({ count }) => count),
      [1, 1, 2],
    );
    assert.equal(device.running, 2);
    for (let i = 0; i < 2; i++) await device.next();
    for (const [i, run] of runs.entries()) assertRows(await run, batches[i]);
    assert.equal(device.running, 0);
  });

  it('starts the next launch before the logits of the last one are read', async () => {
    const device = new Device();
    const engine = new BatchingEngine(device);
    const ranWhenRead: number[] = [];
    const runs = [100, 200, 300].map(async (first) => {
      await engine.run(batchOf([4], first));
      ranWhenRead.push(device.ran.length);
    });
    await device.next();
    assert.deepEqual(ranWhenRead, [2]);
    await device.next();
    await Promise.all(runs);
    assert.deepEqual(ranWhenRead, [2, 2, 2]);
  });

  it('counts what it has done, padding left out, and for how long the device was in use', async () => {
    const device = new Device();
    const engine = new BatchingEngine(device);
    assert.deepEqual(engine.work, { busyMs: 0, launches: 0, windows: 0, pieces: 0 });
    const runs = [[3, 4], [2], [4]].map((lengths, i) => engine.run(batchOf(lengths, 100 * (i + 1))));
    await turn();
    const during = engine.work;
    assert.deepEqual({ ...during, busyMs: 0 }, { busyMs: 0, launches: 1, windows: 2, pieces: 7 });
    await device.next();
    await device.next();
    await Promise.all(runs);
    const after = engine.work;
    assert.deepEqual({ ...after, busyMs: 0 }, { busyMs: 0, launches: 2, windows: 4, pieces: 13 });
    assert.ok(during.busyMs > 0 && after.busyMs > during.busyMs);
    await turn();
    assert.equal(engine.work.busyMs, after.busyMs);
  });

  it('merges nothing if the engine takes one question at a time', async () => {
    const device = new Device(1, false);
    const engine = new BatchingEngine(device);
    const batches = [1, 2, 3].map((i) => batchOf([4], 100 * i));
    await Promise.all(batches.map((batch) => engine.run(batch)));
    // The very batches, not copies of them.
    assert.deepEqual(device.ran, batches);
    assert.ok(device.ran.every((launch, i) => launch === batches[i]));
  });

  it('drops a question that is cancelled while it waits, and runs the others', async () => {
    const device = new Device();
    const engine = new BatchingEngine(device);
    const first = engine.run(batchOf([3], 100));
    const cancel = new AbortController();
    const cancelled = engine.run(batchOf([3], 200), cancel.signal);
    const other = batchOf([3], 300);
    const run = engine.run(other);
    cancel.abort(new AskBertError('Superseded', 'newer'));
    await assert.rejects(cancelled, { code: 'Superseded' });
    await device.next();
    await device.next();
    await first;
    assertRows(await run, other);
    assert.deepEqual(
      device.ran.map(({ inputIds }) => inputIds[0]),
      [100, 300],
    );
    await assert.rejects(engine.run(other, AbortSignal.abort()), { code: 'Cancelled' });
  });

  it('is not disturbed when a question in the same launch is cancelled', async () => {
    const device = new Device();
    const engine = new BatchingEngine(device);
    void engine.run(batchOf([3], 100));
    const cancel = new AbortController();
    const batches = [batchOf([3], 200), batchOf([4], 300)];
    const runs = [engine.run(batches[0], cancel.signal), engine.run(batches[1])];
    await device.next();
    assert.equal(device.ran[1].count, 2);
    cancel.abort();
    await device.next();
    for (const [i, run] of runs.entries()) assertRows(await run, batches[i]);
  });

  it('runs questions one by one after a failure, so that only the one at fault fails', async () => {
    const device = new Device(8, false);
    const engine = new BatchingEngine(device);
    const batches = [100, 200, POISON - 2, 400].map((first) => batchOf([4], first));
    const outcomes = await Promise.allSettled(batches.map((batch) => engine.run(batch)));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') assertRows(outcome.value, batches[i]);
      else assert.equal(outcome.reason.message, 'poisoned');
    }
    assert.deepEqual(
      device.ran.map(({ count }) => count),
      [1, 3, 1, 1, 1],
    );
  });

  it('fails the waiting questions when it is closed', async () => {
    const device = new Device();
    const engine = new BatchingEngine(device);
    const first = engine.run(batchOf([3], 100));
    const waiting = engine.run(batchOf([3], 200));
    const failed = assert.rejects(waiting, { code: 'EngineRun', message: /closed/ });
    await engine.close();
    await failed;
    await device.next();
    await first;
    assert.deepEqual([device.closed, device.ran.length], [1, 1]);
  });

  it('gives every caller its own rows, in any order of arrivals, cancellations and failures', async () => {
    const call = fc.record({
      lengths: fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 3 }),
      waitTurns: fc.nat(2),
      cancelAfter: fc.option(fc.nat(3), { freq: 4 }),
      poisoned: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
        const device = new Device(8, false);
        const engine = new BatchingEngine(device);
        const runs: Promise<void>[] = [];
        for (const [i, { lengths, waitTurns, cancelAfter, poisoned }] of calls.entries()) {
          const batch = batchOf(lengths, 1000 * (i + 1));
          if (poisoned && i % 3 === 0) batch.inputIds[0] = POISON;
          const isPoisoned = batch.inputIds[0] === POISON;
          const cancel = new AbortController();
          const run = engine.run(batch, cancel.signal).then(
            (logits) => {
              assert.ok(!isPoisoned);
              assertRows(logits, batch);
            },
            (error: AskBertError) => {
              if (error.code === 'Cancelled') assert.ok(cancel.signal.aborted);
              else assert.ok(isPoisoned && error.message === 'poisoned', error.message);
            },
          );
          runs.push(run);
          if (cancelAfter !== null) {
            void (async () => {
              for (let n = 0; n < cancelAfter; n++) await turn();
              cancel.abort();
            })();
          }
          for (let n = 0; n < waitTurns; n++) await turn();
        }
        await Promise.all(runs);
        for (const { count, length } of device.ran) {
          assert.ok(count <= 3 || count * device.paddedLength(length) <= MOST, `${count} rows of ${length}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('merges unchanged rows, padded with 0', () => {
    const merged = mergeBatches([batchOf([1], 7), batchOf([3, 2], 20)]);
    assert.deepEqual([merged.count, merged.length], [3, 3]);
    assert.deepEqual([...merged.inputIds], [7, 0, 0, 20, 21, 22, 23, 24, 0]);
    assert.deepEqual([...merged.lengths], [1, 3, 2]);
  });
});
