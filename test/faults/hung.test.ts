/** A sidecar that hangs, answers too late, or answers something that is not an answer. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CancellationTokenSource } from 'vscode';
import { WorkerClient } from '../../server/sidecar/worker-client.js';
import {
  isAskManyProgress,
  isAskManyResult,
  isAskResult,
  isExtractProgress,
  isExtractResult,
} from '../../src/sidecar/result-check.js';
import { until } from '../server/fake-worker.js';
import { longText, runs } from '../server/sidecar-process.js';
import { Client, sleep, TEXT } from './client.js';
import { damagedJson } from './mutate.js';
import { Random } from './random.js';

const clients: Client[] = [];
after(async () => {
  for (const client of clients) await client.end();
  assert.deepEqual(clients.flatMap(({ pids }) => pids).filter(runs), []);
});

function start(options: ConstructorParameters<typeof Client>[0] = {}): Client {
  const client = new Client(options);
  clients.push(client);
  return client;
}

test('stopped during a question, 10 times: it is killed, and another one is asked', async () => {
  const random = new Random('hung');
  const client = start({ pulseMs: 200 });
  const expected = (await client.ask()).result!.answers;
  for (let round = 0; round < 10; round++) {
    const pid = client.pid!;
    const stage = random.pick(['tokenize', 'engine']);
    let stopped = false;
    const { result, code, messages } = await client.ask({ text: TEXT }, (progress) => {
      if (stopped || progress.stage !== stage || client.pid !== pid) return;
      stopped = true;
      process.kill(pid, 'SIGSTOP');
    });
    if (result) assert.deepEqual(result.answers, expected);
    else {
      // Four times within minutes are forgiven.
      assert.equal(code, 'Crashed');
      assert.match(messages.join(), /crashed \d+ times/);
      await client.sidecar.restart();
    }
    if (!result || client.pid !== pid) await until(() => !runs(pid), `round ${round}: ${pid} has ended`);
  }
  assert.ok(client.log.some((line) => /does not react/.test(line)));
});

test('a worker thread in an endless loop: after a cancel it is ended, and the next call gets another one', async () => {
  let started = 0;
  const answering =
    "const { parentPort } = require('node:worker_threads'); parentPort.on('message', ({ id }) => parentPort.postMessage({ type: 'done', id, result: null, loaded: { model: null, engine: null, choice: [] } }));";
  const lost: string[] = [];
  const worker = new WorkerClient(
    () => new Worker(started++ === 0 ? 'for (;;);' : answering, { eval: true }),
    { onLost: ({ code }) => lost.push(code) },
    300,
  );
  const cancel = new AbortController();
  const call = worker.call({ type: 'prepare' }, cancel.signal);
  await sleep(100);
  cancel.abort();
  await assert.rejects(call, { code: 'EngineRun', message: /did not stop in time/ });
  assert.equal(await worker.call({ type: 'prepare' }), null);
  assert.equal(started, 2);
  assert.deepEqual(lost, ['EngineRun']);
  await worker.stop();
});

test('work that takes long is not a hang', async () => {
  const pulseMs = 500;
  const client = start({ pulseMs });
  assert.ok((await client.ask()).result);
  const cancel = new CancellationTokenSource();
  const began = performance.now();
  const { code, messages } = await client.ask(
    // Far more than any machine reads in that time.
    { text: longText.repeat(8) },
    () => {
      // Longer than a sidecar may be silent.
      if (performance.now() - began > 8 * pulseMs) cancel.cancel();
    },
    cancel,
  );
  assert.equal(code, 'Cancelled', messages.join());
  assert.equal(client.pids.length, 1);
});

test('an answer that arrives after the cancel changes nothing', async () => {
  const client = start();
  const expected = (await client.ask()).result!.answers;
  for (let round = 0; round < 20; round++) {
    const cancel = new CancellationTokenSource();
    process.kill(client.pid!, 'SIGSTOP');
    const asking = client.ask({ question: 'who built the sea' }, undefined, cancel);
    await sleep(5);
    cancel.cancel();
    // It stands still, so a user who had to wait for it would wait for ever.
    const { code, messages } = await asking;
    assert.equal(code, 'Cancelled');
    assert.deepEqual(messages, []);
    process.kill(client.pid!, 'SIGCONT');
    assert.deepEqual((await client.ask()).result?.answers, expected);
  }
  assert.equal(client.pids.length, 1);
});

test('a faulty sidecar: damaged results, noise, crashes', async () => {
  const client = start({ module: path.join(__dirname, 'fake-sidecar.js') });
  const garbage = await client.ask({ question: 'garbage' });
  assert.equal(garbage.code, 'Internal');
  assert.match(garbage.messages.join(), /not an answer/);
  assert.equal((await client.ask({ question: 'noise king' })).result?.answers[0].text, 'king');
  const crash = await client.ask({ question: 'crash' });
  assert.equal(crash.code, 'Crashed');
  assert.match(crash.messages.join(), /exit code 7/);
  assert.equal((await client.ask({ question: 'find king' })).result?.answers[0].text, 'king');
});

test('2,000 damaged results: damage is recognised, and results that pass can be shown', async () => {
  const random = new Random('results');
  const { result } = await start().ask();
  const answer = result!.answers[0];
  const placed = { ...answer, uri: 'a:b', also: [{ ...answer, uri: 'a:c' }] };
  const many = {
    ...result,
    answers: [placed],
    read: { documents: 1, ofDocuments: 1, characters: 1, ofCharacters: 1, ranked: false },
    skipped: [{ uri: 'a:d', reason: 'binary', message: 'm' }],
  };
  const row = { uri: 'a:b', cells: [answer, null] };
  const kinds: [unknown, (value: unknown) => boolean][] = [
    [result, isAskResult],
    [many, isAskManyResult],
    [{ stage: 'documents', done: 1, total: 2, skipped: 0, answers: [placed] }, isAskManyProgress],
    [{ rows: [row], skipped: [], engine: result!.engine }, (value) => isExtractResult(value, 2)],
    [{ stage: 'rows', done: 1, total: 2, row }, (value) => isExtractProgress(value, 2)],
  ];
  let refused = 0;
  for (let i = 0; i < 2000; i++) {
    const [whole, is] = kinds[i % kinds.length];
    if (i < kinds.length) assert.ok(is(whole), `kind ${i}`);
    const { value } = damagedJson(whole, random);
    if (!is(value)) refused++;
    else if (is === isAskResult) {
      for (const { start, end, text, probability } of (value as typeof result)!.answers) {
        assert.ok(Number.isInteger(start) && end > start && typeof text === 'string' && Number.isFinite(probability));
      }
    }
  }
  console.log(`# hung: 2000 damaged results, ${refused} refused`);
});
