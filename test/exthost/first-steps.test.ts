/** The sample of the walkthrough, its steps, and what would stay on the machine. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AskOutcome } from '../../src/client.js';
import { HISTORY_KEY } from '../../src/history/entries.js';
import { AskedHistory } from '../../src/history/store.js';
import { forgetUntil, forgottenAt } from '../../src/leftovers/forgotten.js';
import type { SettingsReader } from '../../src/settings/settings.js';
import { api, ask, closeAll, highlighted, Messages, settled, show, until, useFake, useReal } from './helpers.js';

const run = <T>(name: string, ...args: unknown[]) => vscode.commands.executeCommand<T>(`askBert.${name}`, ...args);

describe('the first steps', () => {
  const { executeCommand } = vscode.commands;
  /** Context keys that were set to true. */
  const keys = new Set<unknown>();
  let messages: Messages;

  before(() => useFake());
  beforeEach(() => {
    messages = new Messages();
    keys.clear();
    Object.assign(vscode.commands, {
      executeCommand: (command: string, ...args: unknown[]) => {
        if (command === 'setContext' && args[1] === true) keys.add(args[0]);
        return executeCommand(command, ...args);
      },
    });
  });
  afterEach(async () => {
    Object.assign(vscode.commands, { executeCommand });
    messages.restore();
    await closeAll();
  });

  it('the sample: a read-only contract is opened and asked, and answered by the embedded model', async () => {
    await useReal();
    try {
      const outcome = await run<AskOutcome>('trySample');
      assert.equal(outcome.status, 'answered');
      const editor = vscode.window.activeTextEditor ?? assert.fail('no editor');
      assert.equal(path.posix.basename(editor.document.uri.path), 'service-agreement.md');
      assert.equal(editor.document.languageId, 'markdown');
      assert.equal(vscode.workspace.fs.isWritableFileSystem(editor.document.uri.scheme), undefined);
      assert.equal((await highlighted(editor.document))[0], 'EUR 4,850');
      assert.equal(outcome.answers[0].grade, 'sure');
      assert.ok(keys.has('askBert.hasAnswers'), 'the step is ticked');
      assert.deepEqual(messages.seen, []);
      // Once more, while it is open.
      assert.equal((await run<AskOutcome>('trySample')).status, 'answered');
      assert.equal(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).length, 1);
    } finally {
      await useFake();
    }
  });

  it('a step is ticked when its command has done something, not when it was run', async () => {
    await show('One fox here.\nAnother fox there.\n');
    await run('nextAnswer');
    await run('copyAnswer');
    await run('askOpenEditors', { question: 'error EngineRun' });
    assert.ok(!keys.has('askBert.done.answers') && !keys.has('askBert.done.many'));
    await ask('find fox');
    await run('nextAnswer');
    await until('the second step', () => keys.has('askBert.done.answers'));
    assert.ok(!keys.has('askBert.done.many'));
    await run('askOpenEditors', { question: 'find fox' });
    await until('the third step', () => keys.has('askBert.done.many'));
    await run('clearResults');
    assert.ok(!keys.has('askBert.done.gpu'));
    await run('reportDiagnostics');
    await until('the last step', () => keys.has('askBert.done.gpu'));
  });
});

