/** dist/sidecar.js as a client meets it, over Node's IPC channel. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import {
  AskMethod,
  type AskProgress,
  type AskResult,
  ConfigureMethod,
  ErrorCodes,
  type Info,
  InfoMethod,
  PrepareMethod,
  UnloadMethod,
} from '../../server/protocol.js';
import { until } from './fake-worker.js';
import { RawClient } from './raw-client.js';
import { assertEnds, longText, runs, SidecarProcess, sidecarModule, tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-sidecar-'));
after(() => rmSync(folder, { recursive: true }));

const started: SidecarProcess[] = [];
afterEach(async () => {
  for (const sidecar of started.splice(0)) await sidecar.kill();
});

async function start(settings?: Parameters<typeof SidecarProcess.start>[0]): Promise<SidecarProcess> {
  const sidecar = await SidecarProcess.start(settings);
  started.push(sidecar);
  return sidecar;
}

let usual: Promise<SidecarProcess> | undefined;
after(async () => (await usual)?.kill());
/** One for all tests that find a sidecar as others left it. */
function running(): Promise<SidecarProcess> {
  usual ??= SidecarProcess.start();
  return usual;
}

test('a question about a text: exact spans, lines and columns, state and info', async () => {
  const sidecar = await start();
  const text = 'one line\r\nthe king built a city in the year 3\r\n';
  const before: Info = await sidecar.connection.sendRequest(InfoMethod);
  assert.equal(before.model, null);
  const result = await sidecar.ask({ text, options: { topK: 3 } });
  assert.equal(result.question, 'who built a city');
  assert.ok(result.answers.length > 0 && result.answers.length <= 3);
  for (const answer of result.answers) {
    assert.equal(answer.text, text.slice(answer.start, answer.end));
    const lineStart = answer.line === 0 ? 0 : 10;
    assert.equal(answer.start, lineStart + answer.character);
  }
  assert.equal(result.engine.precision, 'fp32');
  assert.equal(result.timing.windows, 1);
  const info: Info = await sidecar.connection.sendRequest(InfoMethod);
  assert.equal(info.model?.folder, tinyModel);
  assert.equal(info.pid, sidecar.child.pid);
  assert.equal(info.questionsAnswered, 1);
  assert.deepEqual(
    sidecar.statuses.map(({ state }) => state),
    ['loading', 'busy', 'ready'],
  );
  assert.equal(sidecar.output, '');
});

test('a question about a file and a range of it; offsets count from the beginning of the decoded text', async () => {
  const sidecar = await running();
  const text = 'Grüße 𝄞 und so weiter.\r\nthe king built a city in the year 3\r\n';
  const file = path.join(folder, 'utf 16 ä.txt');
  writeFileSync(file, Buffer.from(`\ufeff${text}`, 'utf16le'));
  const start_ = text.indexOf('the king');
  const uri = pathToFileURL(file).href;
  const result = await sidecar.ask({ text: undefined, uri, range: { start: start_, end: text.length } });
  assert.ok(result.answers.length > 0);
  for (const answer of result.answers) {
    assert.ok(answer.start >= start_);
    assert.equal(answer.text, text.slice(answer.start, answer.end));
    assert.equal(answer.line, 1);
  }
  const missing = pathToFileURL(path.join(folder, 'missing.txt')).href;
  await assert.rejects(sidecar.ask({ text: undefined, uri: missing }), {
    code: ErrorCodes.InputUnreadable,
    message: /missing\.txt: there is no such file/,
  });
  await assert.rejects(sidecar.ask({ text: undefined, uri, range: { start: 0, end: 1000 } }), {
    code: ErrorCodes.BadRequest,
    message: /^range\.end: found 1000/,
  });
});

test('a pipe given by its URI is refused at once, and the next question is answered', {
  skip: process.platform === 'win32',
}, async () => {
  const sidecar = await running();
  const pipe = path.join(folder, 'pipe.txt');
  execFileSync('mkfifo', [pipe]);
  for (const [file, told] of [
    [pipe, /pipe\.txt cannot be read: it is a pipe, not a regular file/],
    ['/dev/zero', /zero cannot be read: it is a device, not a regular file/],
    [folder, /is a folder, expected a file/],
  ] as const) {
    const uri = pathToFileURL(file).href;
    await assert.rejects(sidecar.ask({ text: undefined, uri }), { code: ErrorCodes.InputUnreadable, message: told });
  }
  assert.ok((await sidecar.ask({ text: 'the king built a city in the year 3' })).answers.length > 0);
});

