import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { AskBertError } from '../../server/errors.js';
import type { Status } from '../../server/protocol.js';
import { Service } from '../../server/sidecar/service.js';
import type { WorkerLike } from '../../server/sidecar/worker-client.js';
import type { WorkerStart } from '../../server/sidecar/worker-messages.js';
import { END_MS } from '../unit/helpers/waits.js';
import { type FakeSession, FakeWorker, turn, until } from './fake-worker.js';

function serviceWithFakes(prepare?: (session: FakeSession, n: number) => void) {
  const workers: FakeWorker[] = [];
  const starts: WorkerStart[] = [];
  const statuses: Status[] = [];
  const logs: string[] = [];
  const service = new Service({
    version: '1.2.3',
    startWorker: (start) => {
      starts.push(start);
      const worker = new FakeWorker((session) => prepare?.(session, workers.length));
      workers.push(worker);
      return worker;
    },
    onStatus: (status) => statuses.push(status),
    log: (level, message) => logs.push(`${level}: ${message}`),
  });
  const ask = (question: string, source?: string, signal?: AbortSignal) =>
    service.ask({ text: 'a text', question }, source, signal);
  const last = () => statuses[statuses.length - 1];
  return { service, workers, starts, statuses, logs, ask, last };
}

test('a view that throws is in the log with its trace, and no call fails', async () => {
  const { workers, logs, ask } = serviceWithFakes();
  await ask('who?');
  workers[0].session.onViewFailure?.(new Error('a defect'), { languageId: 'markdown', fileName: 'a.md' });
  await until(() => logs.length > 0, 'it is in the log');
  assert.match(logs[0], /^error: A view failed, .* \(language markdown, file a\.md\): Error: a defect\n +at /);
});

test('nothing is started before the first question; then the state goes from loading to busy to ready', async () => {
  const { service, workers, statuses, ask } = serviceWithFakes();
  assert.equal(service.info().model, null);
  assert.equal(workers.length, 0);
  const progress: string[] = [];
  const result = await service.ask({ text: 'a text', question: 'who?' }, undefined, undefined, ({ stage }) => {
    progress.push(stage);
  });
  assert.equal(result.question, 'who?');
  await until(() => statuses[statuses.length - 1].state === 'ready', 'ready');
  assert.deepEqual(
    statuses.map(({ state }) => state),
    ['loading', 'busy', 'ready'],
  );
  assert.deepEqual(progress, ['load', 'engine']);
  assert.deepEqual(statuses[2].engine, {
    name: 'cpu',
    device: 'false device',
    model: 'false model',
    precision: 'fp32',
  });
  assert.deepEqual(workers[0].session.asked[0], {
    text: 'a text',
    range: undefined,
    question: 'who?',
    options: undefined,
    languageId: undefined,
    fileName: undefined,
    key: undefined,
    soFar: undefined,
    extracted: undefined,
    budgetSeconds: undefined,
  });
  await ask('and when?');
  const info = service.info();
  assert.equal(info.questionsAnswered, 2);
  assert.equal(info.version, '1.2.3');
  assert.equal(info.engine?.library, 'none');
  assert.deepEqual(info.choice, ['told so']);
  assert.equal(workers.length, 1);
});

test('questions wait for each other and the status counts them', async () => {
  const { workers, ask, last } = serviceWithFakes();
  const first = ask('slow one');
  const second = ask('fast one');
  await until(() => last()?.state === 'busy' && last().queued === 1, 'one waits');
  workers[0].session.release();
  assert.equal((await first).question, 'slow one');
  assert.equal((await second).question, 'fast one');
});

test('a cancel reaches the session and the next question is answered by the same worker', async () => {
  const { workers, ask, last } = serviceWithFakes();
  const controller = new AbortController();
  const cancelled = ask('slow one', undefined, controller.signal);
  await until(() => workers[0]?.session.asked.length === 1, 'it runs');
  controller.abort();
  await assert.rejects(cancelled, { code: 'Cancelled' });
  await until(() => last().state === 'ready', 'ready');
  await ask('another');
  assert.equal(workers.length, 1);
});

test('a newer question of the same source supersedes the running one', async () => {
  const { workers, ask } = serviceWithFakes();
  const old = ask('slow one', 'editor 1');
  await until(() => workers[0]?.session.asked.length === 1, 'it runs');
  const waiting = ask('slow too', 'editor 1');
  const other = ask('of another', 'editor 2');
  const ends = [old, waiting].map((question) => assert.rejects(question, { code: 'Superseded' }));
  const newest = ask('newest', 'editor 1');
  await Promise.all(ends);
  assert.equal((await other).question, 'of another');
  assert.equal((await newest).question, 'newest');
});