describe('Remove Models and History', () => {
  const { showQuickPick } = vscode.window;
  type Row = vscode.QuickPickItem & { what: string };
  let rows: Row[] = [];
  let choose: string[] | undefined;
  let messages: Messages;
  let storage: string;

  before(async () => {
    await useFake();
    await show('a fox');
    storage = path.dirname(JSON.parse((await ask('settings fox')).question).settings.cacheFolder);
  });
  beforeEach(() => {
    messages = new Messages();
    Object.assign(vscode.window, {
      showQuickPick: async (given: Promise<Row[]>, options: vscode.QuickPickOptions) => {
        assert.equal(options.canPickMany, true);
        rows = await given;
        return choose && rows.filter(({ what }) => choose?.includes(what));
      },
    });
  });
  afterEach(async () => {
    Object.assign(vscode.window, { showQuickPick });
    messages.restore();
    await vscode.workspace
      .getConfiguration('askBert')
      .update('modelPath', undefined, vscode.ConfigurationTarget.Global);
    await closeAll();
  });
  const exported = () => run<string | undefined>('exportHistory');
  const put = (...parts: string[]) => {
    const file = path.join(storage, ...parts);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'x'.repeat(5000));
    return file;
  };

  it('nothing is chosen beforehand, and nothing is removed unless it is chosen', async () => {
    const model = put('models', 'mine', 'config.json');
    await show('a fox');
    await ask('find fox');
    for (choose of [undefined, []]) {
      assert.deepEqual(await run('removeData'), []);
      assert.ok(existsSync(model) && (await exported()));
    }
    assert.ok(rows.every(({ picked }) => !picked));
    assert.deepEqual(
      rows.map(({ what }) => what),
      ['models', 'engines', 'history'],
    );
    assert.equal(rows[0].description, '5 kB');
    assert.match(rows[2].description ?? '', /^\d+ questions? in this workspace$/);
    assert.ok(messages.seen.every(({ text }) => !/removed/.test(text)));
  });

  it('removes models, partial downloads, engines and the history, pinned or not; then questions work again', async () => {
    const files = [
      put('models', 'mine', 'config.json'),
      put('models', '.other.download', 'model.safetensors.part'),
      put('engines', 'plans', 'a.plan'),
    ];
    const settings = () => vscode.workspace.getConfiguration('askBert');
    await settings().update('modelPath', path.join(storage, 'models', 'mine'), vscode.ConfigurationTarget.Global);
    await settled();
    const { document } = await show('a fox');
    await ask('find fox');
    const subject = { kind: 'document', uri: document.uri.toString() };
    await run('pinQuestion', { entry: { question: 'find fox', subject } });
    messages.seen.length = 0;
    choose = ['models', 'engines', 'history'];
    assert.deepEqual(await run('removeData'), ['history', 'models', 'engines']);
    for (const file of files) assert.ok(!existsSync(file), file);
    assert.equal(settings().inspect('modelPath')?.globalValue, undefined);
    assert.equal(await exported(), undefined);
    assert.match(
      messages.only().text,
      /removed: the history of questions, models \(\d+ kB\), engines and cached files/,
    );
    await vscode.window.showTextDocument(document);
    assert.equal((await ask('find fox')).status, 'answered');
  });

  it('the history of another workspace is removed when that is opened', async () => {
    await api();
    const state = new Map<string, unknown>();
    const memory = {
      keys: () => [...state.keys()],
      get: (key: string) => state.get(key),
      update: async (key: string, value: unknown) =>
        void (value === undefined ? state.delete(key) : state.set(key, value)),
    } as vscode.Memento;
    const entry = { subject: { kind: 'workspace' }, pinned: true, noAnswer: 0.5 };
    const stored = [
      { ...entry, question: 'after', time: 2001 },
      { ...entry, question: 'before', time: 1999 },
    ];
    const settings = { now: { 'question.history': 20 }, onDidChange: new vscode.EventEmitter<never>().event };
    const questionsOf = () => {
      state.set(HISTORY_KEY, stored);
      const history = new AskedHistory(memory, settings as unknown as SettingsReader, forgottenAt(memory));
      const { questions } = history;
      history.dispose();
      return questions;
    };
    assert.deepEqual(questionsOf(), ['after', 'before']);
    await forgetUntil(memory, 2000);
    assert.deepEqual(questionsOf(), ['after']);
    assert.doesNotMatch(JSON.stringify(state.get(HISTORY_KEY)), /before/);
    state.set('askBert.forgottenAt', 'yesterday');
    assert.deepEqual(questionsOf(), ['after', 'before']);
    await vscode.commands.executeCommand('setContext', 'askBert.hasHistory', false);
  });
});
