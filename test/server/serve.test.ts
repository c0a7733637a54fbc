/** `ask-bert serve` as another editor meets it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { after, afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  AskManyMethod,
  AskMethod,
  type AskResult,
  ConfigureMethod,
  ErrorCodes,
  ExtractMethod,
  type Info,
  InfoMethod,
  StatusMethod,
} from '../../server/protocol.js';
import { CommandLines } from './command-lines.js';
import { until } from './fake-worker.js';
import { RawClient } from './raw-client.js';
import { assertEnds, longText, tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-serve-'));
after(() => rmSync(folder, { recursive: true }));

const windows = process.platform === 'win32';
let pipes = 0;
const pipeName = () =>
  windows ? `\\\\.\\pipe\\ask-bert-${process.pid}-${++pipes}` : path.join(folder, `${++pipes}.sock`);

interface Served {
  child: ChildProcess;
  err: string;
  exited: Promise<{ code: number | null; signal: string | null }>;
  client?: RawClient;
}
const started: ChildProcess[] = [];
const sockets: net.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const child of started.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
});

function serve(...args: string[]): Served {
  const command = [path.resolve('dist/cli.js'), 'serve', '--model', tinyModel, '--threads', '1', ...args];
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'pipe'] });
  started.push(child);
  const served: Served = {
    child,
    err: '',
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    served.err += text;
  });
  return served;
}

const talkTo = ({ child }: Served) => new RawClient(child.stdout as Readable, child.stdin as Writable);

/** Where it listens, once it does. */
async function listening(served: Served): Promise<string> {
  await until(() => /listening on (.*)\n/.test(served.err), 'it listens');
  return /listening on (.*)\n/.exec(served.err)![1];
}

function connect(where: string | net.TcpNetConnectOpts): { client: RawClient; socket: net.Socket } {
  const socket = typeof where === 'string' ? net.connect(where) : net.connect(where);
  sockets.push(socket);
  return { client: new RawClient(socket, socket), socket };
}

const question = { text: 'the king built a city', question: 'who built a city' };
const result = ({ result, error }: { result?: unknown; error?: unknown }): AskResult => {
  assert.equal(error, undefined);
  return result as AskResult;
};

test('--stdio: nothing but messages on standard output; the settings of the client come before the flags', async () => {
  const served = serve('--stdio');
  const client = talkTo(served);
  const early = await client.ask(AskMethod, question);
  assert.equal(early.error?.code, -32002);
  await client.initialize();
  assert.equal(result(await client.ask(AskMethod, question)).engine.model, 'tiny-f32');
  const modelPath = path.resolve('test/fixtures/models/tiny-int8');
  assert.equal((await client.ask(ConfigureMethod, { modelPath, threads: 1 })).result, null);
  assert.equal(result(await client.ask(AskMethod, question)).engine.model, 'tiny-int8');
  // What is left out then is that of the command line.
  await client.ask(ConfigureMethod, {});
  assert.equal(result(await client.ask(AskMethod, question)).engine.model, 'tiny-f32');
  assert.equal((await client.ask('shutdown')).result, null);
  client.send({ method: 'exit' });
  assert.deepEqual(await served.exited, { code: 0, signal: null });
  assert.equal(served.err, '');
});

for (const how of ['end', 'kill', 'SIGTERM', 'exit'] as const) {
  test(`--stdio: it ends with its client, in the middle of a question (${how})`, async () => {
    const served = serve();
    const client = talkTo(served);
    await client.initialize();
    client.send({ id: 'long', method: AskMethod, params: { ...question, text: longText, progressToken: 1 } });
    await client.message(
      ({ method, params }) => method === '$/progress' && /"engine"/.test(JSON.stringify(params)),
      'it reads',
    );
    if (how === 'SIGTERM') served.child.kill('SIGTERM');
    else if (how === 'exit') client.send({ method: 'exit' });
    else if (how === 'end') served.child.stdin?.end();
    else for (const stream of [served.child.stdin, served.child.stdout]) stream?.destroy();
    const { code, signal } = await served.exited;
    assert.ok(signal === null || signal === 'SIGKILL', `${signal}`);
    if (signal === null) assert.equal(code, how === 'exit' ? 1 : 0);
    assert.equal(served.err, '');
  });
}