test('a second question about the same text, and one after an edit, find the same as a new sidecar', async () => {
  const sidecar = await running();
  const text = 'the king built a city in the year 3. '.repeat(200);
  const edited = `${text.slice(0, 4000)}red ${text.slice(4000)}`;
  const about = { source: 'file:///a.txt', languageId: 'plaintext', fileName: '/a.txt' };
  await sidecar.ask({ ...about, text, question: 'what was red' });
  const second = await sidecar.ask({ ...about, text });
  const third = await sidecar.ask({ ...about, text: edited });
  const fresh = await start();
  const { languageId } = about;
  assert.deepEqual(third.answers, (await fresh.ask({ languageId, text: edited })).answers);
  assert.deepEqual(second.answers, (await fresh.ask({ languageId, text })).answers);
});

test('invalid parameters of every request are BadRequest with the field', async () => {
  const sidecar = await running();
  const wrong: [string, unknown, RegExp][] = [
    [AskMethod, undefined, /^params: found null/],
    [AskMethod, {}, /^text, uri: found neither/],
    [AskMethod, { text: 'x', uri: 'file:///x', question: 'q' }, /^text, uri: found both/],
    [AskMethod, { text: 1, question: 'q' }, /^text: found 1/],
    [AskMethod, { uri: 'untitled:1', question: 'q' }, /^uri: found the scheme/],
    [AskMethod, { text: 'x' }, /^question: found nothing/],
    [AskMethod, { text: 'x', question: ' ' }, /^question: found only white space/],
    [AskMethod, { text: 'x', question: 'q', source: {} }, /^source: found an object/],
    [AskMethod, { text: 'x', question: 'q', range: { start: 0, end: 2 } }, /^range\.end: found 2/],
    [AskMethod, { text: 'x', question: 'q', options: { topK: 99 } }, /^options\.topK: found 99/],
    [AskMethod, { text: 'x', question: 'q', options: { docStride: 63 } }, /stride/i],
    [
      AskMethod,
      { text: 'x', question: 'q', options: { maxAnswerLength: 1.5 } },
      /^options\.maxAnswerLength: found 1\.5/,
    ],
    [
      AskMethod,
      { text: 'x', question: 'q', options: { noAnswerThreshold: '0' } },
      /^options\.noAnswerThreshold: found "0"/,
    ],
    [AskMethod, { text: 'x', question: 'q', progressToken: true }, /^progressToken: found true/],
    [PrepareMethod, { progressToken: [] }, /^progressToken: found an array/],
    [ConfigureMethod, { engine: 'warp' }, /^engine: found "warp"/],
    [ConfigureMethod, 5, /./],
  ];
  for (const [method, params, message] of wrong) {
    await assert.rejects(
      sidecar.connection.sendRequest(method, params),
      (error: { code: number; message: string; data: { code: string } }) => {
        assert.equal(error.code, ErrorCodes.BadRequest, `${method} ${JSON.stringify(params)}: ${error.message}`);
        assert.equal(error.data.code, 'BadRequest');
        assert.match(error.message, message);
        return true;
      },
    );
  }
  assert.ok((await sidecar.ask({})).answers.length > 0);
});

test('progress is sent with its token, and a cancel stops reading a long text', async () => {
  const sidecar = await start();
  const source = new CancellationTokenSource();
  const seen: AskProgress[] = [];
  const working = sidecar.working('p1', seen);
  const params = { text: longText, question: 'who built a city', progressToken: 'p1' };
  const question = sidecar.connection.sendRequest<AskResult>(AskMethod, params, source.token);
  const end = assert.rejects(question, { code: ErrorCodes.Cancelled });
  await working;
  source.cancel();
  await end;
  const last = seen[seen.length - 1];
  assert.ok(last.done < last.total / 2, `${last.done} of ${last.total} windows were read all the same`);
  assert.equal(seen[0].stage, 'load');
  assert.ok(seen.some(({ stage }) => stage === 'tokenize'));
  assert.ok((await sidecar.ask({})).answers.length > 0);
});

test('a newer question of the same source replaces the older ones', async () => {
  const sidecar = await running();
  const working = sidecar.working('p1');
  const old = assert.rejects(sidecar.ask({ text: longText, source: 'editor', progressToken: 'p1' }), {
    code: ErrorCodes.Superseded,
  });
  await working;
  const waiting = assert.rejects(sidecar.ask({ text: longText, source: 'editor' }), { code: ErrorCodes.Superseded });
  const newest = await sidecar.ask({ source: 'editor' });
  assert.ok(newest.answers.length > 0);
  await Promise.all([old, waiting]);
});

