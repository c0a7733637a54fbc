/** What becomes of the calls of a worker that is lost. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { AskBertError } from '../../server/errors.js';
import { WorkerClient, type WorkerLike } from '../../server/sidecar/worker-client.js';
import type { FromWorker, ToWorker } from '../../server/sidecar/worker-messages.js';

/** A worker that only notes what it is told. */
class SilentWorker extends EventEmitter implements WorkerLike {
  readonly told: ToWorker[] = [];

  postMessage(message: ToWorker): void {
    this.told.push(message);
  }

  async terminate(): Promise<number> {
    return 0;
  }

  say(message: FromWorker): void {
    this.emit('message', message);
  }
}

test('a waiting call is made again in the next worker, unless it was cancelled', async () => {
  const workers: SilentWorker[] = [];
  const client = new WorkerClient(() => {
    const worker = new SilentWorker();
    workers.push(worker);
    return worker;
  });
  const call = { type: 'prepare' } as const;
  const [cancel, supersede] = [new AbortController(), new AbortController()];
  const running = client.call(call);
  const cancelled = client.call(call, cancel.signal);
  const superseded = client.call(call, supersede.signal);
  const waiting = client.call(call, new AbortController().signal);
  for (const id of [2, 3, 4]) workers[0].say({ type: 'turn', id, has: false });
  const ends = [
    assert.rejects(running, { code: 'EngineRun' }),
    assert.rejects(cancelled, { code: 'Cancelled' }),
    assert.rejects(superseded, { code: 'Superseded' }),
  ];
  cancel.abort();
  supersede.abort(new AskBertError('Superseded', 'a newer question'));
  workers[0].emit('exit', 134);
  await Promise.all(ends);
  assert.deepEqual(
    workers.map(({ told }) => told.map((message) => message.type)),
    [['prepare', 'prepare', 'prepare', 'prepare', 'cancel', 'cancel'], ['prepare']],
  );
  assert.equal(client.calls, 1);
  const [asked] = workers[1].told;
  assert.ok('id' in asked && asked.id === 4);
  workers[1].say({ type: 'failed', id: 4, error: { code: 'BadRequest', message: 'told' }, loaded: client.loaded });
  await assert.rejects(waiting, { code: 'BadRequest', message: 'told' });
});
