import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ManyOutcome } from '../../src/client.js';
import type { Subject } from '../../src/history/entries.js';
import { historyItem } from '../../src/history-view/item.js';
import { keptRun } from '../../src/workspace/kept-run.js';
import type { ResultNode } from '../../src/workspace/results.js';
import { ResultsView } from '../../src/workspace/results-view.js';
import { api, ask, closeAll, edit, highlighted, settled, show, statusItem, until, withFake } from './helpers.js';

const TEXT = '# Agreement\n\n## 4. Fees\n\nThe fox pays EUR 5. Another fox pays nothing.\n';
const run = <T>(name: string, ...args: unknown[]) => vscode.commands.executeCommand<T>(`askBert.${name}`, ...args);
const view = async () => (await api()).answersView;
const root = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
const uriOf = (name: string) => vscode.Uri.joinPath(root(), 'view', name);

/** Nodes of the tree: label, description and depth, as they are shown. */
async function tree(): Promise<string[]> {
  const shown = await view();
  const lines = (nodes: ResultNode[], depth: string): string[] =>
    nodes.flatMap((node) => {
      const item = shown.getTreeItem(node);
      const label = item.label ?? vscode.workspace.asRelativePath(item.resourceUri ?? root());
      return [`${depth}${label}: ${item.description}`, ...lines(shown.getChildren(node), `${depth}  `)];
    });
  return lines(shown.getChildren(), '');
}
const places = async (): Promise<ResultNode[]> => {
  const shown = await view();
  return shown.getChildren().flatMap((node) => (node.kind === 'question' ? shown.getChildren(node) : []));
};

/** State of a workspace, in place of VS Code's. */
class Memory implements vscode.Memento {
  readonly stored = new Map<string, unknown>();
  keys = () => [...this.stored.keys()];
  get<T>(key: string): T | undefined {
    return this.stored.get(key) as T | undefined;
  }
  async update(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.stored.delete(key);
    else this.stored.set(key, JSON.parse(JSON.stringify(value)));
  }
}

