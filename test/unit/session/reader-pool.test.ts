/** Reader threads: the same answers as in one thread, and one clear end of everything that can go wrong. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BatchingEngine } from '../../../server/engine/batching.js';
import type { Engine, WindowBatch } from '../../../server/engine/engine.js';
import { AskBertError } from '../../../server/errors.js';
import type { AskRequest } from '../../../server/reader/request.js';
import { loadReader } from '../../../server/session/load-reader.js';
import type { FromReader, ReaderStart, ToReader } from '../../../server/session/reader-messages.js';
import {
  ReaderPool,
  type ReaderPoolOptions,
  type ThreadLike,
  ThreadLost,
} from '../../../server/session/reader-pool.js';
import { ServedReader } from '../../../server/session/serve-reader.js';
import { until } from '../../server/fake-worker.js';
import { engineOf, type Score } from '../helpers/fake-engine.js';
import { fixture } from '../model/model-fixtures.js';

const settings = { modelPath: fixture('tiny-f32') };
const score: Score = (id, segment) => ({ start: (id * 7 + segment) % 11, end: (id * 5) % 13 });

/** A thread that is none: its messages are copied as between threads. */
class FakeThread extends EventEmitter implements ThreadLike {
  readonly #toReader = new EventEmitter();
  ended = false;
  held = 0;

  constructor({ settings: its, engine }: ReaderStart) {
    super();
    const port = {
      on: (event: 'message', listener: (messages: ToReader[]) => void) => this.#toReader.on(event, listener),
      postMessage: (messages: FromReader[]) => this.#send(this, messages),
    };
    new ServedReader(port, engine, (proxy, onViewFailure) => loadReader(its, proxy, onViewFailure));
  }

  postMessage(messages: ToReader[]): void {
    this.#send(this.#toReader, messages);
  }

  #send(to: EventEmitter, messages: unknown): void {
    const copy = structuredClone(messages);
    setImmediate(() => {
      if (!this.ended) to.emit('message', copy);
    });
  }

  async terminate(): Promise<void> {
    this.ended = true;
  }

  ref(): void {
    this.held++;
  }

  unref(): void {
    this.held--;
  }
}

function poolOf(engine: Engine, options: Partial<ReaderPoolOptions> = {}) {
  const threads: FakeThread[] = [];
  const start = (first: ReaderStart) => {
    const thread = new FakeThread(first);
    threads.push(thread);
    return thread;
  };
  const pool = new ReaderPool({ settings, engine, onViewFailure: () => undefined, threads: 3, start, ...options });
  return { pool, threads };
}

/** A GPU for tests: merges what waits. */
const device = (onRun?: (batch: WindowBatch) => void): Engine => ({
  ...engineOf(score, onRun),
  concurrency: 16,
  batchPieces: 16 * 64,
  paddedLength: (length) => 16 * Math.ceil(length / 16),
});

const texts = ['the king built a city in the north', 'a queen lived in the city . she was old', 'the old king'];
const requests: AskRequest[] = Array.from({ length: 24 }, (_, i) => ({
  text: texts[i % 3].repeat(1 + (i % 5)),
  question: ['who built the city ?', 'who was old ?'][i % 2],
  fileName: i % 4 === 0 ? 'a.md' : undefined,
  options: { topK: 3 },
}));
const ask = (pool: ReaderPool, request: AskRequest, signal?: AbortSignal) =>
  pool.answer(request, signal, undefined, undefined);

async function same(pool: ReaderPool, engine: Engine): Promise<void> {
  const here = loadReader(settings, engine, () => undefined);
  const answers = await Promise.all(requests.map((request) => ask(pool, request)));
  for (const [i, { timing, ...answer }] of answers.entries()) {
    const { timing: other, ...expected } = await here(requests[i], new AbortController().signal, undefined, undefined);
    assert.deepEqual(answer, expected);
    assert.equal(timing.windows, other.windows);
  }
  assert.ok(answers.some(({ answers: found }) => found.length > 0));
}

