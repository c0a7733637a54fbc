/** What ONNX Runtime's own telemetry would leave behind is not there. */
import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { AskMethod, type AskResult, ConfigureMethod } from '../../server/protocol.js';
import { sidecarModule, tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-telemetry-'));
after(() => rmSync(folder, { recursive: true }));

/** A home, a cache and a place for temporary files that are empty. */
function emptyPlace(name: string): { place: string; env: NodeJS.ProcessEnv } {
  const place = path.join(folder, name);
  mkdirSync(place);
  const { ORT_DISABLE_TELEMETRY, ...env } = process.env;
  return { place, env: { ...env, HOME: place, XDG_CACHE_HOME: place, XDG_DATA_HOME: place, TMPDIR: place } };
}
const traces = (place: string) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((f) =>
    /microsoft|onnxruntime|\.ses$|deviceid/i.test(f),
  );

test('the telemetry of ONNX Runtime does not start: command line', () => {
  const { place, env } = emptyPlace('cli');
  const input = 'The king built a city.';
  const args = [path.resolve('dist/cli.js'), 'ask', '-', '--model', tinyModel, '--question', 'who?', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: place, env, input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.ok(Array.isArray((JSON.parse(stdout) as AskResult).answers));
  assert.deepEqual(traces(place), []);
});

test('the telemetry of ONNX Runtime does not start: sidecar', async () => {
  const { place, env } = emptyPlace('sidecar');
  const child = fork(sidecarModule, { cwd: place, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  try {
    connection.listen();
    await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
    await connection.sendRequest(ConfigureMethod, { modelPath: tinyModel });
    const params = { text: 'The king built a city.', question: 'who?' };
    const { answers } = await connection.sendRequest<AskResult>(AskMethod, params);
    assert.ok(Array.isArray(answers));
    assert.deepEqual(traces(place), []);
  } finally {
    connection.dispose();
    child.kill('SIGKILL');
  }
});