describe('the view of answers', () => {
  const fake = withFake();
  beforeEach(async () => {
    for (const [name, content] of [
      ['a.md', '# Animals\n\nThe zebra is striped.\n'],
      ['drafts/b.md', 'A zebra too.\n'],
      ['c.log', 'zebra in a log\n'],
    ] as const) {
      await vscode.workspace.fs.writeFile(uriOf(name), new TextEncoder().encode(content));
    }
  });
  afterEach(async () => {
    await run('chooseFiles', { include: '', exclude: '' });
    await closeAll();
    await run('clearResults');
  });

  it('answers of one document are listed with sentence, grade and place; they follow edits; a click goes there', async () => {
    const editor = await show(TEXT);
    await ask('sentence fox');
    const name = editor.document.uri.path.slice(editor.document.uri.path.lastIndexOf('/') + 1);
    const lines = await tree();
    assert.equal(lines[0], `sentence fox: ${name}`);
    assert.equal(lines.length, 3);
    assert.match(lines[1], /^ {2}fox: unsure, 60\s?% · line 5 · The fox pays EUR 5\. Another fox pays nothing\.$/);
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'A new line.\n'));
    assert.match((await tree())[1], /line 6/);
    const [, second] = await places();
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    await settled();
    assert.ok(second.kind === 'place');
    await run('openResult', { place: second.place });
    await until('the cursor is there', () => editor.selection.active.isEqual(new vscode.Position(5, 28)));
    assert.equal((await highlighted(editor.document)).length, 2, 'the others stay highlighted');
    assert.equal((await api()).answers(editor.document.uri)?.current.rank, 2);
    await run('clearAnswers');
    assert.deepEqual(await tree(), [], 'nothing is listed that is not highlighted');
  });

  it('beside the answers of many documents, which a question about one does not remove', async () => {
    await run('askFolder', { question: 'find zebra', uris: [uriOf('')] });
    const before = await tree();
    assert.ok(before.some((line) => line.includes('zebra: ')));
    await show(TEXT);
    await ask('find fox');
    assert.deepEqual((await tree()).slice(3), before);
    // A place that is opened from the list is in that list.
    const place = (await api()).results()?.answers[0] ?? assert.fail();
    await run('openResult', { place });
    assert.equal((await tree()).filter((line) => line.startsWith('find zebra')).length, 0);
    // A newer question about many documents has the list for itself.
    await show(TEXT);
    await ask('find fox');
    assert.ok((await tree())[0].startsWith('find fox'));
    await run('askFolder', { question: 'find zebra', uris: [uriOf('')] });
    assert.deepEqual(await tree(), before);
    await run('clearResults');
    assert.deepEqual(await tree(), []);
  });

  it('an answer is copied with its source, in one form: hover, tree, history', async () => {
    const uri = uriOf('agreement.md');
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(TEXT));
    await vscode.window.showTextDocument(uri);
    await ask('find fox');
    const source = '"fox" – agreement.md, line 5';
    assert.equal(await run('copyAnswerWithSource'), source);
    const [first] = await places();
    assert.ok(first.kind === 'place');
    assert.equal(await run('copyResultWithSource', { place: first.place }), source);
    const path = ['Agreement', '4. Fees'];
    assert.equal(
      await run('copyResultWithSource', { place: { ...first.place, path } }),
      '"fox" – agreement.md, § 4 Fees, line 5',
    );
    const page = { ...first.place, path, page: 3, prose: 'the fox' };
    assert.equal(await run('copyResultWithSource', { place: page }), '"the fox" – agreement.md, § 4 Fees, page 3');
    const cell = { ...first.place, sheet: 'Costs', cell: 'C14' };
    assert.equal(await run('copyResultWithSource', { place: cell }), '"fox" – agreement.md, Costs!C14');
    const subject: Subject = { kind: 'document', uri: uri.toString() };
    assert.equal(await run('copyQuestionAnswerWithSource', { entry: { question: 'find fox', subject } }), source);
    await ask('headed fox');
    const quoted = '"fox" – agreement.md, § 4 Fees, line 5';
    assert.equal(await run('copyAnswerWithSource'), quoted);
    assert.equal(await run('copyQuestionAnswerWithSource', { entry: { question: 'headed fox', subject } }), quoted);
    await ask('find fox');
    await run('copyAnswerWithSource');
    assert.equal(await vscode.env.clipboard.readText(), source);
  });

  it('a click in the history goes to the remembered place, without asking; Ask Again is a button of its own', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    await ask('none fox');
    const subject: Subject = { kind: 'document', uri: document.uri.toString() };
    const entry = { question: 'find fox', subject, time: 0, pinned: false, noAnswer: 0.1 };
    const span = { line: 4, character: 4, endLine: 4, endCharacter: 7 };
    const answer = { ...span, uri: document.uri.toString(), text: 'fox', probability: 0.6 };
    assert.equal(historyItem({ entry: { ...entry, answer } }).command?.command, 'askBert.openQuestion');
    assert.equal(historyItem({ entry }).command?.command, 'askBert.reaskQuestion');
    await closeAll();
    const engines = async () => (await api()).answers(document.uri)?.result.engine;
    await run('openQuestion', { entry });
    const editor = vscode.window.activeTextEditor ?? assert.fail('no editor');
    assert.equal(editor.document.uri.toString(), document.uri.toString());
    await until('the place', () => editor.selection.active.isEqual(new vscode.Position(4, 4)));
    assert.equal(await engines(), undefined, 'nothing was asked');
    assert.deepEqual(await highlighted(document), ['fox']);
    // The words have moved: the nearest place of the same words.
    await run('clearAnswers');
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'One\nTwo\n'));
    await run('openQuestion', { entry });
    await until('the place', () => editor.selection.active.isEqual(new vscode.Position(6, 4)));
    const { packageJSON } = vscode.extensions.getExtension('ask-bert.ask-bert') ?? assert.fail('no extension');
    const { menus } = (packageJSON as { contributes: Manifest }).contributes;
    const inline = menus['view/item/context'].filter(({ group }) => group.startsWith('inline'));
    assert.ok(inline.some(({ command, when }) => command === 'askBert.reaskQuestion' && /askBert\.history/.test(when)));
  });

  it('the last answers of many documents are there again when the window is loaded, and are not those of a removed question', async () => {
    const memory = new Memory();
    const store = (await api()).answersView;
    await run('askFolder', { question: 'find zebra', uris: [uriOf('')] });
    const now = (await api()).results() ?? assert.fail('no results');
    const section = { onDidChange: new vscode.EventEmitter<void>().event, current: undefined, dispose: () => {} };
    const made = (isKept: boolean) => {
      // The view itself is there already: it is not created again.
      const { createTreeView } = vscode.window;
      Object.assign(vscode.window, { createTreeView: () => ({ dispose: () => {} }) });
      try {
        return new ResultsView(memory, section as never, () => isKept);
      } finally {
        Object.assign(vscode.window, { createTreeView });
      }
    };
    const first = made(true);
    first.show({ ...now, phase: 'reading' });
    assert.equal(keptRun(memory), undefined);
    const done = first.current ?? assert.fail();
    done.phase = 'done';
    first.update(done);
    const second = made(true);
    assert.deepEqual(second.current?.answers, now.answers);
    assert.match(second.message, /Asked on \d{4}-\d\d-\d\d \d\d:\d\d; files may have changed since\./);
    second.forget(['another question']);
    assert.ok(keptRun(memory));
    second.forget(['find zebra']);
    assert.equal(keptRun(memory), undefined);
    first.update(done);
    assert.ok(keptRun(memory));
    assert.equal(made(false).current, undefined, 'no question is remembered');
    assert.equal(keptRun(memory), undefined);
    assert.ok(store.current, 'what is shown stays');
  });

  it('questions about many documents read the chosen files alone, and say so', async () => {
    const names = ({ answers }: ManyOutcome) =>
      answers
        .flatMap((answer) => [answer, ...answer.also])
        .map(({ uri }) => vscode.Uri.parse(uri).path.slice(uriOf('').path.length).replace(/^\//, ''))
        .sort();
    const askView = (more: object = {}) =>
      run<ManyOutcome>('askFolder', { question: 'find zebra', uris: [uriOf('')], ...more });
    assert.deepEqual(names(await askView()), ['a.md', 'c.log', 'drafts/b.md']);
    await run('chooseFiles', { include: '*.md', exclude: 'drafts/**' });
    assert.deepEqual(names(await askView()), ['a.md']);
    const message = () => view().then((each) => each.message);
    assert.match(await message(), /Files: only \*\.md, without drafts\/\*\*\./);
    assert.deepEqual(names(await askView({ include: '*.log' })), ['c.log'], 'those of the request');
    await run('chooseFiles', { include: '*.none', exclude: '' });
    await askView();
    assert.match(await message(), /No file to read\. Files: only \*\.none\./);
    assert.deepEqual(names(await run<ManyOutcome>('askFolder', { question: 'find zebra', uris: [uriOf('a.md')] })), [
      'a.md',
    ]);
    assert.deepEqual(fake.messages.seen, []);
  });

  it('the status bar says question, answer and document in its tooltip', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    const entry = (await api()).answers(document.uri) ?? assert.fail('no answer');
    const tooltip = ((await statusItem(() => entry)).tooltip as vscode.MarkdownString).value;
    assert.match(tooltip, /\*\*find fox\*\*/);
    assert.match(tooltip, /Answer 1 of 2\\: fox/);
    assert.ok(tooltip.includes(document.uri.path.split('/').at(-1)?.split('-')[0] ?? '?'), tooltip);
  });
});

interface Manifest {
  menus: Record<string, { command: string; when: string; group: string }[]>;
}
