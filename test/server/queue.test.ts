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

test('jobs run one at a time in the order of arrival', async () => {
  const queue = new JobQueue();
  const order: string[] = [];
  let active = 0;
  const job = (name: string) =>
    queue.add(async () => {
      assert.equal(++active, 1);
      await turn();
      order.push(name);
      active--;
      return name;
    });
  assert.deepEqual(await Promise.all([job('a'), job('b'), job('c')]), ['a', 'b', 'c']);
  assert.deepEqual(order, ['a', 'b', 'c']);
  assert.equal(queue.busy, false);
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

test('a running job that is cancelled keeps its place until its work has stopped', async () => {
  const queue = new JobQueue();
  const first = controlled();
  const second = controlled();
  const controller = new AbortController();
  const cancelled = queue.add(first.work, { signal: controller.signal });
  const next = queue.add(second.work);
  controller.abort();
  await turn();
  assert.equal(first.state.stopped, true);
  assert.equal(second.state.started, false);
  first.fail(new Error('stopped in the middle'));
  await assert.rejects(cancelled, { code: 'Cancelled' });
  second.end('done');
  assert.equal(await next, 'done');
});

test('a waiting job that is cancelled fails at once and never starts', async () => {
  const queue = new JobQueue();
  const first = controlled();
  const second = controlled();
  const running = queue.add(first.work);
  const controller = new AbortController();
  const waiting = queue.add(second.work, { signal: controller.signal });
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

test('if the engine takes several questions, those of different sources run at once; runs do not', async () => {
  let atOnce = 1;
  const queue = new JobQueue(undefined, () => atOnce);
  const jobs = Array.from({ length: 5 }, controlled);
  const first = queue.add(jobs[0].work, { source: 'a' });
  const second = queue.add(jobs[1].work, { source: 'b' });
  assert.deepEqual([jobs[0].state.started, jobs[1].state.started], [true, false]);
  atOnce = 2;
  jobs[0].end('first');
  await first;
  await turn();
  const third = queue.add(jobs[2].work);
  const fourth = queue.add(jobs[3].work);
  assert.deepEqual(
    jobs.map(({ state }) => state.started),
    [true, true, true, false, false],
  );
  const runs = [queue.add(jobs[4].work, { lane: 'run' }), queue.add(async () => 'run', { lane: 'run' })];
  assert.equal(jobs[4].state.started, true);
  assert.equal(queue.waiting, 2);
  let alone = false;
  const last = queue.add(
    async () => {
      alone = !queue.waiting;
      return 'alone';
    },
    { lane: 'alone' },
  );
  for (const job of jobs) job.end('done');
  assert.deepEqual(await Promise.all([second, third, fourth, ...runs, last]), [
    'done',
    'done',
    'done',
    'done',
    'run',
    'alone',
  ]);
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