test('--stdio: it ends when its client is killed, even if another process holds its input open', async () => {
  const script = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['inherit', 'pipe', 'inherit'], detached: true });
    console.log(child.pid);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: process.pid, capabilities: {} } });
    console.error(body);
    child.stdout.once('data', () => console.log('ready'));
  `;
  const command = [path.resolve('dist/cli.js'), 'serve', '--model', tinyModel];
  const parent = spawn(process.execPath, ['-e', script, ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
  started.push(parent);
  let out = '';
  let body = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  parent.stderr.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  await until(() => body.includes('\n'), 'the message is there');
  const message = body.trim();
  // This test holds the input, not the client.
  parent.stdin.write(`Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
  await until(() => out.includes('ready'), 'it is initialised');
  const pid = Number.parseInt(out, 10);
  parent.kill('SIGKILL');
  await assertEnds(pid);
});

test('--pipe: clients share one engine, do not disturb each other, and it ends with the last', async () => {
  const served = serve('--pipe', pipeName());
  const where = await listening(served);
  if (!windows) assert.equal(statSync(where).mode & 0o777, 0o600);
  const [a, b] = [connect(where), connect(where)];
  await a.client.initialize();
  await b.client.initialize({ modelPath: path.resolve('test/fixtures/models/tiny-int8') });
  await b.client.message(({ method }) => method === 'window/logMessage', 'it is told that its settings are not used');
  // The same source in both: neither supersedes the other.
  const answers = await Promise.all(
    [a, b, a, b].map(({ client }, i) =>
      client.ask(AskMethod, { ...question, source: i < 2 ? 'editor' : `other ${i}` }),
    ),
  );
  for (const answer of answers) assert.equal(result(answer).engine.model, 'tiny-f32');
  const info = (await a.client.ask(InfoMethod)).result as Info;
  assert.equal(info.questionsAnswered, 4);
  assert.equal(info.pid, served.child.pid);
  const refused = await a.client.ask(ConfigureMethod, { threads: 2 });
  assert.equal(refused.error?.code, ErrorCodes.BadRequest);
  assert.match(refused.error?.message ?? '', /^settings: found settings of one of several clients/);
  assert.match((await a.client.ask(ConfigureMethod, { threads: 'x' })).error?.message ?? '', /^threads: found "x"/);
  // One leaves in the middle of its question, the other is answered.
  a.client.send({ id: 'long', method: AskMethod, params: { ...question, text: longText, progressToken: 1 } });
  await a.client.message(
    ({ method, params }) => method === '$/progress' && /"engine"/.test(JSON.stringify(params)),
    'it reads',
  );
  const waiting = b.client.ask(AskMethod, question);
  a.socket.destroy();
  assert.ok(result(await waiting).answers.length > 0);
  // A file is read for every client that may open the socket.
  const file = path.join(folder, 'a.txt');
  writeFileSync(file, question.text);
  const read = await b.client.ask(AskMethod, { uri: pathToFileURL(file).href, question: 'who built a city' });
  assert.ok(result(read).answers.length > 0);
  // A client that comes later hears at once what the state is.
  const late = connect(where);
  await late.client.initialize();
  await late.client.message(
    ({ method, params }) => method === StatusMethod && (params as { state: string }).state === 'ready',
    'it hears of the state',
  );
  late.socket.end();
  assert.equal((await b.client.ask('shutdown')).result, null);
  b.client.send({ method: 'exit' });
  await until(() => b.client.closed, 'it hangs up');
  assert.deepEqual(await served.exited, { code: 0, signal: null });
  if (!windows) assert.equal(existsSync(where), false);
  assert.match(served.err, /^ask-bert: listening on .*\n$/);
});

test('--keep: one client after the other, until SIGTERM, which removes the socket', async () => {
  const served = serve('--pipe', pipeName(), '--keep');
  const where = await listening(served);
  for (let i = 0; i < 2; i++) {
    const { client, socket } = connect(where);
    await client.initialize();
    assert.ok(result(await client.ask(AskMethod, question)).answers.length > 0);
    socket.end();
    await until(() => client.closed, 'it has gone');
  }
  assert.equal(served.child.exitCode, null);
  const { client } = connect(where);
  await client.initialize();
  const pending = client.ask(AskMethod, { ...question, text: longText, progressToken: 1 });
  await client.message(
    ({ method, params }) => method === '$/progress' && /"engine"/.test(JSON.stringify(params)),
    'it reads',
  );
  served.child.kill('SIGTERM');
  const ended = await pending;
  assert.equal(ended.error?.code, ErrorCodes.Cancelled, JSON.stringify(ended).slice(0, 300));
  const { signal } = await served.exited;
  assert.ok(signal === null || signal === 'SIGKILL');
  if (!windows) assert.equal(existsSync(where), false);
});

