/** `ask-bert mcp` and a client that does not keep to the protocol, or asks for too much. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { after, afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { MAX_CALLS } from '../../server/mcp/calls.js';
import { MAX_MESSAGE_BYTES } from '../../server/mcp/stdio.js';
import { Random } from '../faults/random.js';
import { CommandLines } from './command-lines.js';
import { until } from './fake-worker.js';
import { longText, tinyModel } from './sidecar-process.js';

const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ask-bert-mcp-hostile-')));
const lines = new CommandLines();
after(() => {
  lines.close();
  rmSync(folder, { recursive: true });
});
writeFileSync(path.join(folder, 'city.txt'), 'the king built a city\n');

interface Message {
  jsonrpc: '2.0';
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: { isError?: boolean; content?: { text: string }[]; tools?: unknown[] };
  error?: { code: number; message: string };
}

const started: Raw[] = [];
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
});

/** A client that sends whatever it wants. */
class Raw {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly received: Message[] = [];
  err = '';
  readonly exited: Promise<number | null>;
  #rest = '';

  constructor(args: string[] = []) {
    const model = args.includes('--model') ? [] : ['--model', tinyModel];
    const command = [path.resolve('dist/cli.js'), 'mcp', '--threads', '1', ...model, ...args];
    this.child = spawn(process.execPath, command, { stdio: 'pipe', cwd: folder });
    started.push(this);
    this.exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.on('error', () => {});
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const all = (this.#rest + text).split('\n');
      this.#rest = all.pop()!;
      // Nothing but messages is on standard output.
      for (const line of all) this.received.push(JSON.parse(line));
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
  }

  line(line: string | Uint8Array): void {
    this.child.stdin.write(line);
    this.child.stdin.write('\n');
  }

  send(message: object): void {
    this.line(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  call(id: number | string, name: string, input: object, meta?: object): void {
    const params = { name, arguments: input, ...(meta ? { _meta: meta } : {}) };
    this.send({ id, method: 'tools/call', params });
  }

  async message(is: (message: Message) => boolean, what: string): Promise<Message> {
    await until(() => this.received.some(is), what);
    return this.received.find(is)!;
  }

  answer(id: number | string): Promise<Message> {
    return this.message((each) => each.id === id && each.method === undefined, `${id} is answered`);
  }

  /** @param capabilities of the client */
  async initialize(capabilities: object = {}): Promise<this> {
    const params = { protocolVersion: '2025-06-18', capabilities, clientInfo: { name: 'raw', version: '1' } };
    this.send({ id: 'init', method: 'initialize', params });
    await this.answer('init');
    this.send({ method: 'notifications/initialized' });
    return this;
  }

  /** It answers what comes after. */
  async works(): Promise<void> {
    const id = `works ${this.received.length}`;
    this.call(id, 'answer', { question: 'who built a city', text: 'the king built a city' });
    const { result, error } = await this.answer(id);
    assert.equal(error, undefined);
    assert.ok(!result?.isError && result?.content?.[0].text.includes('noAnswerProbability'), JSON.stringify(result));
  }
}

const textOf = ({ result }: Message): string => result?.content?.[0].text ?? '';

test('what is not a message is answered, and the next one is read', async () => {
  const raw = await new Raw().initialize();
  const wrong: [string | Uint8Array, number, RegExp][] = [
    ['{"jsonrpc":', -32700, /^Parse error/],
    ['nonsense', -32700, /^Parse error/],
    [Buffer.from([0xff, 0xfe, 0, 1, 0x80]), -32700, /^Parse error/],
    ['['.repeat(1_000_000), -32700, /^Parse error/],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, /batches are not part of MCP/],
    ['"text"', -32600, /expected an object/],
    ['null', -32600, /expected an object/],
    ['{"jsonrpc":"1.0","id":"one","method":"ping"}', -32600, /"jsonrpc": "2\.0"/],
    ['{"jsonrpc":"2.0","id":"two","method":7}', -32600, /"method"/],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, /"id"/],
  ];
  for (const [line, code, message] of wrong) {
    const before = raw.received.length;
    raw.line(line);
    await until(() => raw.received.length > before, `${String(line).slice(0, 40)} is answered`);
    const { error, id } = raw.received[before];
    assert.equal(error?.code, code);
    assert.match(error.message, message);
    assert.ok(error.message.length < 400);
    assert.equal(id, /"id":"(\w+)"/.exec(String(line))?.[1]);
  }
  raw.line('');
  raw.line('{"jsonrpc":"2.0","id":99,"result":{}}');
  raw.line(
    `{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":{"name":"answer","arguments":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`,
  );
  assert.ok((await raw.answer('deep')).result?.isError);
  await raw.works();
});

test('methods and parameters that do not exist are refused by name', async () => {
  const raw = await new Raw().initialize();
  const wrong: [object, number][] = [
    [{ method: 'resources/read', params: { uri: 'file:///etc/passwd' } }, -32601],
    [{ method: 'tools/call' }, -32603],
    [{ method: 'tools/call', params: { name: 7 } }, -32603],
    [{ method: 'tools/call', params: { name: 'constructor' } }, -32602],
    [{ method: 'tools/call', params: { name: 'answer', arguments: [] } }, -32603],
  ];
  for (const [i, [message, code]] of wrong.entries()) {
    raw.send({ id: i, ...message });
    const { error } = await raw.answer(i);
    assert.ok(error && [code, -32602].includes(error.code), JSON.stringify(error));
  }
  raw.send({ method: 'notifications/cancelled', params: { requestId: 'unknown' } });
  raw.send({ method: 'notifications/nothing' });
  await raw.works();
});

test('a message that is too long is dropped while it arrives, and its sender is told', async () => {
  const raw = await new Raw().initialize();
  const text = 'x'.repeat(MAX_MESSAGE_BYTES);
  // As libraries write it, the id last or first.
  const params = { name: 'answer', arguments: { question: 'who', text } };
  raw.line(JSON.stringify({ method: 'tools/call', params, jsonrpc: '2.0', id: 'last' }));
  raw.line(JSON.stringify({ jsonrpc: '2.0', id: 12, method: 'tools/call', params }));
  for (const id of ['last', 12]) {
    const { error } = await raw.answer(id);
    assert.equal(error?.code, -32600);
    assert.match(error.message, /expected at most 10485760\. Put the text into a file/);
  }
  raw.line(`{"a":"${text}"}`);
  await raw.message(({ id, error }) => id === undefined && error?.code === -32600, 'it is told without an id');
  await raw.works();
});

test('a flood of calls: as many as may wait are answered, the others are refused at once', async () => {
  const raw = await new Raw().initialize({ roots: {} });
  const calls = 5 * MAX_CALLS;
  for (let i = 0; i < calls; i++) raw.call(i, 'answer', { question: 'who built a city', filePath: 'city.txt' });
  // None of them can begin before the client has said its roots.
  const asked = await raw.message(({ method }) => method === 'roots/list', 'it asks for the roots');
  await until(
    () => raw.received.filter(({ result }) => result?.isError).length === calls - MAX_CALLS,
    'they are refused',
  );
  for (const message of raw.received.filter(({ result }) => result?.isError)) {
    assert.match(textOf(message), /^BadRequest: 32 calls run or wait/);
  }
  assert.equal(raw.received.filter(({ method }) => method === 'roots/list').length, 1);
  raw.send({ id: asked.id, result: { roots: [{ uri: pathToFileURL(folder).href }] } });
  for (let i = 0; i < calls; i++) await raw.answer(i);
  const answered = raw.received.filter(({ result }) => result?.content && !result.isError);
  assert.equal(answered.length, MAX_CALLS);
  await raw.works();
});

test('a flood of other messages leaves it as it was', async () => {
  const raw = await new Raw().initialize({ roots: {} });
  for (let i = 0; i < 3000; i++) {
    raw.send({ id: `ping ${i}`, method: 'ping' });
    raw.send({ id: `list ${i}`, method: 'tools/list' });
    raw.send({ method: 'notifications/roots/list_changed' });
    raw.send({ method: 'notifications/cancelled', params: { requestId: i } });
    raw.line('{');
  }
  await raw.answer('list 2999');
  await raw.works();
  // Roots are asked for when they are needed, not when they change.
  assert.ok(!raw.received.some(({ method }) => method === 'roots/list'));
  assert.ok(raw.err.length < 100_000);
});

test('calls that wait can be cancelled, and leave room for others', async () => {
  const raw = await new Raw().initialize({ roots: {} });
  for (let i = 0; i < MAX_CALLS; i++) raw.call(i, 'answer_folder', { question: 'who built a city' });
  const asked = await raw.message(({ method }) => method === 'roots/list', 'it asks for the roots');
  // The first one is being worked on.
  for (let i = 1; i < MAX_CALLS; i++) raw.send({ method: 'notifications/cancelled', params: { requestId: i } });
  await raw.works();
  raw.send({ id: asked.id, result: { roots: [{ uri: pathToFileURL(folder).href }] } });
  assert.ok(!(await raw.answer(0)).result?.isError);
  // A call that was cancelled gets no answer.
  assert.ok(!raw.received.some(({ id, method }) => typeof id === 'number' && id > 0 && method === undefined));
});

test('a client that answers the roots with nonsense gets answers from texts alone', async () => {
  const answers = [
    { result: {} },
    { result: { roots: 7 } },
    { result: { roots: [null, { uri: 7 }] } },
    { error: { code: 1, message: 'no' } },
  ];
  for (const answer of answers) {
    const raw = await new Raw().initialize({ roots: {} });
    raw.call(1, 'answer_folder', { question: 'who built a city' });
    const asked = await raw.message(({ method }) => method === 'roots/list', 'it asks for the roots');
    raw.send({ id: asked.id, ...answer });
    assert.match(textOf(await raw.answer(1)), /^BadRequest: (No folder may be read|The client did not say which)/);
    await raw.works();
    raw.child.kill('SIGKILL');
  }
});

test('the end of the input, and a signal, end it in order with code 0', async () => {
  const idle = await new Raw().initialize();
  idle.child.stdin.end();
  assert.equal(await idle.exited, 0);
  const busy = await new Raw().initialize();
  busy.call(1, 'answer', { question: 'who', text: longText }, { progressToken: 'p' });
  await busy.message(({ method }) => method === 'notifications/progress', 'it reads');
  if (process.platform === 'win32') busy.child.stdin.end();
  else busy.child.kill('SIGTERM');
  const code = await busy.exited;
  // A batch that is still computed is ended with the process.
  assert.ok(code === 0 || code === null);
  assert.equal(busy.err, '');
});

test('random bytes and damaged messages never end it', async () => {
  const random = new Random('mcp');
  const raw = await new Raw().initialize();
  const good = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'answer', arguments: {} },
  });
  for (let i = 0; i < 500; i++) {
    const bytes = Buffer.from(good);
    for (let k = random.int(1, 8); k > 0; k--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
    raw.line(bytes);
  }
  await raw.works();
});

test('the command line: --root that is not a folder, a model that is not there', async () => {
  for (const root of ['', ' ', path.join(folder, 'none'), path.join(folder, 'city.txt')]) {
    const { code, err } = await lines.run(['mcp', '--root', root]);
    assert.equal(code, 2);
    assert.match(err, /^ask-bert: --root: found .*, expected a folder that exists\./);
  }
  const { code, err } = await lines.run(['mcp', '--engine', 'abacus']);
  assert.equal(code, 2);
  assert.match(err, /--engine/);
  const raw = await new Raw(['--model', path.join(folder, 'none')]).initialize();
  raw.call(1, 'answer', { question: 'who', text: 'the king' });
  assert.match(textOf(await raw.answer(1)), /^ModelInvalid: .*none/);
});
