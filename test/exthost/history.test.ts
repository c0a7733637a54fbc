import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AskManyResult } from '../../server/protocol.js';
import type { AskOutcome, ManyOutcome } from '../../src/client.js';
import { type Asked, HISTORY_KEY, type Subject } from '../../src/history/entries.js';
import { AskedHistory, partOf, rangeNow } from '../../src/history/store.js';
import type { HistoryNode } from '../../src/history-view/item.js';
import { HistoryView } from '../../src/history-view/view.js';
import type { SettingsReader } from '../../src/settings/settings.js';
import { api, ask, closeAll, edit, highlighted, Messages, select, settled, show, until, useFake } from './helpers.js';

const TEXT = 'One fox here.\nAnother fox there.\nThe third fox sleeps.\n';
const run = <T>(name: string, ...args: unknown[]) => vscode.commands.executeCommand<T>(`askBert.${name}`, ...args);

/** The history as it can be seen: what the export says; undefined: there is none. */
async function exported(node?: unknown): Promise<string | undefined> {
  const text = await run<string | undefined>('exportHistory', node);
  if (text !== undefined) {
    await until('the editor of the export', () => vscode.window.activeTextEditor?.document.getText() === text);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  return text;
}
const questions = (markdown: string | undefined) =>
  [...(markdown ?? '').matchAll(/^### (.*)$/gm)].map(([, text]) => text);
const nodeOf = (question: string, subject: Subject) => ({ entry: { question, subject } });
const about = ({ uri }: vscode.TextDocument): Subject => ({ kind: 'document', uri: uri.toString() });
const setHistory = async (value: number | undefined) => {
  const settings = vscode.workspace.getConfiguration('askBert');
  await settings.update('question.history', value, vscode.ConfigurationTarget.Global);
  await settled();
};

describe('the history of questions', () => {
  let messages: Messages;
  before(() => useFake());
  beforeEach(async () => {
    messages = new Messages();
    messages.choose = 'Remove All';
    await run('clearHistory');
    messages.choose = undefined;
    messages.seen.length = 0;
  });
  afterEach(async () => {
    messages.restore();
    await setHistory(undefined);
    await closeAll();
  });

  it('has questions by document with answer, place, probability and date; no other text', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    await ask('none third');
    const other = await show('A zebra.');
    await ask('find zebra');
    const markdown = (await exported()) ?? assert.fail('no history');
    const name = (each: vscode.TextDocument) => vscode.workspace.asRelativePath(each.uri);
    assert.deepEqual(
      [...markdown.matchAll(/^## (.*)$/gm)].map(([, text]) => text),
      [name(other.document), name(document)],
    );
    assert.deepEqual(questions(markdown), ['find zebra', 'none third', 'find fox']);
    assert.ok(markdown.includes(`\`\`\`text\nfox\n\`\`\`\n\n${name(document)}:1:5, unsure, 60%, 20`), markdown);
    assert.match(markdown, /no answer, probability 90%, 20\d\d-/);
    assert.doesNotMatch(markdown, /sleeps|here|there/);
    const { text, actions } = messages.seen.at(-1) ?? assert.fail('no message');
    assert.match(text, /exported 3 questions/);
    assert.deepEqual(actions, ['Save As...']);
  });

  it('asks again about the current document, even if its editor was closed', async () => {
    const editor = await show(TEXT);
    const { document } = editor;
    await ask('find fox');
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'A first fox. '));
    await document.save();
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    const outcome = await run<AskOutcome>('reaskQuestion', nodeOf('find fox', about(document)));
    assert.equal(outcome.answers.length, 4);
    const active = vscode.window.activeTextEditor ?? assert.fail('no editor');
    assert.equal(active.document.uri.toString(), document.uri.toString());
    assert.equal((await highlighted(active.document)).length, 4);
    assert.deepEqual(questions(await exported()), ['find fox']);
  });

  it('asks about the same part again whatever is selected, and about the whole document if the part has changed', async () => {
    const editor = await show(TEXT);
    await select(editor, new vscode.Selection(1, 0, 1, 18));
    await ask('find fox');
    await select(editor, new vscode.Selection(0, 0, 0, 3));
    const again = () => run<AskOutcome>('reaskQuestion', nodeOf('find fox', about(editor.document)));
    assert.deepEqual(
      (await again()).answers.map(({ range }) => range.start.line),
      [1],
    );
    await edit(editor, (builder) => builder.insert(new vscode.Position(1, 0), 'Yet '));
    assert.deepEqual(
      (await again()).answers.map(({ range }) => range.start.line),
      [0, 1, 2],
    );
  });

  it('a document that no longer exists: a message, and the question stays', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    await closeAll();
    await vscode.workspace.fs.delete(document.uri);
    assert.equal(await run('reaskQuestion', nodeOf('find fox', about(document))), undefined);
    assert.match(messages.seen.at(-1)?.text ?? '', /can no longer be opened/);
    assert.deepEqual(questions(await exported()), ['find fox']);
  });

  it('an untitled document can be asked about again while it exists; it is not recreated', async () => {
    const document = await vscode.workspace.openTextDocument({ content: TEXT });
    await vscode.window.showTextDocument(document);
    await ask('find fox');
    const again = () => run<AskOutcome | undefined>('reaskQuestion', nodeOf('find fox', about(document)));
    assert.equal((await again())?.answers.length, 3);
    await closeAll();
    await until('it is closed', () => !vscode.workspace.textDocuments.includes(document));
    assert.equal(await again(), undefined);
    assert.match(messages.seen.at(-1)?.text ?? '', /can no longer be opened/);
    assert.equal(vscode.window.activeTextEditor, undefined);
  });

  it('questions about many documents are listed and can be asked again', async () => {
    const { document } = await show(TEXT);
    const folder = vscode.Uri.joinPath(document.uri, '..');
    const request = { question: 'find third', uris: [folder] };
    await run('askFolder', request);
    const markdown = (await exported()) ?? assert.fail('no history');
    assert.match(markdown, /^## tests$/m);
    assert.match(markdown, /```text\nthird\n```\n\ntests\/[\w-]+\.txt:3:5, unsure, 60%/);
    const subject: Subject = { kind: 'folder', uris: [folder.toString()] };
    const outcome = await run<ManyOutcome>('reaskQuestion', nodeOf('find third', subject));
    assert.equal(outcome.status, 'answered');
    assert.ok(outcome.answers.length > 0);
    await run('askOpenEditors', { question: 'find fox' });
    assert.deepEqual(questions(await exported()), ['find fox', 'find third']);
    assert.equal((await run<ManyOutcome>('reaskQuestion', nodeOf('find fox', { kind: 'editors' }))).status, 'answered');
    await run('clearResults');
  });

  it('pinned: first in its document, never pruned; clearing asks first', async () => {
    const { document } = await show(TEXT);
    await setHistory(2);
    await ask('find One');
    await run('pinQuestion', nodeOf('find One', about(document)));
    for (const word of ['fox', 'third', 'here']) await ask(`find ${word}`);
    assert.deepEqual(questions(await exported()), ['find One', 'find here', 'find third']);
    assert.equal(await run('clearHistory'), false);
    const { kind, text, actions } = messages.seen.at(-1) ?? assert.fail('no message');
    assert.equal(kind, 'warning');
    assert.match(text, /Remove 3 questions from the history\? One of them is pinned/);
    assert.deepEqual(actions.slice(-2), ['Keep Pinned', 'Remove All'], 'Enter takes the first one');
    assert.equal(questions(await exported()).length, 3);
    messages.choose = 'Keep Pinned';
    assert.equal(await run('clearHistory'), true);
    assert.deepEqual(questions(await exported()), ['find One']);
    assert.equal(await run('clearHistory'), false);
    assert.match(messages.seen.at(-1)?.text ?? '', /Remove the only question in the history\? It is pinned/);
    assert.deepEqual(questions(await exported()), ['find One']);
    messages.choose = undefined;
    for (const word of ['third', 'here']) await ask(`find ${word}`);
    await run('unpinQuestion', nodeOf('find One', about(document)));
    assert.deepEqual(questions(await exported()), ['find here', 'find third'], 'it is not among the last two');
    assert.equal(await run('clearHistory'), true);
    assert.equal(await exported(), undefined);
  });

  it('removes one question, or those of a document; copies and exports them alone', async () => {
    const { document } = await show(TEXT);
    for (const word of ['fox', 'third']) await ask(`find ${word}`);
    const group = { group: { key: document.uri.toString() } };
    assert.equal(await run('copyQuestionAnswer', nodeOf('find third', about(document))), 'third');
    assert.equal(await vscode.env.clipboard.readText(), 'third');
    assert.deepEqual(questions(await exported(nodeOf('find fox', about(document)))), ['find fox']);
    await run('removeQuestion', nodeOf('find fox', about(document)));
    assert.deepEqual(questions(await exported(group)), ['find third']);
    await run('removeQuestion', group);
    assert.equal(await exported(), undefined);
  });

  it('question.history 0: nothing is stored, and what was stored is removed at once', async () => {
    await show(TEXT);
    await ask('find fox');
    await setHistory(0);
    assert.equal(await exported(), undefined);
    await ask('find third');
    assert.equal(await exported(), undefined);
    await setHistory(5);
    await ask('find One');
    assert.deepEqual(questions(await exported()), ['find One']);
  });

  it('any invalid argument of a command: nothing happens', async () => {
    await show(TEXT);
    await ask('find fox');
    for (const name of ['reaskQuestion', 'pinQuestion', 'unpinQuestion', 'removeQuestion', 'copyQuestionAnswer']) {
      for (const node of [
        undefined,
        null,
        7,
        {},
        { entry: null },
        { entry: { question: 'find fox', subject: null } },
      ]) {
        await run(name, node);
      }
    }
    assert.deepEqual(questions(await exported()), ['find fox']);
  });

  it('a failed or cancelled question is not recorded', async () => {
    await show(TEXT);
    await ask('error EngineRun');
    await ask('error Cancelled');
    assert.equal(await exported(), undefined);
  });
});

describe('the tree of the history', () => {
  const state = new Map<string, unknown>();
  const memory = {
    keys: () => [...state.keys()],
    get: (key: string) => state.get(key),
    update: async (key: string, value: unknown) => void state.set(key, value),
  } as vscode.Memento;
  const changed = new vscode.EventEmitter<never>();
  const settings = { now: { 'question.history': 20 }, onDidChange: changed.event } as unknown as SettingsReader;
  const uri = 'file:///w/notes.md';
  const entry = (question: string, more: Partial<Asked> = {}): Asked => ({
    question,
    subject: { kind: 'document', uri },
    time: 1000,
    pinned: false,
    noAnswer: 0.25,
    answer: { uri, text: 'a *b*', probability: 0.875, line: 11, character: 0, endLine: 11, endCharacter: 5 },
    ...more,
  });
  const item = (view: HistoryView, node: HistoryNode) => view.getTreeItem(node);
  const opened: vscode.Disposable[] = [];
  const viewOf = (stored: unknown): HistoryView => {
    state.set(HISTORY_KEY, stored);
    const history = new AskedHistory(memory, settings);
    const view = new HistoryView(history);
    opened.push(history, view);
    return view;
  };
  before(() => api());
  afterEach(async () => {
    for (const each of opened.splice(0)) each.dispose();
    await vscode.commands.executeCommand('setContext', 'askBert.hasHistory', false);
  });

  it('"no answer" of a part that was read, or of another language, has no probability: label, tooltip, screen reader', () => {
    const unsaid = { answer: undefined, noAnswer: undefined };
    const view = viewOf([entry('Who?', { ...unsaid, partly: true }), entry('Wer?', unsaid)]);
    const [group] = view.getChildren();
    const rows = view.getChildren(group).map((node) => item(view, node));
    const words = ['no answer in the part that was read', 'no answer'];
    assert.deepEqual(
      rows.map(({ description }) => description),
      words,
    );
    for (const [i, { tooltip, accessibilityInformation }] of rows.entries()) {
      const [, said] = (tooltip as vscode.MarkdownString).value.split('\n\n');
      assert.equal(said, words[i]);
      assert.match(accessibilityInformation?.label ?? '', new RegExp(`^W..\\?, ${words[i]}, \\d{4}-`));
      assert.doesNotMatch(`${said} ${accessibilityInformation?.label}`, /probability|%/);
    }
  });

  it('what is remembered of "no answer" is as certain as what was read', async () => {
    const history = new AskedHistory(memory, settings);
    opened.push(history);
    const document = await vscode.workspace.openTextDocument({ content: 'Nothing.' });
    const noAnswer = { score: 1, probability: 0.75, chosen: true, threshold: 0 };
    const of = (more: object) => {
      history.ofDocument('Who?', document, undefined, undefined, { noAnswer, ...more });
      const { noAnswer: share, partly } = history.entries[0] ?? assert.fail('nothing is remembered');
      return [share, partly];
    };
    assert.deepEqual(of({}), [0.75, undefined]);
    assert.deepEqual(of({ read: { characters: 10, ofCharacters: 20 } }), [undefined, true]);
    const otherLanguage = { found: 'de', languages: ['en'] };
    assert.deepEqual(of({ otherLanguage }), [undefined, undefined]);
    const ofMany = (more: object) => {
      const read = { documents: 2, ofDocuments: 2, characters: 20, ofCharacters: 20, ranked: false };
      history.ofMany('Who?', { kind: 'workspace' }, [], { noAnswer, read, ...more } as AskManyResult);
      const { noAnswer: share, partly } = history.entries[0] ?? assert.fail('nothing is remembered');
      return [share, partly];
    };
    assert.deepEqual(ofMany({}), [0.75, undefined]);
    assert.deepEqual(ofMany({ otherLanguage }), [undefined, undefined], 'a file in another language is among them');
    const some = { documents: 1, ofDocuments: 2, characters: 10, ofCharacters: 20, ranked: true };
    assert.deepEqual(ofMany({ read: some, otherLanguage }), [undefined, true]);
  });

  it('has question, answer, probability and line, in labels and for screen readers', () => {
    const view = viewOf([
      entry('When?', { pinned: true }),
      entry('Who?', { answer: undefined, part: { line: 2, character: 0, endLine: 4, endCharacter: 1, digest: 'x' } }),
    ]);
    const [group, ...others] = view.getChildren();
    assert.deepEqual(others, []);
    assert.equal(item(view, group).resourceUri?.path, '/w/notes.md');
    assert.match(item(view, group).accessibilityInformation?.label ?? '', /notes\.md, 2 questions$/);
    const [pinned, none] = view.getChildren(group).map((node) => item(view, node));
    assert.equal(pinned.label, 'When?');
    assert.equal(pinned.description, 'a *b* · 87.5% · line 12');
    assert.equal((pinned.iconPath as vscode.ThemeIcon).id, 'pinned');
    assert.equal(pinned.contextValue, 'question pinned answered');
    assert.match(
      pinned.accessibilityInformation?.label ?? '',
      /^When\?, answer a \*b\*, 87\.5% · line 12, 1970-.*, pinned$/,
    );
    assert.equal(none.description, 'no answer');
    assert.equal((none.iconPath as vscode.ThemeIcon).id, 'circle-slash');
    assert.equal(none.contextValue, 'question unpinned');
    assert.match(none.accessibilityInformation?.label ?? '', /^Who\?, no answer, probability 25%, 1970-/);
    assert.match((none.tooltip as vscode.MarkdownString).value, /asked about lines 3 to 5/);
    assert.equal(none.command?.command, 'askBert.reaskQuestion');
    assert.notEqual(pinned.id, none.id);
  });

  it('does not show questions or answers as Markdown', () => {
    const view = viewOf([entry('[x](command:y)', { subject: { kind: 'workspace' } })]);
    const [group] = view.getChildren();
    const { value, isTrusted } = item(view, view.getChildren(group)[0]).tooltip as vscode.MarkdownString;
    assert.ok(!isTrusted);
    assert.doesNotMatch(value, /\]\(/);
    assert.equal(item(view, group).label, 'workspace');
  });

  it('is empty if the store is damaged, and survives a damaged address', () => {
    for (const damaged of ['x', 7, { a: 1 }, [null, 3, {}]]) assert.deepEqual(viewOf(damaged).getChildren(), []);
    const wrong = [
      entry('a', { subject: { kind: 'document', uri: 'a b:c' } }),
      entry('b', { subject: { kind: 'document', uri: '' } }),
    ];
    assert.deepEqual(viewOf([...wrong, entry('c')]).getChildren().length, 1);
  });

  it('finds a part of a document again with other line ends, not with other text', async () => {
    const editor = await show('a\nb\nc\n');
    const part = partOf(editor.document, new vscode.Range(0, 0, 2, 0)) ?? assert.fail('no part');
    await edit(editor, (builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
    assert.ok(rangeNow(editor.document, part).isEqual(new vscode.Range(0, 0, 2, 0)));
    assert.equal(partOf(editor.document, new vscode.Range(0, 0, 3, 0)), undefined);
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 1), 'x'));
    assert.ok(rangeNow(editor.document, part).isEqual(new vscode.Range(0, 0, 3, 0)));
    await closeAll();
  });
});