describe('reader threads', () => {
  it('answer as one thread does, and share launches', async () => {
    const rows: number[] = [];
    const engine = new BatchingEngine(device(({ count }) => rows.push(count)));
    const { pool, threads } = poolOf(engine);
    await same(pool, engine);
    assert.equal(threads.length, 3);
    assert.ok(Math.max(...rows) > 3, `at most ${Math.max(...rows)} rows in a launch`);
    await pool.close();
    assert.ok(threads.every(({ ended }) => ended));
  });

  it('as real threads', async () => {
    const engine = new BatchingEngine(device());
    const start = (workerData: ReaderStart) => new Worker(path.resolve('dist/reader-thread.js'), { workerData });
    const pool = new ReaderPool({ settings, engine, onViewFailure: () => undefined, threads: 2, start });
    await same(pool, engine);
    assert.equal(pool.threads, 2);
    await pool.close();
  });

  it('are used only when there is enough to do, and not for long documents', async () => {
    const { pool } = poolOf(device());
    const short = { text: 'a city', question: 'q' };
    assert.deepEqual([pool.takes(short, 1), pool.takes(short, 4), pool.takes(short, 5)], [false, false, true]);
    assert.equal(pool.takes({ ...short, text: 'a '.repeat(40_000) }, 50), false);
    await ask(pool, requests[0]);
    assert.equal(pool.takes(short, 1), true);
    await pool.close();
    assert.equal(pool.takes(short, 50), false);
    assert.equal(poolOf(device(), { threads: 0 }).pool.takes(short, 50), false);
  });

  it('a cancel reaches the question, with its reason, and no other', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const inner = device();
    let runs = 0;
    const merging = new BatchingEngine({
      ...inner,
      run: async (batch) => {
        runs++;
        await gate;
        return inner.run(batch);
      },
    });
    let waiting = 0;
    const engine: Engine = {
      ...inner,
      run: (batch, signal) => {
        waiting++;
        return merging.run(batch, signal);
      },
    };
    const { pool } = poolOf(engine);
    const cancel = new AbortController();
    const other = ask(pool, requests[1]);
    await until(() => runs === 1, 'a launch runs');
    const cancelled = ask(pool, requests[0], cancel.signal);
    await until(() => waiting === 2, 'both have windows');
    cancel.abort(new AskBertError('Superseded', 'A newer question came.', 'Wait for it.'));
    await assert.rejects(cancelled, { code: 'Superseded', message: 'A newer question came.', remedy: 'Wait for it.' });
    go();
    assert.equal((await other).question, requests[1].question);
    await assert.rejects(ask(pool, requests[0], AbortSignal.abort()), { code: 'Cancelled' });
    await pool.close();
  });

  it('errors keep their code and remedy', async () => {
    const engine: Engine = {
      ...device(),
      run: () => Promise.reject(new AskBertError('OutOfMemory', 'The device is full.', 'Close something.')),
    };
    const { pool } = poolOf(engine);
    await assert.rejects(ask(pool, requests[0]), {
      code: 'OutOfMemory',
      message: 'The device is full.',
      remedy: 'Close something.',
    });
    await assert.rejects(ask(pool, { text: 'a city', question: ' ' }), { code: 'BadRequest', message: /empty/ });
    await pool.close();
  });

  it('questions of a thread that ends can be read elsewhere, and no other thread is started', async () => {
    const engine: Engine = { ...device(), run: () => new Promise(() => {}) };
    const { pool, threads } = poolOf(engine);
    const lost = requests.slice(0, 3).map((request) => assert.rejects(ask(pool, request), ThreadLost));
    threads[0].emit('error', new Error('gone'));
    threads[0].emit('exit', 1);
    await Promise.all(lost);
    assert.equal(pool.takes(requests[0], 50), false);
    const broken = poolOf(device(), {
      start: () => {
        throw new Error('no more threads');
      },
    });
    await assert.rejects(ask(broken.pool, requests[0]), ThreadLost);
    assert.equal(broken.pool.takes(requests[0], 50), false);
    await pool.close();
  });

  it('progress and turns are those of a reader in one thread', async () => {
    const engine: Engine = { ...device(), batchPieces: 64 };
    const { pool } = poolOf(engine);
    const here = loadReader(settings, engine, () => undefined);
    const request = { text: 'the king built a city . '.repeat(60), question: 'who built it ?' };
    const told: unknown[][] = [[], []];
    const signal = new AbortController().signal;
    for (const [i, answer] of [here, pool.answer.bind(pool)].entries()) {
      const giveWay = async (...pieces: number[]) => {
        told[i].push(pieces);
      };
      await answer(request, signal, (progress) => told[i].push(progress), giveWay);
    }
    assert.deepEqual(told[1], told[0]);
    assert.ok(told[0].length > 6);
    const stop = async () => {
      throw new AskBertError('Superseded', 'newer');
    };
    await assert.rejects(pool.answer(request, undefined, undefined, stop), { code: 'Superseded' });
    await pool.close();
  });

  it('the answer names the engine that gave it', async () => {
    const engine = { ...device() };
    const { pool } = poolOf(engine);
    assert.equal((await ask(pool, requests[0])).engine.device, 'test');
    engine.info = { ...engine.info, device: 'another' };
    assert.equal((await ask(pool, requests[0])).engine.device, 'another');
    await pool.close();
  });

  it('a process does not wait for idle threads, which end by themselves', async () => {
    const { pool, threads } = poolOf(device(), { idleMs: 1 });
    const answer = ask(pool, requests[0]);
    assert.equal(threads[0].held, 1);
    await answer;
    assert.equal(threads[0].held, 0);
    await until(() => threads[0].ended, 'the thread has ended');
    assert.equal(pool.threads, 0);
    await ask(pool, requests[0]);
    assert.equal(threads.length, 2);
    await pool.close();
  });
});