test('questions of different sources are answered one after the other', async () => {
  const sidecar = await running();
  const texts = ['the king', 'the queen of a river', 'a city'];
  const results = await Promise.all(texts.map((text, i) => sidecar.ask({ text, source: `editor ${i}` })));
  for (const [i, { answers }] of results.entries()) {
    for (const answer of answers) assert.equal(answer.text, texts[i].slice(answer.start, answer.end));
  }
});

test('prepare loads, unload frees, the next question loads again', async () => {
  const sidecar = await start();
  const prepared: Info = await sidecar.connection.sendRequest(PrepareMethod, {});
  assert.equal(prepared.engine?.name, 'cpu');
  assert.equal(await sidecar.connection.sendRequest(UnloadMethod), null);
  const info: Info = await sidecar.connection.sendRequest(InfoMethod);
  assert.equal(info.engine, null);
  assert.equal(sidecar.statuses[sidecar.statuses.length - 1].state, 'unloaded');
  for (let i = 0; i < 3; i++) {
    assert.ok((await sidecar.ask({})).answers.length > 0);
    await sidecar.connection.sendRequest(UnloadMethod);
  }
});

test('unload gives memory back', async () => {
  const sidecar = await start({ modelPath: path.resolve('models/default'), precision: 'fp32' });
  await sidecar.ask({});
  const loaded: Info = await sidecar.connection.sendRequest(InfoMethod);
  await sidecar.connection.sendRequest(UnloadMethod);
  const unloaded: Info = await sidecar.connection.sendRequest(InfoMethod);
  const megabytes = (loaded.residentBytes - unloaded.residentBytes) / 1e6;
  // Its own memory is some 90 MB, besides the mapped weights; how much goes back depends on the system's allocator.
  assert.ok(megabytes > 20, `only ${megabytes} MB`);
});

test('settings can change while it runs, as a request or as a notification', async () => {
  const sidecar = await start();
  assert.equal((await sidecar.ask({})).engine.model, 'tiny-f32');
  const int8 = path.resolve('test/fixtures/models/tiny-int8');
  await sidecar.connection.sendRequest(ConfigureMethod, { modelPath: int8, threads: 1 });
  assert.equal((await sidecar.ask({})).engine.model, 'tiny-int8');
  await sidecar.connection.sendNotification(ConfigureMethod, { modelPath: tinyModel, threads: 1 });
  assert.equal((await sidecar.ask({})).engine.model, 'tiny-f32');
  await sidecar.connection.sendNotification(ConfigureMethod, { threads: 'many' });
  await until(() => sidecar.logs.some((log) => /threads: found "many"/.test(log)), 'it is logged');
});

test('a wrong model folder: ModelInvalid, an error state, and a right one works afterwards', async () => {
  const sidecar = await start({ modelPath: folder });
  await assert.rejects(sidecar.ask({}), (error: { code: number; data: { remedy?: string } }) => {
    assert.equal(error.code, ErrorCodes.ModelInvalid);
    assert.ok(error.data.remedy);
    return true;
  });
  const last = sidecar.statuses[sidecar.statuses.length - 1];
  assert.equal(last.state, 'error');
  assert.ok(last.message?.includes(folder));
  await sidecar.connection.sendRequest(ConfigureMethod, { modelPath: tinyModel });
  assert.ok((await sidecar.ask({})).answers.length > 0);
});

test('invalid settings at initialize are refused by name; valid ones may follow', async () => {
  const sidecar = await start(null);
  await assert.rejects(sidecar.ask({}), { code: -32002 });
  await assert.rejects(sidecar.initialize({ precision: 'best' }), {
    code: ErrorCodes.BadRequest,
    message: /^precision: found "best"/,
  });
  await sidecar.initialize({ modelPath: tinyModel });
  assert.ok((await sidecar.ask({})).answers.length > 0);
});