test('a failed load is an error state with its message, and the next question tries again', async () => {
  const { workers, ask, last, logs } = serviceWithFakes((session) => {
    session.loadError = new AskBertError('ModelInvalid', 'config.json is wrong.', 'Mend it.');
  });
  await assert.rejects(ask('who?'), { code: 'ModelInvalid', message: 'config.json is wrong.', remedy: 'Mend it.' });
  await until(() => last().state === 'error', 'error');
  assert.equal(last().message, 'config.json is wrong. Mend it.');
  assert.match(logs.join('\n'), /ModelInvalid: config.json is wrong/);
  workers[0].session.loadError = undefined;
  await ask('who?');
  await until(() => last().state === 'ready', 'ready');
  assert.equal(last().message, undefined);
});

test('new settings end an error that the old ones caused', async () => {
  const { service, ask, last } = serviceWithFakes((session) => {
    session.loadError = new AskBertError('ModelInvalid', 'config.json is wrong.', 'Mend it.');
  });
  await assert.rejects(ask('who?'), { code: 'ModelInvalid' });
  await until(() => last().state === 'error', 'error');
  service.configure({ modelPath: '/another' });
  assert.deepEqual(last(), { state: 'unloaded', queued: 0 });
});

test('the reader gets the language, name and identity of a document, and the options', async () => {
  const { service, workers } = serviceWithFakes();
  await service.ask({ text: 'x', question: 'who?', languageId: 'markdown', fileName: 'a.md', key: 'untitled:1' });
  const here = 'package.json';
  await service.ask({ path: here, question: 'who?', languageId: 'json', key: 'file:///x', soFar: true });
  assert.deepEqual(
    workers[0].session.asked.map(({ languageId, fileName, key, soFar }) => [languageId, fileName, key, soFar]),
    [
      ['markdown', 'a.md', 'untitled:1', undefined],
      ['json', here, 'file:///x', true],
    ],
  );
});

test('invalid questions and missing files do not change the state', async () => {
  const { service, last } = serviceWithFakes();
  await service.prepare();
  await assert.rejects(service.ask({ path: '/no/such/file', question: 'who?' }), { code: 'InputUnreadable' });
  await until(() => last().state === 'ready', 'ready');
  await assert.rejects(service.ask({ text: 'short', range: { start: 0, end: 6 }, question: 'who?' }), {
    code: 'BadRequest',
  });
  await until(() => last().state === 'ready', 'ready');
});

test('a worker that throws fails the running question; the next one gets a new worker', async () => {
  const { workers, ask, last } = serviceWithFakes();
  const running = ask('slow one');
  const waiting = ask('fast one');
  await until(() => workers[0]?.session.asked.length === 1, 'it runs');
  workers[0].emit('error', new Error('broken inside'));
  workers[0].emit('exit', 1);
  await assert.rejects(running, { code: 'Internal', message: /broken inside/ });
  assert.equal((await waiting).question, 'fast one');
  assert.equal(workers.length, 2);
  await until(() => last().state === 'ready', 'ready');
});

test('a worker that exits is an engine failure, one without memory is OutOfMemory', async () => {
  const { workers, ask } = serviceWithFakes();
  const first = ask('slow one');
  await until(() => workers[0]?.session.asked.length === 1, 'it runs');
  workers[0].emit('exit', 134);
  await assert.rejects(first, { code: 'EngineRun', message: /134/ });
  const second = ask('slow two');
  await until(() => workers[1]?.session.asked.length === 1, 'it runs');
  workers[1].emit('error', Object.assign(new Error('heap'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }));
  await assert.rejects(second, { code: 'OutOfMemory' });
});

test('a worker that died between two questions is not used again', async () => {
  const { workers, ask, service, last, logs } = serviceWithFakes();
  await ask('who?');
  await until(() => last().state === 'ready', 'ready');
  workers[0].emit('exit', 1);
  assert.equal(service.info().engine, null);
  assert.deepEqual(last(), { state: 'unloaded', queued: 0 });
  assert.match(logs[0], /EngineRun: .*exit code 1/);
  await ask('who?');
  assert.equal(workers.length, 2);
});

