import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import * as vscode from 'vscode';
import { sentText } from '../../src/status/status-text.js';
import { ask, closeAll, Messages, settled, show, until, useReal } from './helpers.js';

/** The real sidecar with a server on this machine; a real Triton: test/serving/window.mjs. */
describe('settings of a server', () => {
  const root = vscode.extensions.getExtension('ask-bert.ask-bert')?.extensionPath ?? assert.fail('no extension');
  const values = ['engine', 'modelPath', 'remote.url', 'remote.fallback'];
  let server: ChildProcess;
  let messages: Messages;
  let url = '';

  const set = async (key: string, value: unknown) => {
    await vscode.workspace.getConfiguration('askBert').update(key, value, vscode.ConfigurationTarget.Global);
    await settled();
  };

  before(async () => {
    server = fork(path.join(__dirname, 'kserve-process.js'), { cwd: root, execArgv: [] });
    url = await new Promise((resolve) => server.once('message', (said) => resolve(String(said))));
    await useReal();
    await set('modelPath', path.join(root, 'test', 'fixtures', 'models', 'tiny-f32'));
    await set('remote.url', url);
    await set('engine', 'remote');
  });
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });
  after(async () => {
    server.kill('SIGKILL');
    for (const key of values) await set(key, undefined);
  });

  const TEXT = 'the king built a city in the year 3\n';
  const host = () => new URL(url).host;

  it('that runs: it computes, and the status has what is sent to whom', async () => {
    await show(TEXT);
    const { result } = await ask('who built a city');
    assert.equal(result?.engine.name, 'remote');
    assert.equal(result?.engine.device, host());
    assert.equal(
      sentText(result?.engine as never),
      `The token ids of what you ask and ask about are sent to ${host()}.`,
    );
    assert.deepEqual(messages.seen, []);
  });

  it('that was killed: one message that names it, and the CPU only if the user allows it', async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
    await show(TEXT);
    const { error } = await ask('what is in the year');
    assert.match(error?.message ?? '', new RegExp(`${host()} cannot be reached`));
    assert.ok(messages.only().text.includes(host()));
    await set('remote.fallback', true);
    let name: string | undefined;
    await until('the CPU answers', async () => {
      name = (await ask('what is in the year')).result?.engine.name;
      return name === 'cpu';
    });
  });
});
