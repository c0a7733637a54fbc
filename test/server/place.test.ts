/** How a language client starts the sidecar over a pipe or a port, with the arguments that it adds. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import { placeOf } from '../../server/sidecar/place.js';
import { sidecarModule } from './sidecar-process.js';

test('the first argument that says where the client is counts, with its value in it or after it', () => {
  const cases: [string, ReturnType<typeof placeOf>][] = [
    ['--stdio', { kind: 'stdio' }],
    ['--clientProcessId=7 --stdio', { kind: 'stdio' }],
    ['--node-ipc --clientProcessId=7', { kind: 'ipc' }],
    ['--pipe=/tmp/x --clientProcessId=7', { kind: 'pipe', name: '/tmp/x' }],
    ['--pipe /tmp/x --clientProcessId=7', { kind: 'pipe', name: '/tmp/x' }],
    ['--pipe=a=b', { kind: 'pipe', name: 'a=b' }],
    ['--socket=5001 --clientProcessId=7', { kind: 'socket', port: 5001 }],
    ['--socket 5001', { kind: 'socket', port: 5001 }],
    ['--socket=65536', undefined],
    ['--socket=x', undefined],
    ['--pipe', undefined],
    ['--clientProcessId=7', undefined],
    ['', undefined],
  ];
  for (const [line, place] of cases) assert.deepEqual(placeOf(line.split(' '), false), place, line);
  assert.deepEqual(placeOf([], true), { kind: 'ipc' });
});

test('over a port, as a language client starts it', async () => {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  const connected = once(listener, 'connection') as Promise<[net.Socket]>;
  const args = [sidecarModule, `--socket=${port}`, `--clientProcessId=${process.pid}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  try {
    const [socket] = await connected;
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    connection.listen();
    const params = { processId: process.pid, rootUri: null, capabilities: {} };
    const { serverInfo } = await connection.sendRequest<{ serverInfo: { name: string } }>('initialize', params);
    assert.equal(typeof serverInfo.name, 'string');
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    assert.deepEqual(await exited, [0, null]);
  } finally {
    listener.close();
    child.kill('SIGKILL');
  }
});

test('where nobody listens the reason is told', async () => {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  listener.close();
  await once(listener, 'close');
  const child = spawn(process.execPath, [sidecarModule, `--socket=${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(told, /^The connection to the client failed: .*ECONNREFUSED/);
});
