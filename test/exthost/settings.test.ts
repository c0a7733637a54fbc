import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ask, closeAll, Messages, settled, show, useFake } from './helpers.js';

const set = async (key: string, value: unknown) => {
  await vscode.workspace.getConfiguration('askBert').update(key, value, vscode.ConfigurationTarget.Global);
  await settled();
};

/** What the fake was given: settings at the start or later, options with this question. */
async function received(): Promise<{ settings: Record<string, unknown>; options: Record<string, unknown> }> {
  return JSON.parse((await ask('settings fox')).question);
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

  it('reach the sidecar, at its start', async () => {
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
    assert.equal(commands.length, 20);
    for (const { command, title, category } of commands) {
      assert.ok(registered.includes(command), command);
      assert.equal(category, 'Ask BERT');
      assert.ok(!title.startsWith('%'), title);
    }
  });

  it('activates on commands and its view only', () => {
    assert.deepEqual(
      manifest().activationEvents.filter(
        (event: string) => !event.startsWith('onCommand:') && event !== 'onView:askBert.results',
      ),
      [],
    );
  });
});
