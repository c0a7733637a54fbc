/** What a client can send besides messages: the answers of JSON-RPC 2.0 and of the Language Server Protocol. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { overStreams } from '../../server/sidecar/channel.js';
import { type FrameEvents, Frames } from '../../server/sidecar/frames.js';
import { until } from './fake-worker.js';
import { type Message, RawClient } from './raw-client.js';

/** A client and a connection that has one request, `echo`. */
function connected(strict = false) {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const { connection, ended, gone } = overStreams(there, back, strict);
  connection.onRequest('echo', (params: unknown) => params);
  connection.listen();
  const client = new RawClient(back, there);
  const raw = (body: string | Buffer) =>
    there.write(Buffer.concat([Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`), Buffer.from(body)]));
  const values = (...all: unknown[]) => {
    for (const each of all) raw(JSON.stringify(each));
  };
  return { client, raw, values, there, ended, gone };
}

const summary = ({ id, error, result }: Message) => [id, error ? error.code : result];

test('each value that is not a request gets its error, with the id if it has one, and the next is answered', async () => {
  const { client, values, raw } = connected();
  const echo = { jsonrpc: '2.0', method: 'echo', params: { a: 1 } };
  values(7, null, 'x', {}, [], { ...echo, jsonrpc: '1.0', id: 1 }, { ...echo, id: {} }, { ...echo, id: null });
  values({ ...echo, method: 5, id: 2 }, { ...echo, params: 'p', id: 3 }, { jsonrpc: '2.0', id: 4 });
  raw('{"jsonrpc":');
  raw(Buffer.from([0x22, 0xff, 0x22]));
  raw('');
  // Neither a notification nor an answer is answered.
  values(
    { jsonrpc: '2.0', method: '$/cancelRequest' },
    { jsonrpc: '2.0', id: 99, result: 1 },
    { jsonrpc: '2.0', method: 'a/b' },
  );
  values({ ...echo, id: 1.5 }, { ...echo, id: 'last' });
  await client.message(({ id }) => id === 'last', 'the last is answered');
  const answers = client.received.filter(({ method }) => method === undefined).map(summary);
  const errors = answers.filter(([, code]) => typeof code === 'number');
  assert.deepEqual(errors, [
    ...Array.from({ length: 5 }, () => [null, -32600]),
    [1, -32600],
    [null, -32600],
    [null, -32600],
    [2, -32600],
    [3, -32600],
    [4, -32600],
    ...Array.from({ length: 3 }, () => [null, -32700]),
  ]);
  assert.deepEqual(answers.slice(errors.length), [
    [1.5, { a: 1 }],
    ['last', { a: 1 }],
  ]);
});

test('a batch is answered by one array; one of notifications by nothing, one of too many by one error', async () => {
  const { client, values } = connected();
  const echo = (id: unknown) => ({ jsonrpc: '2.0', method: 'echo', params: { id }, id });
  values([echo(1), { jsonrpc: '2.0', method: 'a/b' }, 5, { jsonrpc: '2.0', method: 'none', id: 2 }, echo('c')]);
  values(
    [{ jsonrpc: '2.0', method: 'a/b' }],
    Array.from({ length: 1001 }, (_, i) => echo(i)),
    echo('after'),
  );
  await client.message(({ id }) => id === 'after', 'the last is answered');
  await until(() => client.received.some(Array.isArray), 'the batch is answered');
  const [batch, ...others] = client.received.filter(Array.isArray) as unknown as Message[][];
  assert.equal(others.length, 0);
  assert.deepEqual(
    batch.map(summary).sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
    [
      [1, { id: 1 }],
      [2, -32601],
      ['c', { id: 'c' }],
      [null, -32600],
    ],
  );
  assert.equal(client.received.filter(({ id, error }) => id === null && error?.code === -32600).length, 1);
});

test('initialize needs what the protocol prescribes', async () => {
  for (const [params, field] of [
    [undefined, 'params'],
    [{ processId: null }, 'capabilities'],
    [{ capabilities: [] }, 'capabilities'],
    [{ capabilities: {}, processId: 'x' }, 'processId'],
  ] as const) {
    const { error } = await connected().client.ask('initialize', params);
    assert.equal(error?.code, -32602);
    assert.match(error?.message ?? '', new RegExp(`^initialize, ${field}: found .*, expected `));
  }
});

test('a stream that cannot be followed: an error, the end, and nothing after it is read', async () => {
  for (const noise of [
    'hello\n',
    '{"jsonrpc":"2.0"}',
    'GET / HTTP/1.1\r\n',
    `${'x'.repeat(200)}`,
    'A: b\r\n\r\n',
    'Content-Length: -1\r\n\r\n',
    'Content-Length: 600000000\r\n\r\n',
    'Content-Length: 3000000000\r\n\r\n',
    '\u0000\u0001\u0002',
    `A: ${'b'.repeat(9000)}`,
  ]) {
    const { client, there, ended, values } = connected();
    there.write(noise);
    values({ jsonrpc: '2.0', id: 'smuggled', method: 'echo' });
    const { fault } = await ended;
    assert.ok(fault, noise);
    assert.deepEqual(client.received.map(summary), [[null, -32700]], noise);
  }
  const { client, ended, raw, values } = connected(true);
  raw('{"a":');
  values({ jsonrpc: '2.0', id: 'smuggled', method: 'echo' });
  assert.match((await ended).fault ?? '', /not JSON/);
  assert.deepEqual(client.received.map(summary), [[null, -32700]], 'over a port');
});

test('the end of the input is the end of the client', async () => {
  const { there, ended, gone } = connected();
  there.end();
  assert.deepEqual(await ended, { exit: false, shutdown: false });
  assert.equal(gone.aborted, true);
});

test('frames in pieces of any size, with other headers; before initialize only short ones are kept', () => {
  const seen: unknown[] = [];
  const events: FrameEvents = {
    onValue: (value) => seen.push(value),
    onBadBody: (fault) => seen.push(fault),
    onBroken: (fault) => seen.push(`broken: ${fault}`),
  };
  const frame = (body: string, header = '') => `${header}content-length:  ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const bytes = Buffer.from(
    [
      frame('{"a":"ü"}', 'Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n'),
      frame('[1,2]', 'X: y\r\n'),
      frame('{}', 'Content-Type: a/b; charset=utf-16\r\n'),
      frame('7'),
    ].join(''),
  );
  for (const size of [1, 2, 7, 1000]) {
    seen.length = 0;
    const frames = new Frames(events);
    for (let at = 0; at < bytes.length; at += size) frames.receive(bytes.subarray(at, at + size));
    assert.deepEqual(seen, [{ a: 'ü' }, [1, 2], 'the encoding utf-16, expected utf-8', 7], `in pieces of ${size}`);
  }
  seen.length = 0;
  const frames = new Frames(events);
  const long = JSON.stringify('x'.repeat(2 ** 20));
  frames.receive(Buffer.from(frame(long) + frame('1')));
  frames.limit = 2 ** 21;
  frames.receive(Buffer.from(frame(long)));
  assert.match(String(seen[0]), /^a message of 1048578 bytes before initialize, expected at most 1048576$/);
  assert.deepEqual(seen.slice(1), [1, 'x'.repeat(2 ** 20)]);
  seen.length = 0;
  // Two million values take a hundred times the memory of a string of the same length.
  frames.limit = 2 ** 24;
  frames.receive(
    Buffer.from(frame(`[${'1,'.repeat(2_000_001)}1]`) + frame(JSON.stringify(`${',\\"['.repeat(500_000)}`))),
  );
  assert.deepEqual([seen[0], typeof seen[1]], ['more than 2000000 values', 'string']);
});