test('--socket: texts are answered, files only on request; a client with another protocol is disconnected', async () => {
  const served = serve('--socket', '0', '--keep');
  const where = await listening(served);
  assert.match(where, /^127\.0\.0\.1:\d+$/);
  const port = Number(where.split(':')[1]);
  const { client } = connect({ port, host: '127.0.0.1' });
  await client.initialize();
  assert.ok(result(await client.ask(AskMethod, question)).answers.length > 0);
  const uri = pathToFileURL(path.resolve('package.json')).href;
  for (const [method, params] of [
    [AskMethod, { uri, question: 'q' }],
    [AskManyMethod, { question: 'q', documents: [{ uri: 'file:///a', text: 'a' }, { uri }] }],
    [ExtractMethod, { questions: [{ name: 'a', question: 'q' }], documents: [{ uri }] }],
  ] as const) {
    const { error } = await client.ask(method, params);
    assert.equal(error?.code, ErrorCodes.BadRequest, method);
    assert.match(error?.message ?? '', /found a file, which is not read over a port/);
  }
  for (const [noise, hostile] of [
    ['POST / HTTP/1.1\r\nHost: localhost\r\n\r\n', true],
    ['Content-Length: many\r\n\r\n{}', true],
    ['Content-Length: 5\r\n\r\n{"a":', true],
  ] as const) {
    const { client: stranger, socket } = connect({ port, host: '127.0.0.1' });
    socket.write(noise);
    // What a page would smuggle in behind it.
    stranger.send({ id: 1, method: 'initialize', params: { processId: null, capabilities: {} } });
    stranger.send({ id: 2, method: AskMethod, params: question });
    await until(() => stranger.closed, 'it hangs up');
    assert.equal(
      stranger.received.some(({ id }) => id === 2),
      !hostile,
      noise,
    );
  }
  assert.ok(result(await client.ask(AskMethod, question)).answers.length > 0);

  const taken = serve('--socket', String(port));
  assert.deepEqual(await taken.exited, { code: 2, signal: null });
  assert.match(taken.err, new RegExp(`^ask-bert: Port ${port} of 127\\.0\\.0\\.1 is in use\\. Name another port`));
  const withFiles = serve('--socket', '0', '--files');
  const other = connect({ port: Number((await listening(withFiles)).split(':')[1]), host: '127.0.0.1' });
  await other.client.initialize();
  assert.equal((await other.client.ask(AskMethod, { uri, question: 'q' })).error, undefined);
});

// Windows pipes are not files: nothing is left behind, and nothing else can be in their place.
if (!windows)
  test('anything in the way of a pipe is named; a socket left by a killed server is not in the way', {
    skip: windows && 'sockets are files elsewhere',
  }, async () => {
    const where = pipeName();
    const first = serve('--pipe', where, '--keep');
    await listening(first);
    const file = path.join(folder, 'file.txt');
    writeFileSync(file, 'not a socket');
    mkdirSync(path.join(folder, 'folder'));
    for (const [name, message] of [
      [where, /^ask-bert: Another server is listening on .*\.sock\. Name another one\.$/m],
      [file, /^ask-bert: .*file\.txt already exists and is not a socket\./m],
      [path.join(folder, 'folder'), /folder already exists and is not a socket/],
      [path.join(folder, 'none', 'a.sock'), /^ask-bert: The folder of .*a\.sock does not exist\. Create it first/m],
      [path.join(folder, 'a'.repeat(150)), /is \d+ bytes long; a socket path has at most 10\d\. Name one in a folder/],
    ] as const) {
      const served = serve('--pipe', name);
      assert.deepEqual(await served.exited, { code: 2, signal: null }, name);
      assert.match(served.err, message);
    }
    first.child.kill('SIGKILL');
    await first.exited;
    assert.equal(existsSync(where), true);
    const second = serve('--pipe', where);
    const { client } = connect(await listening(second));
    assert.ok((await client.initialize()).result);
  });

test('invalid flags are named', async (t) => {
  const lines = new CommandLines();
  t.after(() => lines.close());
  for (const [args, message] of [
    [['--pipe', 'a', '--socket', '1'], /mutually exclusive/],
    [['--stdio', '--pipe', 'a'], /mutually exclusive/],
    [['--socket', '70000'], /--socket: found 70000, expected an integer from 0 to 65535/],
    [['--socket', 'http'], /--socket: found NaN/],
    [['--pipe', ' '], /--pipe: found " ", expected the name of a pipe/],
    [['--what'], /[Uu]nknown argument/],
  ] as const) {
    const { code, err } = await lines.run(['serve', '--model', tinyModel, '--threads', '1', ...args]);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, message);
  }
  const served = serve('--engine', 'warp');
  assert.equal((await served.exited).code, 2);
  assert.match(served.err, /--engine: found "warp"/);
});
