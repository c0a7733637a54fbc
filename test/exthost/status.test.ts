import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { Announcer } from '../../src/answers/announcer.js';
import { AnswerStore } from '../../src/answers/store.js';
import { languageStatusFace } from '../../src/status/language-status.js';
import { Latencies } from '../../src/status/latency.js';
import type { SidecarState } from '../../src/status/state.js';
import { newRun } from '../../src/workspace/results.js';
import { bestText } from '../../src/workspace/results-text.js';
import { api, ask, closeAll, Messages, select, settled, show, until, useFake } from './helpers.js';

const report = async () => {
  const text = (await vscode.commands.executeCommand<string>('askBert.reportDiagnostics')) ?? assert.fail('no report');
  await until('the editor of the report', () => vscode.window.activeTextEditor?.document.getText() === text);
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  return text;
};

describe('the language status', () => {
  const engine = { name: 'cpu', device: 'Some $(zap) Processor', model: '[m](command:x)', precision: 'int8' };
  const info = {
    engine: { ...engine, library: '', libraryVersion: '', threads: 2, loadMs: 1 },
  } as SidecarState['info'];
  const face = (status: object, wish = 'auto', latencies = new Latencies()) =>
    languageStatusFace({ status: { state: 'ready', queued: 0, ...status }, info, latencies }, wish);

  it('engine, model, device, and the times of the session; names are text', () => {
    const latencies = new Latencies();
    for (const ms of [40, 60, 50]) latencies.add(ms);
    const { text, detail, severity, busy, command } = face({}, 'auto', latencies);
    assert.equal(text, 'Ask BERT: cpu, int8');
    assert.match(detail, /^50 ms \(p50 50 ms, p95 60 ms\) · .*, Some \\\$\(zap\) Processor$/);
    assert.doesNotMatch(detail, /\]\(/);
    assert.equal(severity, vscode.LanguageStatusSeverity.Information);
    assert.equal(busy, false);
    assert.equal(command.command, 'askBert.ask');
  });

  it('is busy while the sidecar reads, loads or builds', () => {
    assert.equal(face({ state: 'busy' }).busy, true);
    assert.equal(face({ state: 'loading' }).busy, true);
    const building = face({ building: { device: 'Card', done: 0.5 } });
    assert.equal(building.busy, true);
    assert.match(building.detail, /Building the engine for Card: 50 %/);
  });

  it('an error: its message and Restart; a different engine than requested: a warning and the report', () => {
    const failed = face({ state: 'error', message: 'It is down.' });
    assert.equal(failed.text, 'Ask BERT: It is down.');
    assert.equal(failed.severity, vscode.LanguageStatusSeverity.Error);
    assert.equal(failed.command.command, 'askBert.restartServer');
    const fallback = face({}, 'tensorrt');
    assert.equal(fallback.severity, vscode.LanguageStatusSeverity.Warning);
    assert.match(fallback.detail, /^tensorrt is requested in the settings/);
    assert.equal(fallback.command.command, 'askBert.reportDiagnostics');
  });
});

describe('Report Diagnostics', () => {
  let messages: Messages;
  before(() => api());
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    await vscode.workspace
      .getConfiguration('askBert')
      .update('modelPath', undefined, vscode.ConfigurationTarget.Global);
    messages.restore();
    await closeAll();
  });

  it('one block with versions, settings, sidecar, crashes and failures; no text, no question, no answer', async () => {
    await useFake();
    const { document } = await show('A hidden fox in the document.');
    await ask('find fox');
    await ask('error EngineRun');
    const settings = vscode.workspace.getConfiguration('askBert');
    await settings.update('modelPath', `${os.homedir()}/models/mine`, vscode.ConfigurationTarget.Global);
    await settled();
    messages.choose = 'Copy to Clipboard';
    const text = await report();
    for (const part of [
      /Ask BERT {3}\d+\.\d+\.\d+/,
      new RegExp(`VS Code +${vscode.version.replaceAll('.', '\\.')}`),
      /Node +v\d+/,
      /glibc +(2\.\d+|-)/,
      /Workspace +1 folders \(file|Workspace +1 folders \(vscode-remote/,
      /askBert\.modelPath: "~\/models\/mine" \(user\)/,
      /Sidecar +\w+, running, up \d+ s/,
      /Latency +\d+ answers?, p50 \d+ ms/,
      /TensorRT +/,
      /Failures +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d EngineRun/,
    ]) {
      assert.match(text, part);
    }
    assert.doesNotMatch(text, /fox|hidden|TensorRT +not known/);
    assert.ok(!text.includes(document.uri.path) && !text.includes(os.homedir()));
    await until('it is in the clipboard', async () => (await vscode.env.clipboard.readText()) === text);
    assert.match(messages.seen.at(-1)?.text ?? '', /no document text/);
  });

  it('works when the sidecar has crashed permanently, and when it hangs', async () => {
    await useFake();
    await show('a fox');
    for (let i = 0; i < 3; i++) await ask('crash');
    assert.match(
      await report(),
      /error, not running, stays down after Crashed[\s\S]*Crashes +\d+ in this session\n +.*exit code 7/,
    );
    await useFake('deaf');
    await show('a fox');
    await ask('find fox');
    assert.match(await report(), /running, up \d+ s\n +does not answer/);
    await useFake();
  });
});