test('unload waits for the questions before it, frees the session and ends the worker', async () => {
  const { service, workers, ask, last } = serviceWithFakes();
  const question = ask('slow one');
  const unloaded = service.unload();
  await until(() => workers[0]?.session.asked.length === 1, 'it runs');
  workers[0].session.release();
  await question;
  await unloaded;
  assert.equal(workers[0].session.unloads, 1);
  assert.equal(workers[0].terminated, true);
  await until(() => last().state === 'unloaded', 'unloaded');
  assert.equal(service.info().model, null);
  await ask('again');
  assert.equal(workers.length, 2);
});

test('unloading when nothing is loaded does nothing', async () => {
  const { service, workers } = serviceWithFakes();
  await service.unload();
  assert.equal(workers.length, 0);
});

test('after that time without a question everything is freed, and the next question loads again', async () => {
  const { service, workers, ask, last } = serviceWithFakes();
  service.configure({ idleUnloadMinutes: 0.0005 });
  await ask('who?');
  await until(() => last().state === 'unloaded', 'unloaded');
  assert.equal(workers[0].terminated, true);
  await ask('who else?');
  assert.equal(workers.length, 2);
});

test('idleUnloadMinutes 0 means never', async () => {
  const { service, workers, ask } = serviceWithFakes();
  service.configure({ idleUnloadMinutes: 0 });
  await ask('who?');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(workers[0].terminated, false);
});

test('engine settings start a new worker at the next question, others do not', async () => {
  const { service, workers, starts, ask } = serviceWithFakes();
  service.configure({ threads: 2, modelPath: '/a/model' });
  await ask('who?');
  assert.deepEqual(starts[0].settings, {
    modelPath: '/a/model',
    engine: 'auto',
    precision: 'auto',
    threads: 2,
    tensorRtPath: undefined,
    cacheFolder: undefined,
    remoteUrl: undefined,
    remoteModel: undefined,
    remoteToken: undefined,
    remoteProxy: undefined,
    remoteFallback: false,
    languages: undefined,
  });
  service.configure({ threads: 2, modelPath: '/a/model', idleUnloadMinutes: 3 });
  await ask('who?');
  assert.equal(workers.length, 1);
  service.configure({ threads: 3, modelPath: '/a/model' });
  assert.equal(workers[0].terminated, false);
  await ask('who?');
  assert.equal(workers[0].terminated, true);
  assert.equal(starts[1].settings.threads, 3);
  await ask('who?');
  assert.equal(workers.length, 2);
});

test('invalid settings change nothing', async () => {
  const { service, starts, ask } = serviceWithFakes();
  service.configure({ threads: 2 });
  assert.throws(() => service.configure({ threads: -1 }), { code: 'BadRequest', message: /threads: found -1/ });
  await ask('who?');
  assert.equal(starts[0].settings.threads, 2);
});

const building = (done: number, phase?: string) => ({
  building: { device: 'NVIDIA X', done, ...(phase && { phase }) },
});

test('the client is told of a background build, not too often, and of its end', async (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const { workers, statuses, logs, ask, last, service } = serviceWithFakes();
  await ask('who?');
  const { session } = workers[0];
  session.onBackground?.(building(0));
  for (let i = 1; i < 1000; i++) session.onBackground?.(building(i / 1000, `phase ${i}`));
  await until(() => last().building !== undefined, 'building');
  now += 600;
  session.onBackground?.(building(0.5, 'phase of later'));
  await until(() => last().building?.phase === 'phase of later', 'it goes on');
  assert.equal(statuses.filter((status) => status.building).length, 2, 'two reports in half a second and more');
  assert.deepEqual(
    { state: last().state, building: last().building },
    { state: 'ready', building: { device: 'NVIDIA X', done: 0.5, phase: 'phase of later' } },
  );
  session.engine = { ...session.engine!, name: 'tensorrt' };
  session.choice = ['better'];
  session.onBackground?.({ notice: 'The engine for NVIDIA X is built.' });
  await until(() => last().notice !== undefined, 'built');
  assert.equal(last().building, undefined);
  assert.equal(last().engine?.name, 'tensorrt');
  assert.deepEqual(service.info().choice, ['better']);
  assert.match(logs.join('\n'), /info: The engine for NVIDIA X is built\./);
});

test('new settings end a build at once; so does the end of the worker', async () => {
  const { service, workers, ask, last } = serviceWithFakes();
  await ask('who?');
  workers[0].session.onBackground?.(building(0));
  await until(() => last().building !== undefined, 'building');
  service.configure({ idleUnloadMinutes: 3 });
  await until(() => last().building !== undefined, 'still building');
  assert.equal(workers[0].session.stops, 0);
  service.configure({ engine: 'cpu' });
  await until(() => last().building === undefined, 'given up');
  assert.equal(workers[0].session.stops, 1);
  assert.equal(workers[0].terminated, false);
  await ask('who?');
  workers[1].session.onBackground?.(building(0));
  await until(() => last().building !== undefined, 'building again');
  await service.unload();
  await until(() => last().state === 'unloaded', 'unloaded');
  assert.equal(last().building, undefined);
});

