import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobQueue } from '../../server/sidecar/queue.js';
import { turn } from './fake-worker.js';

/** A job that ends when told to. */
function controlled() {
  let end: (value: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const state = { started: false, stopped: false };
  const work = (signal: AbortSignal) => {
    state.started = true;
    signal.addEventListener('abort', () => {
      state.stopped = true;
    });
    return promise;
  };
  return { work, state, end, fail };
}

test('questions are passed on at once; those beyond the capacity of the engine are told that they wait', async () => {
  let atOnce = 1;
  const queue = new JobQueue(undefined, () => atOnce);
  const jobs = Array.from({ length: 3 }, controlled);
  const all = jobs.map(({ work }) => queue.add(work));
  assert.ok(jobs.every(({ state }) => state.started));
  assert.equal(queue.waiting, 2);
  atOnce = 2;
  assert.equal(queue.waiting, 1);
  for (const { end } of jobs) end('done');
  await Promise.all(all);
  assert.deepEqual([queue.busy, queue.waiting], [false, 0]);
});

test('each client has one run at a time, and all clients together have four', async () => {
  const queue = new JobQueue();
  const runs = ['a', 'a', 'b', 'c', 'd', 'e'].map((client) => ({ client, ...controlled() }));
  const all = runs.map(({ work, client }) => queue.add(work, { lane: 'run', client }));
  const started = () => runs.map(({ state }) => state.started);
  assert.deepEqual(started(), [true, false, true, true, true, false]);
  assert.equal(queue.waiting, 2);
  runs[0].end('done');
  await all[0];
  await turn();
  assert.deepEqual(started(), [true, true, true, true, true, false]);
  for (const { end } of runs) end('done');
  await Promise.all(all);
  assert.equal(queue.busy, false);
});

test('text beyond the limit for waiting is refused, and a finished job makes room', async () => {
  const queue = new JobQueue(undefined, undefined, 1000);
  const large = controlled();
  const first = queue.add(large.work, { bytes: 5000 });
  await assert.rejects(
    queue.add(async () => 'never', { bytes: 1 }),
    { code: 'OutOfMemory' },
  );
  large.end('done');
  await first;
  await turn();
  const controller = new AbortController();
  const source = { source: 'editor' };
  const held = [queue.add(controlled().work, { bytes: 600, signal: controller.signal, ...source })];
  const superseding = queue.add(async () => 'newer', { bytes: 300, ...source });
  await assert.rejects(
    queue.add(async () => 'never', { bytes: 200 }),
    { code: 'OutOfMemory', message: /more than/ },
  );
  await assert.rejects(held[0], { code: 'Superseded' });
  controller.abort();
  superseding.catch(() => {});
});

test('a newer job of the same source supersedes the running and the waiting ones, and no others', async () => {
  const queue = new JobQueue();
  const first = controlled();
  const running = queue.add(first.work, { source: 'editor' });
  const other = queue.add(async () => 'other', { source: 'another editor' });
  const nobody = queue.add(async () => 'nobody');
  const waiting = queue.add(async () => 'never', { source: 'editor' });
  const ends = [running, waiting].map((job) => assert.rejects(job, { code: 'Superseded' }));
  const newest = queue.add(async () => 'newest', { source: 'editor' });
  await ends[1];
  assert.equal(first.state.stopped, true);
  first.end('too late');
  await ends[0];
  assert.deepEqual(await Promise.all([other, nobody, newest]), ['other', 'nobody', 'newest']);
});

test('a running job that is cancelled fails at once, but keeps its place until its work has stopped', async () => {
  const queue = new JobQueue();
  const first = controlled();
  const second = controlled();
  const controller = new AbortController();
  const cancelled = queue.add(first.work, { lane: 'run', signal: controller.signal });
  const next = queue.add(second.work, { lane: 'run' });
  controller.abort();
  // Its work goes on, but nobody waits for it.
  await assert.rejects(cancelled, { code: 'Cancelled' });
  assert.equal(first.state.stopped, true);
  assert.equal(second.state.started, false);
  assert.equal(queue.busy, true);
  first.fail(new Error('stopped in the middle'));
  second.end('done');
  assert.equal(await next, 'done');
});

test('a waiting job that is cancelled fails at once and never starts', async () => {
  const queue = new JobQueue();
  const first = controlled();
  const second = controlled();
  const running = queue.add(first.work, { lane: 'run' });
  const controller = new AbortController();
  const waiting = queue.add(second.work, { lane: 'run', signal: controller.signal });
  assert.equal(queue.waiting, 1);
  controller.abort();
  await assert.rejects(waiting, { code: 'Cancelled' });
  assert.equal(queue.waiting, 0);
  first.end('done');
  assert.equal(await running, 'done');
  assert.equal(second.state.started, false);
});

test('a job whose signal is already aborted never starts', async () => {
  const queue = new JobQueue();
  const job = controlled();
  await assert.rejects(queue.add(job.work, { signal: AbortSignal.abort() }), { code: 'Cancelled' });
  assert.equal(job.state.started, false);
});

test('a job that throws does not prevent the next one', async () => {
  const queue = new JobQueue();
  const failing = queue.add(() => {
    throw new Error('at once');
  });
  const next = queue.add(async () => 'next');
  await assert.rejects(failing, /at once/);
  assert.equal(await next, 'next');
});

test('a question runs in parallel with a run, and an exclusive job waits for both', async () => {
  const queue = new JobQueue();
  const jobs = Array.from({ length: 2 }, controlled);
  const all = [queue.add(jobs[0].work, { lane: 'run' }), queue.add(jobs[1].work)];
  let alone = false;
  const last = queue.add(
    async () => {
      alone = !queue.waiting;
      return 'alone';
    },
    { lane: 'alone' },
  );
  await turn();
  assert.deepEqual([jobs[0].state.started, jobs[1].state.started, alone], [true, true, false]);
  for (const job of jobs) job.end('done');
  assert.deepEqual(await Promise.all([...all, last]), ['done', 'done', 'alone']);
  assert.equal(alone, true);
});

test('two jobs of one source never run at once, whatever the limit', async () => {
  const queue = new JobQueue(undefined, () => 8);
  const first = controlled();
  const second = controlled();
  const superseded = assert.rejects(queue.add(first.work, { source: 'editor' }), { code: 'Superseded' });
  const newer = queue.add(second.work, { source: 'editor' });
  const other = await queue.add(async () => 'other', { source: 'another' });
  assert.equal(other, 'other');
  assert.deepEqual([first.state.stopped, second.state.started], [true, false]);
  first.end('too late');
  await superseded;
  second.end('done');
  assert.equal(await newer, 'done');
});
