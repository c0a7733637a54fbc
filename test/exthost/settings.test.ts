import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ManyOutcome } from '../../src/client.js';
import { settingRules } from '../../src/settings/settings-table.js';
import { ask, closeAll, Messages, settled, show, until, useFake } from './helpers.js';

const set = async (key: string, value: unknown) => {
  await vscode.workspace.getConfiguration('askBert').update(key, value, vscode.ConfigurationTarget.Global);
  await settled();
};

/** What the fake was given: settings at the start or later, options with this question. */
async function received(): Promise<{
  settings: Record<string, unknown>;
  options: object & { topK?: number };
  pid: number;
}> {
  return JSON.parse((await ask('settings fox')).question);
}

/** Lines of the extension's log. */
function ownLog(): string[] {
  const profile = process.env.ASK_BERT_TEST_PROFILE!;
  const names = readdirSync(profile, { recursive: true, encoding: 'utf8' });
  const logs = names.filter((name) => path.basename(name) === 'Ask BERT.log');
  return logs.flatMap((name) => readFileSync(path.join(profile, name), 'utf8').split('\n'));
}

describe('settings', () => {
  let messages: Messages;
  before(() => useFake());
  beforeEach(async () => {
    messages = new Messages();
    await show('a fox');
  });
  afterEach(async () => {
    const all = vscode.workspace.getConfiguration('askBert');
    for (const key of ['alternatives', 'threads', 'precision', 'noAnswerThreshold', 'docStride', 'question.history']) {
      await all.update(key, undefined, vscode.ConfigurationTarget.Global);
    }
    messages.restore();
    await closeAll();
  });

  it('reach the sidecar when it starts', async () => {
    const { settings, options } = await received();
    const { cacheFolder, languages, ...others } = settings;
    assert.match(String((languages as Record<string, string>).python), /python.+language-configuration\.json$/);
    assert.match(String(cacheFolder), /globalStorage.+engines$/);
    assert.deepEqual(others, {
      engine: 'auto',
      precision: 'auto',
      modelPath: '',
      tensorRtPath: '',
      threads: 0,
      idleUnloadMinutes: 10,
      locale: vscode.env.language,
    });
    assert.deepEqual(options, { topK: 5, maxAnswerLength: 30 });
  });

  it('reach the sidecar when they change, without a restart', async () => {
    await set('threads', 2);
    await set('precision', 'int8');
    await set('alternatives', 3);
    await set('noAnswerThreshold', -1.5);
    await set('docStride', 64);
    const { settings, options } = await received();
    assert.equal(settings.threads, 2);
    assert.equal(settings.precision, 'int8');
    assert.deepEqual(options, { topK: 3, maxAnswerLength: 30, docStride: 64, noAnswerThreshold: -1.5 });
  });

  it('all take effect at once: the process stays the same', async () => {
    const before = await received();
    const changed: Record<string, unknown> = {
      engine: 'cpu',
      precision: 'fp32',
      modelPath: '/m',
      tensorRtPath: '/t',
      threads: 3,
      idleUnloadMinutes: 5,
      alternatives: 2,
      noAnswerThreshold: 1,
      docStride: 32,
      maxAnswerLength: 9,
      readingView: 'raw',
    };
    for (const [key, value] of Object.entries(changed)) await set(key, value);
    try {
      const { settings, options, pid } = await received();
      assert.equal(pid, before.pid);
      const { alternatives, noAnswerThreshold, docStride, maxAnswerLength, readingView, ...ofSidecar } = changed;
      for (const [key, value] of Object.entries(ofSidecar)) assert.equal(settings[key], value, key);
      const asked = { noAnswerThreshold, docStride, maxAnswerLength, topK: alternatives, readAs: readingView };
      assert.deepEqual(options, asked);
      // The others are looked at when they are needed; of the history there is a test of its own.
      await show('One fox. Two fox.');
      await set('minimumProbability', 0.5);
      assert.equal((await ask('find fox')).answers.length, 1);
      await set('workspace.budgetSeconds', 7);
      const many = await vscode.commands.executeCommand<ManyOutcome>('askBert.askOpenEditors', {
        question: 'budget fox',
      });
      assert.equal(many.result?.read.characters, 7);
      await vscode.commands.executeCommand('askBert.clearResults');
      // Looked at when a model is downloaded: models.test.ts.
      const others = ['modelMirror', 'minimumProbability', 'workspace.budgetSeconds', 'question.history'];
      const remote = ['remote.url', 'remote.model', 'remote.fallback'];
      assert.deepEqual([...Object.keys(changed), ...others, ...remote].sort(), Object.keys(settingRules).sort());
    } finally {
      for (const key of [...Object.keys(changed), 'minimumProbability', 'workspace.budgetSeconds'])
        await set(key, undefined);
    }
  });

  it('of the remote engine, and the token of the secret storage, reach the sidecar only if it is chosen', async () => {
    const { showInputBox } = vscode.window;
    const token = async (typed: string) => {
      Object.assign(vscode.window, { showInputBox: async () => typed });
      await vscode.commands.executeCommand('askBert.setRemoteToken');
      await settled();
    };
    const values = { 'remote.url': 'https://gpu.example', 'remote.model': 'qa', 'remote.fallback': true };
    try {
      for (const [key, value] of Object.entries(values)) await set(key, value);
      await token('token-9');
      assert.doesNotMatch(JSON.stringify((await received()).settings), /gpu\.example|token-9/);
      await set('engine', 'remote');
      await until('the engine is chosen', async () => (await received()).settings.engine === 'remote');
      const { settings } = await received();
      const { remoteUrl, remoteModel, remoteFallback, remoteToken } = settings;
      assert.deepEqual(
        { remoteUrl, remoteModel, remoteFallback, remoteToken },
        { remoteUrl: 'https://gpu.example', remoteModel: 'qa', remoteFallback: true, remoteToken: 'token-9' },
      );
      await token('');
      await until('the token is gone', async () => (await received()).settings.remoteToken === undefined);
    } finally {
      Object.assign(vscode.window, { showInputBox });
      for (const key of ['engine', ...Object.keys(values)]) await set(key, undefined);
    }
  });

  it('a trace of all messages has no token in it', async () => {
    const { showInputBox } = vscode.window;
    const token = async (typed: string) => {
      Object.assign(vscode.window, { showInputBox: async () => typed });
      await vscode.commands.executeCommand('askBert.setRemoteToken');
    };
    const level = (name: string) => vscode.commands.executeCommand('_extensionTests.setLogLevel', name);
    try {
      await level('trace');
      await set('remote.url', 'https://traced.example');
      await token('secret-token-9');
      await set('engine', 'remote');
      await until('the token is sent', async () => (await received()).settings.remoteToken === 'secret-token-9');
      // Both ways: the settings at the start and those that changed.
      await vscode.commands.executeCommand('askBert.restartServer');
      await until('the token is sent again', async () => (await received()).settings.remoteToken !== undefined);
      const traced = () => ownLog().filter((line) => /^\s*"remoteToken"/.test(line));
      await until('messages with the settings are traced', async () => traced().length >= 2);
      for (const line of traced()) assert.match(line, /"remoteToken": "…"/);
      assert.match(ownLog().join('\n'), /traced\.example/);
      assert.doesNotMatch(ownLog().join('\n'), /secret-token/);
    } finally {
      await level('info');
      Object.assign(vscode.window, { showInputBox: async () => '' });
      await vscode.commands.executeCommand('askBert.setRemoteToken');
      Object.assign(vscode.window, { showInputBox });
      for (const key of ['engine', 'remote.url']) await set(key, undefined);
    }
  });

  it('of the remote engine in a workspace are ignored, and that is said', async () => {
    const workspace = async (key: string, value: unknown) => {
      await vscode.workspace.getConfiguration('askBert').update(key, value, vscode.ConfigurationTarget.Workspace);
      await settled();
    };
    try {
      await workspace('remote.url', 'https://theirs.example');
      assert.match(messages.only().text, /this workspace sets askBert\.remote\.url, which is ignored: only you decide/);
      await set('engine', 'remote');
      await until('the engine is chosen', async () => (await received()).settings.engine === 'remote');
      assert.doesNotMatch(JSON.stringify((await received()).settings), /theirs/);
      await set('engine', undefined);
      await workspace('engine', 'remote');
      assert.match(messages.seen.at(-1)?.text ?? '', /this workspace sets askBert\.engine, askBert\.remote\.url/);
      assert.equal((await received()).settings.engine, 'auto');
    } finally {
      await set('engine', undefined);
      for (const key of ['engine', 'remote.url']) await workspace(key, undefined);
    }
  });

  it('of a wrong type: one clear warning, and the default', async () => {
    await set('alternatives', 'many');
    const { kind, text, actions } = messages.only();
    assert.equal(kind, 'warning');
    assert.match(text, /askBert\.alternatives is "many", expected 1\.\.20/);
    assert.deepEqual(actions, ['Open Settings']);
    assert.equal((await received()).options.topK, 5);
    await set('threads', -4);
    assert.equal(messages.seen.length, 2);
    assert.match(messages.seen[1].text, /askBert\.threads is -4/);
  });
});

describe('the manifest', () => {
  const manifest = () => vscode.extensions.getExtension('ask-bert.ask-bert')?.packageJSON;

  it('every command is registered, with a category and a title', async () => {
    const registered = await vscode.commands.getCommands(true);
    const { commands } = manifest().contributes;
    assert.equal(commands.length, 50);
    for (const { command, title, category } of commands) {
      assert.ok(registered.includes(command), command);
      assert.equal(category, 'Ask BERT');
      assert.ok(!title.startsWith('%'), title);
    }
  });

  it('activates only on commands and its views', () => {
    const events: string[] = manifest().activationEvents;
    const views = ['onView:askBert.results', 'onView:askBert.history'];
    assert.deepEqual(
      events.filter((event) => !event.startsWith('onCommand:') && !views.includes(event)),
      [],
    );
  });
});