test('invalid messages are answered with errors or logged, and never end the sidecar', async () => {
  const sidecar = await start();
  const garbage: unknown[] = [
    'text',
    17,
    [],
    {},
    { jsonrpc: '2.0' },
    { jsonrpc: '2.0', id: null, method: AskMethod },
    { jsonrpc: '2.0', method: '$/cancelRequest' },
    { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 12345 } },
    { jsonrpc: '2.0', method: 'no/such/notification', params: [1, 2] },
    { jsonrpc: '2.0', id: 999, result: 'of nothing' },
    { jsonrpc: '2.0', method: ConfigureMethod, params: 'x' },
  ];
  for (const message of garbage) sidecar.child.send(message as object);
  await assert.rejects(sidecar.connection.sendRequest('no/such/method', {}), { code: -32601 });
  await assert.rejects(sidecar.connection.sendRequest(AskMethod, 'positional', 5), { code: ErrorCodes.BadRequest });
  await assert.rejects(sidecar.connection.sendRequest(AskMethod, null), { code: ErrorCodes.BadRequest });
  assert.ok((await sidecar.ask({})).answers.length > 0);
  assert.equal(sidecar.output, '');
});

test('shutdown while it works, then exit: ends with code 0', async () => {
  const sidecar = await start();
  const working = sidecar.working('p1');
  const question = assert.rejects(sidecar.ask({ text: longText, progressToken: 'p1' }), { code: ErrorCodes.Cancelled });
  await working;
  assert.equal(await sidecar.connection.sendRequest('shutdown'), null);
  await question;
  await assert.rejects(sidecar.ask({}), { code: -32600 });
  await sidecar.connection.sendNotification('exit');
  assert.deepEqual(await sidecar.exited, { code: 0, signal: null });
});

for (const how of ['shutdown', 'exit', 'disconnect'] as const) {
  test(`${how} while the engine is in native code ends without a crash`, async () => {
    const sidecar = await start({ modelPath: path.resolve('models/default'), precision: 'fp32' });
    const working = sidecar.working('p1');
    // A tenth of it keeps this model busy for seconds, too.
    sidecar.ask({ text: longText.slice(0, longText.length / 10), progressToken: 'p1' }).catch(() => {});
    await working;
    if (how === 'shutdown') await sidecar.connection.sendRequest('shutdown');
    if (how === 'disconnect') sidecar.child.disconnect();
    else await sidecar.connection.sendNotification('exit');
    const { signal } = await sidecar.exited;
    // Killed by itself, when the batch did not end in time, but never aborted.
    assert.ok(signal === null || signal === 'SIGKILL', `${signal}`);
    assert.equal(sidecar.output, '');
  });
}

test('exit without shutdown ends with code 1', async () => {
  const sidecar = await start();
  await sidecar.connection.sendNotification('exit');
  assert.deepEqual(await sidecar.exited, { code: 1, signal: null });
});

test('it ends when its channel closes', async () => {
  const sidecar = await start();
  sidecar.child.disconnect();
  await sidecar.exited;
});

/** A parent that forks the sidecar, asks about `text`, and tells the sidecar's process id once it works. */
const PARENT = `
  const { fork } = require('node:child_process');
  const [module, modelPath, words] = process.argv.slice(1);
  const child = fork(module, { stdio: 'inherit' });
  const send = (message) => child.send({ jsonrpc: '2.0', ...message });
  child.on('message', ({ id, method, params }) => {
    if (id === 1) {
      if (words === '0') return process.stdout.write(child.pid + '\\n');
      const text = 'the king built a city. '.repeat(Number(words));
      send({ id: 2, method: 'askBert/ask', params: { text, question: 'who built a city', progressToken: 't' } });
    }
    if (method === '$/progress' && params.value.stage === 'engine') process.stdout.write(child.pid + '\\n');
  });
  const initializationOptions = { modelPath, threads: 1 };
  send({ id: 1, method: 'initialize', params: { processId: process.pid, capabilities: {}, initializationOptions } });
`;

for (const [state, words] of [
  ['idle', 0],
  ['busy', 50_000],
] as const) {
  test(`it ends when its parent is killed (${state})`, async () => {
    const parent = spawn(process.execPath, ['-e', PARENT, sidecarModule, tinyModel, String(words)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    parent.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await until(() => output.includes('\n'), 'the sidecar works');
    const pid = Number.parseInt(output, 10);
    assert.ok(runs(pid));
    parent.kill('SIGKILL');
    await assertEnds(pid);
  });
}

test('over --stdio nothing but messages is on standard output, and it ends with its input', async () => {
  const child = spawn(process.execPath, [sidecarModule, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const client = new RawClient(child.stdout, child.stdin);
  await client.initialize({ modelPath: tinyModel });
  const { result } = await client.ask(AskMethod, { text: 'the king built a city', question: 'who built a city' });
  assert.ok((result as AskResult).answers.length > 0);
  child.stdin.end();
  await exited;
});

test('started by hand, it says what it is', async () => {
  const child = spawn(process.execPath, [sidecarModule], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 2);
  assert.match(said, /language server/);
});
