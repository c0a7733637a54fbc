/** What is left of a failure once its cause is gone, and what waits for whom when several things may run at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AskBertError } from '../../server/errors.js';
import type { Status } from '../../server/protocol.js';
import { JobQueue } from '../../server/sidecar/queue.js';
import { Service } from '../../server/sidecar/service.js';
import { FakeWorker, turn, until } from './fake-worker.js';

/** A service whose first load fails. */
function failingWith(error: AskBertError) {
  const workers: FakeWorker[] = [];
  const statuses: Status[] = [];
  const service = new Service({
    version: '1.2.3',
    startWorker: () => {
      const worker = new FakeWorker((session) => {
        if (workers.length === 0) session.loadError = error;
      });
      workers.push(worker);
      return worker;
    },
    onStatus: (status) => statuses.push(status),
    log: () => {},
  });
  const fails = () => assert.rejects(service.ask({ text: 'a text', question: 'who?' }), { code: error.code });
  return { service, workers, statuses, fails };
}

test('an error ends with the settings that caused it, before the next question', async () => {
  const { service, statuses, fails } = failingWith(new AskBertError('ModelInvalid', 'config.json is wrong.'));
  await fails();
  await until(() => statuses.at(-1)?.state === 'error', 'error');
  service.configure({ modelPath: '/another/model' });
  assert.deepEqual(statuses.at(-1), { state: 'unloaded', queued: 0 });
});

test('refused settings do not change the error', async () => {
  const { service, statuses, fails } = failingWith(new AskBertError('ModelInvalid', 'config.json is wrong.'));
  await fails();
  await until(() => statuses.at(-1)?.state === 'error', 'error');
  assert.throws(() => service.configure({ threads: -1 }), { code: 'BadRequest' });
  assert.equal(statuses.at(-1)?.state, 'error');
});

test('after a missing library the next question has a new worker, after another failure the same one', async () => {
  const missing = failingWith(new AskBertError('LibraryMissing', 'libonnxruntime is missing.'));
  await missing.fails();
  await missing.service.ask({ text: 'a text', question: 'and now?' });
  assert.equal(missing.workers.length, 2);
  assert.equal(missing.workers[0].terminated, true);
  const other = failingWith(new AskBertError('ModelInvalid', 'config.json is wrong.'));
  await other.fails();
  other.workers[0].session.loadError = undefined;
  await other.service.ask({ text: 'a text', question: 'and now?' });
  assert.equal(other.workers.length, 1);
});

test('an exclusive job waits for running jobs, and no later job runs before it', async () => {
  const queue = new JobQueue(
    () => {},
    () => 2,
  );
  const order: string[] = [];
  let end = () => {};
  const first = queue.add(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const alone = queue.add(async () => void order.push('alone'), { lane: 'alone' });
  const later = [
    queue.add(async () => void order.push('question')),
    queue.add(async () => void order.push('run'), { lane: 'run' }),
  ];
  await turn();
  assert.deepEqual(order, [], 'there is room for another question, but it came later');
  assert.equal(queue.waiting, 3);
  end();
  await Promise.all([first, alone, ...later]);
  assert.deepEqual(order, ['alone', 'question', 'run']);
});