describe('for those who use a screen reader', () => {
  let messages: Messages;
  const editor = () => vscode.workspace.getConfiguration('editor');
  before(async () => {
    await useFake();
    await editor().update('accessibilitySupport', 'on', vscode.ConfigurationTarget.Global);
  });
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });
  after(() => editor().update('accessibilitySupport', undefined, vscode.ConfigurationTarget.Global));

  it('the answer, the next, the previous, and "no answer" are announced', async () => {
    const { document } = await show('One fox. Two fox.');
    await ask('find fox');
    await vscode.commands.executeCommand('askBert.nextAnswer');
    await vscode.commands.executeCommand('askBert.previousAnswer');
    await ask('none fox');
    assert.deepEqual(
      messages.seen.map(({ text }) => text),
      [
        'Answer 1 of 2: fox (unsure, 60%)',
        'Answer 2 of 2: fox (unsure, 30%)',
        'Answer 1 of 2: fox (unsure, 60%)',
        `"none fox": not found in ${path.basename(document.uri.path)} (90% sure).`,
      ],
    );
  });

  it('the outcome of a question about many documents is announced', async () => {
    const { document } = await show('One fox.');
    await vscode.commands.executeCommand('askBert.askFolder', { question: 'find fox', uris: [document.uri] });
    await vscode.commands.executeCommand('askBert.askFolder', { question: 'none fox', uris: [document.uri] });
    const [found, none] = messages.seen.map(({ text }) => text);
    assert.match(found, /^Best answer: fox, unsure, 60%, tests\/.*\.txt, line 1$/);
    assert.match(none, /^No answer in these files \(probability 90%\)/);
    await vscode.commands.executeCommand('askBert.clearResults');
    assert.match(bestText(newRun('q', 's')), /No answer/);
  });

  it('only if a screen reader is in use', async () => {
    await editor().update('accessibilitySupport', 'off', vscode.ConfigurationTarget.Global);
    const store = new AnswerStore();
    const announcer = new Announcer(store);
    announcer.say('something');
    assert.deepEqual(messages.seen, []);
    announcer.dispose();
    store.dispose();
  });
});

describe('the refactorings of a selection', () => {
  before(() => api());
  afterEach(closeAll);
  const actionsFor = async (editor: vscode.TextEditor, range: vscode.Range, kind?: string) => {
    const all = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      ...(['vscode.executeCodeActionProvider', editor.document.uri, range] as const),
      ...(kind === undefined ? [] : [kind]),
    );
    return all.filter(({ command }) => command?.command === 'askBert.ask');
  };

  it('offer "Ask BERT about Selection" only if something is selected', async () => {
    const editor = await show('One fox.\n   \n');
    const word = new vscode.Range(0, 4, 0, 7);
    await select(editor, new vscode.Selection(word.start, word.end));
    const [action, ...others] = await actionsFor(editor, word);
    assert.equal(action?.title, 'Ask BERT about Selection');
    assert.deepEqual(others, []);
    assert.equal((await actionsFor(editor, word, 'refactor')).length, 1);
    for (const kind of ['quickfix', 'source', 'refactor.extract']) {
      assert.deepEqual(await actionsFor(editor, word, kind), [], kind);
    }
    assert.deepEqual(await actionsFor(editor, new vscode.Range(0, 4, 0, 4)), []);
    assert.deepEqual(await actionsFor(editor, new vscode.Range(1, 0, 1, 3)), [], 'blank');
  });
});

describe('the walkthrough', () => {
  it('is opened by its command, as a tab', async () => {
    await closeAll();
    const labels = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    assert.deepEqual(labels(), []);
    // The tab of any walkthrough may be called "Welcome": which one was asked for is seen in the call.
    const { executeCommand } = vscode.commands;
    const asked: unknown[][] = [];
    Object.assign(vscode.commands, {
      executeCommand: (name: string, ...args: unknown[]) => {
        if (name === 'workbench.action.openWalkthrough') asked.push(args);
        return executeCommand(name, ...args);
      },
    });
    try {
      await vscode.commands.executeCommand('askBert.openWalkthrough');
      await until('the tab', () => labels().length > 0);
    } finally {
      Object.assign(vscode.commands, { executeCommand });
    }
    assert.match(labels().join(), /^(Welcome|Walkthrough: .*)$/);
    const { walkthroughs } = vscode.extensions.getExtension('ask-bert.ask-bert')?.packageJSON.contributes ?? {};
    assert.deepEqual(asked, [[`ask-bert.ask-bert#${walkthroughs[0].id}`, false]]);
    await closeAll();
  });
});