test('new settings also end what has not been told yet, such as a library that is tried', async () => {
  const { service, workers, ask } = serviceWithFakes();
  await ask('who?');
  service.configure({ engine: 'cpu' });
  await until(() => workers[0].session.stops === 1, 'told to stop');
});

test('a sidecar with a background build is not idle', async () => {
  const { service, workers, ask, last } = serviceWithFakes();
  service.configure({ idleUnloadMinutes: 0.001 });
  await ask('who?');
  workers[0].session.onBackground?.(building(0));
  await until(() => last().building !== undefined, 'building');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(workers[0].terminated, false);
  workers[0].session.onBackground?.({ notice: 'done' });
  await until(() => workers[0].terminated, 'freed');
});

test('close fails pending questions', async () => {
  const { service, workers, ask } = serviceWithFakes();
  const running = ask('slow one');
  const waiting = ask('fast one');
  await until(() => workers[0]?.session.asked.length === 1, 'it runs');
  const ends = [assert.rejects(running, { code: 'Cancelled' }), assert.rejects(waiting, { code: 'Cancelled' })];
  assert.equal(await service.close(END_MS), true);
  await Promise.all(ends);
  assert.equal(workers[0].terminated, true);
});

test('close does not end a worker in the middle of its work', async () => {
  const { service, workers, ask } = serviceWithFakes((session) => {
    session.deaf = true;
  });
  const running = ask('slow one');
  await until(() => workers[0]?.session.asked.length === 1, 'it runs');
  const end = assert.rejects(running, { code: 'Cancelled' });
  assert.equal(await service.close(20), false);
  assert.equal(service.busy, true);
  assert.equal(workers[0].terminated, false);
  workers[0].session.release();
  await end;
  await until(() => workers[0].terminated, 'it is ended');
});

/** A service over real threads that run `code`. */
function serviceOver(code: string, options: object = {}) {
  return new Service({
    version: '0',
    startWorker: () => new Worker(code, { eval: true, ...options }) as WorkerLike,
    onStatus: () => {},
    log: () => {},
  });
}

const onMessage = (body: string) => `require('node:worker_threads').parentPort.on('message', (m) => { ${body} });`;

test('a real thread that runs out of memory: OutOfMemory, and this process lives', async () => {
  const hungry = onMessage('const all = []; for (;;) all.push(new Array(1000).fill(m.id + all.length));');
  const service = serviceOver(hungry, { resourceLimits: { maxOldGenerationSizeMb: 16 } });
  await assert.rejects(service.ask({ text: 'x', question: 'who?' }), { code: 'OutOfMemory' });
  await service.close(END_MS);
});

test('a real thread that throws or exits: typed errors', async () => {
  const throwing = serviceOver(onMessage("throw new Error('thrown inside')"));
  await assert.rejects(throwing.ask({ text: 'x', question: 'who?' }), { code: 'Internal', message: /thrown inside/ });
  const exiting = serviceOver(onMessage('process.exit(7)'));
  await assert.rejects(exiting.ask({ text: 'x', question: 'who?' }), { code: 'EngineRun', message: /exit code 7/ });
  const unstartable = serviceOver('this is not JavaScript');
  await assert.rejects(unstartable.ask({ text: 'x', question: 'who?' }), { code: 'Internal' });
});

test('several questions at once go only to an engine that takes several', async () => {
  for (const [concurrency, begun] of [
    [1, 2],
    [2, 3],
  ]) {
    const { service, workers, ask } = serviceWithFakes((session) => {
      session.concurrency = concurrency;
    });
    await ask('the first tells what the engine is like');
    const open = ['slow a', 'slow b', 'slow c'].map((question, i) => ask(question, `editor ${i}`));
    const ends = open.map((question) => assert.rejects(question, { code: 'Cancelled' }));
    await until(() => workers[0].session.asked.length === begun, 'they have begun');
    for (let n = 0; n < 5; n++) await turn();
    assert.deepEqual(
      workers[0].session.asked.slice(1).map(({ question }) => question),
      ['slow a', 'slow b', 'slow c'].slice(0, concurrency),
    );
    await service.close(END_MS);
    await Promise.all(ends);
  }
});
