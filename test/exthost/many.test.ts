import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ManyOutcome } from '../../src/client.js';
import { childrenOf, type ResultNode, type Run, roots } from '../../src/workspace/results.js';
import { tooltipOf, treeItemOf } from '../../src/workspace/results-item.js';
import { api, closeAll, edit, highlighted, Messages, until, useFake } from './helpers.js';

const root = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
const folder = () => vscode.Uri.joinPath(root(), 'many');
const uriOf = (name: string) => vscode.Uri.joinPath(folder(), name);

const FILES: Record<string, string> = {
  'a.txt': 'nothing here\n',
  'b.txt': 'One zebra.\r\nTwo zebra.\r\n',
  'deep/c.md': '# Animals\n\nThe *zebra* is striped.\n',
  'deep/skip.bin': 'zebra\n',
  'out/ignored.txt': 'zebra\n',
  '.gitignore': 'out/\n*.tmp\n',
  'x.tmp': 'zebra\n',
  // Tables of our own are not documents.
  'answers.csv': 'file,a,a place,a probability,status\r\nb.txt,zebra,1:5,0.5,read\r\n',
  'answers.csv.state.jsonl': 'zebra\n',
};

async function write(name: string, content: string): Promise<void> {
  await vscode.workspace.fs.writeFile(uriOf(name), new TextEncoder().encode(content));
}

async function askFolder(question: string, ...uris: vscode.Uri[]): Promise<ManyOutcome> {
  const request = { question, uris: uris.length > 0 ? uris : [folder()] };
  const outcome = await vscode.commands.executeCommand<ManyOutcome>('askBert.askFolder', request);
  assert.ok(outcome, 'something was asked');
  return outcome;
}

const results = async (): Promise<Run & { message: string }> => (await api()).results() ?? assert.fail('no results');
const relative = (uri: string) => vscode.Uri.parse(uri).path.slice(folder().path.length + 1);
const placesIn = ({ answers }: ManyOutcome) =>
  answers.flatMap((answer) =>
    [answer, ...answer.also].map(({ uri, line, character }) => `${relative(uri)}:${line}:${character}`),
  );
const label = (node: ResultNode) =>
  String(treeItemOf(node).label ?? path.posix.basename(treeItemOf(node).resourceUri?.path ?? ''));

describe('many documents', () => {
  let messages: Messages;
  before(async () => {
    await useFake();
    for (const [name, content] of Object.entries(FILES)) await write(name, content);
  });
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
    await vscode.commands.executeCommand('askBert.clearResults');
  });
  after(() => rmSync(folder().fsPath, { recursive: true, force: true }));

  it('a folder: every file except those in .gitignore, the same words once with their places', async () => {
    const outcome = await askFolder('find zebra');
    assert.equal(outcome.status, 'answered');
    assert.equal(outcome.answers.length, 1);
    assert.deepEqual(placesIn(outcome), ['b.txt:0:4', 'b.txt:1:4', 'deep/c.md:2:5', 'deep/skip.bin:0:0']);
    assert.deepEqual(messages.seen, []);
  });

  it('an ignored folder or file is read if the user asks about it directly', async () => {
    assert.deepEqual(placesIn(await askFolder('find zebra', uriOf('out'))), ['out/ignored.txt:0:0']);
    assert.deepEqual(placesIn(await askFolder('find zebra', uriOf('deep/c.md'), uriOf('a.txt'))), ['deep/c.md:2:5']);
  });

  it('respects search.exclude and search.useIgnoreFiles', async () => {
    const search = vscode.workspace.getConfiguration('search', folder());
    await search.update('exclude', { '**/deep': true, '**/b.txt': false }, vscode.ConfigurationTarget.Workspace);
    await search.update('useIgnoreFiles', false, vscode.ConfigurationTarget.Workspace);
    try {
      const places = placesIn(await askFolder('find zebra'));
      assert.deepEqual(places, ['b.txt:0:4', 'b.txt:1:4', 'out/ignored.txt:0:0', 'x.tmp:0:0']);
    } finally {
      await search.update('exclude', undefined, vscode.ConfigurationTarget.Workspace);
      await search.update('useIgnoreFiles', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('unsaved changes are read', async () => {
    const editor = await vscode.window.showTextDocument(uriOf('a.txt'));
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'unsaved quagga, '));
    assert.deepEqual(placesIn(await askFolder('find quagga')), ['a.txt:0:8']);
  });

  it('open editors: text files, an untitled document, the right side of a comparison', async () => {
    await vscode.window.showTextDocument(uriOf('b.txt'), { preview: false });
    const untitled = await vscode.workspace.openTextDocument({ content: 'a zebra, never saved' });
    await vscode.window.showTextDocument(untitled, { preview: false });
    await vscode.commands.executeCommand('vscode.diff', uriOf('a.txt'), uriOf('deep/c.md'), 'two', { preview: false });
    await until('three tabs', () => vscode.window.tabGroups.activeTabGroup.tabs.length === 3);
    const outcome = await vscode.commands.executeCommand<ManyOutcome>('askBert.askOpenEditors', {
      question: 'find zebra',
    });
    const found = outcome.answers.flatMap((answer) => [answer, ...answer.also].map(({ uri }) => uri));
    assert.deepEqual([...new Set(found)], [uriOf('b.txt'), untitled.uri, uriOf('deep/c.md')].map(String));
  });

  it('a file system without a search provider is walked, and its files are sent as text', async () => {
    const provider = new MemoryFiles({
      '/top/one.txt': 'a zebra',
      '/top/in/two.txt': 'b zebra',
      '/top/bin': 'zebra\0',
    });
    const registration = vscode.workspace.registerFileSystemProvider('asktestfs', provider, { isReadonly: true });
    const outcome = await askFolder('find zebra', vscode.Uri.parse('asktestfs:/top'));
    assert.deepEqual(
      [outcome.answers[0].uri, ...outcome.answers[0].also.map(({ uri }) => uri)],
      ['asktestfs:/top/in/two.txt', 'asktestfs:/top/one.txt'],
    );
    const { skipped } = await results();
    assert.deepEqual(
      skipped.map(({ uri, reason }) => [uri, reason]),
      [['asktestfs:/top/bin', 'binary']],
    );
    registration.dispose();
  });

  it('the tree, by file and best first: labels, counts, accessible labels', async () => {
    await askFolder('skip zebra');
    const run = await results();
    assert.equal(run.message, '3 files read, 1 skipped.');
    const byFile = roots(run, false);
    assert.deepEqual(byFile.map(label), ['b.txt', 'c.md', '1 file skipped']);
    const [first, second] = childrenOf(byFile[0]).map(treeItemOf);
    assert.equal(first.label, 'zebra');
    assert.equal(first.description, 'unsure, 60% · line 1');
    assert.equal(second.description, 'unsure, 30% · line 2');
    assert.equal(first.accessibilityInformation?.label, 'zebra, unsure, 60%, many/b.txt, line 1');
    assert.equal(first.contextValue, 'place');
    const [skip] = childrenOf(byFile[2]).map(treeItemOf);
    assert.equal(skip.label, 'many/deep/skip.bin');
    assert.equal(skip.description, 'not a text');
    const flat = roots(run, true);
    assert.deepEqual(flat.map(label), ['zebra', '1 file skipped']);
    assert.deepEqual(childrenOf(flat[0]).map(label), ['many/b.txt', 'many/deep/c.md']);
    const ids = [...byFile.flatMap((node) => [node, ...childrenOf(node)])].map((node) => treeItemOf(node).id);
    assert.equal(new Set(ids).size, ids.length, 'no identifier twice');
    const [node] = childrenOf(byFile[1]);
    assert.ok(node.kind === 'place');
    assert.match((await tooltipOf(node.place)).value, /The \\\*zebra\\\* is striped/);
  });

  it('answers arrive while files are read; cancelling ends it at once and keeps them', async () => {
    const asked = askFolder('stall 3 zebra');
    await until('the first answer', async () => (await api()).results()?.answers.length);
    const meanwhile = await results();
    assert.equal(meanwhile.phase, 'reading');
    await until('the counts', async () => /^\d of 4 files, about \d+ s left$/.test((await results()).message));
    // The sidecar does nothing more: one that were waited for would be waited for for ever.
    await vscode.commands.executeCommand('askBert.cancelReading');
    const outcome = await asked;
    assert.equal(outcome.status, 'cancelled');
    const after = await results();
    assert.equal(after.phase, 'cancelled');
    assert.ok(after.answers.length > 0);
    assert.match(after.message, /^Cancelled: \d of 4 files/);
    assert.deepEqual(messages.seen, []);
  });

  it('a question to a sidecar that hangs can be cancelled; a newer question replaces the older one', async () => {
    const hanging = askFolder('hang');
    await until('it reads', async () => (await api()).results()?.phase === 'reading');
    const second = await askFolder('find zebra');
    assert.equal((await hanging).status, 'cancelled');
    assert.equal(second.status, 'answered');
    assert.equal((await results()).question, 'find zebra');
    assert.equal((await results()).phase, 'done');
    await useFake();
  });

  it('"no answer" is shown as a message, with the best guesses below it', async () => {
    const outcome = await askFolder('none zebra');
    assert.equal(outcome.status, 'noAnswer');
    const [first, file] = roots(await results(), false);
    assert.equal(label(first), 'No answer in these files (probability 90%). Best guesses:');
    assert.equal(label(file), 'b.txt');
    await askFolder('find unicorn');
    assert.deepEqual(roots(await results(), false).map(label), ['No answer in these files (probability 90%).']);
  });

  it('while the nearest passages are read, and after a cancel: how much of the text was read, not how many files', async () => {
    const asked = askFolder('part 2 zebra');
    await until('the counts', async () =>
      /^4 files searched, 3\.5% of the text read, about \d+ s left$/.test((await results()).message),
    );
    await vscode.commands.executeCommand('askBert.cancelReading');
    assert.equal((await asked).status, 'cancelled');
    assert.match((await results()).message, /^Cancelled: 4 files searched, 3\.5% of the text read/);
    await useFake();
  });

  it('"no answer" where only a part was read: no probability, it says how much that is', async () => {
    await askFolder('part 9 zebra');
    const [first] = roots(await results(), false);
    assert.equal(label(first), 'No answer in the 3.5% of the text that was read. Best guesses:');
    await askFolder('part 9 unicorn');
    assert.deepEqual(roots(await results(), false).map(label), ['No answer in the 3.5% of the text that was read.']);
  });

  it('"no answer" where a file is in another language: no probability', async () => {
    await askFolder('foreign zebra');
    assert.equal(label(roots(await results(), false)[0]!), 'No answer in these files. Best guesses:');
    await askFolder('foreign unicorn');
    assert.deepEqual(roots(await results(), false).map(label), ['No answer in these files.']);
    await askFolder('none unicorn');
    assert.deepEqual(roots(await results(), false).map(label), ['No answer in these files (probability 90%).']);
  });

  it('a place is opened and highlighted with the others of its file', async () => {
    await askFolder('find zebra');
    const [file] = roots(await results(), false);
    const [, node] = childrenOf(file);
    await vscode.commands.executeCommand('askBert.openResult', node);
    const editor = vscode.window.activeTextEditor ?? assert.fail('no editor');
    assert.equal(editor.document.uri.toString(), uriOf('b.txt').toString());
    assert.deepEqual(await highlighted(editor.document), ['zebra', 'zebra']);
    assert.equal((await api()).answers(editor.document.uri)?.current.rank, 2);
    assert.deepEqual(editor.selection.active, new vscode.Position(1, 4));
  });

  it('a place that has moved is found again; if it no longer exists, a message says so', async () => {
    await askFolder('find striped');
    const [file] = roots(await results(), false);
    const editor = await vscode.window.showTextDocument(uriOf('deep/c.md'));
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'new line\n'));
    await vscode.commands.executeCommand('askBert.openResult', file);
    const [answer] = (await api()).answers(editor.document.uri)?.answers ?? [];
    assert.deepEqual(answer.range.start, new vscode.Position(3, 15));
    await edit(editor, (builder) => builder.replace(answer.range, 'spotted'));
    await vscode.commands.executeCommand('askBert.openResult', file);
    assert.match(messages.only().text, /changed where the answer was/);
  });

  it('copies an answer and peeks at its places', async () => {
    await askFolder('find zebra');
    const [file] = roots(await results(), false);
    const [node] = childrenOf(file);
    assert.equal(await vscode.commands.executeCommand('askBert.copyResult', node), 'zebra');
    assert.equal(await vscode.env.clipboard.readText(), 'zebra');
    assert.equal(await vscode.commands.executeCommand('askBert.peekResult', node), 4);
    await vscode.commands.executeCommand('askBert.openResult', node);
    assert.equal(await vscode.commands.executeCommand('askBert.peekAnswers'), 2, 'those of this document');
    await vscode.commands.executeCommand('closeReferenceSearch');
  });

  it('a failure: one message, and the answers found stay', async () => {
    assert.equal((await askFolder('error ModelInvalid')).status, 'failed');
    assert.match(messages.only().text, /It is ModelInvalid\. Do something\./);
    assert.equal((await results()).phase, 'failed');
    assert.equal((await askFolder('garbage')).status, 'failed');
    assert.match(messages.seen[1].text, /not an answer/);
  });

  it('a warning is shown above the tree', async () => {
    await askFolder('warn zebra');
    assert.equal((await results()).message, '4 files read. Not all was searched.');
    assert.deepEqual(messages.seen, []);
  });

  it('if only the best passages were read, it says why not more', async () => {
    await askFolder('ranked settled zebra');
    const read = '4 of 4 files, > 99.9% of the text: the passages nearest to the question';
    assert.equal((await results()).message, `${read}, more passages did not change the answer.`);
    await askFolder('ranked time zebra');
    assert.equal((await results()).message, `${read}, stopped at the time limit.`);
    await askFolder('ranked all zebra');
    assert.equal((await results()).message, `${read}.`);
  });

  it('nothing open: a clear message, nothing asked', async () => {
    assert.equal(await vscode.commands.executeCommand('askBert.askOpenEditors', { question: 'find x' }), undefined);
    assert.match(messages.only().text, /open a text first/);
  });

  it('a file that disappears while it is opened: a clear message', async () => {
    writeFileSync(uriOf('gone.txt').fsPath, 'a wombat');
    await askFolder('find wombat');
    const [file] = roots(await results(), false);
    rmSync(uriOf('gone.txt').fsPath);
    await vscode.commands.executeCommand('askBert.openResult', file);
    assert.match(messages.only().text, /gone\.txt can no longer be opened/);
  });
});

/** A read-only file system in memory. */
class MemoryFiles implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  constructor(private readonly files: Record<string, string>) {}
  watch = () => ({ dispose: () => {} });
  stat({ path: name }: vscode.Uri): vscode.FileStat {
    const content = this.files[name];
    if (content !== undefined) return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: content.length };
    if (this.readDirectory(vscode.Uri.from({ scheme: 'asktestfs', path: name })).length === 0) {
      throw vscode.FileSystemError.FileNotFound(name);
    }
    return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
  }
  readDirectory({ path: name }: vscode.Uri): [string, vscode.FileType][] {
    const below = Object.keys(this.files).filter((file) => file.startsWith(`${name}/`));
    const steps = below.map((file) => file.slice(name.length + 1).split('/'));
    const entries = steps.map(([first, ...rest]): [string, vscode.FileType] => [
      first,
      rest.length > 0 ? vscode.FileType.Directory : vscode.FileType.File,
    ]);
    return [...new Map(entries)];
  }
  readFile({ path: name }: vscode.Uri): Uint8Array {
    const content = this.files[name];
    if (content === undefined) throw vscode.FileSystemError.FileNotFound(name);
    return new TextEncoder().encode(content);
  }
  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }
  writeFile = this.createDirectory;
  delete = this.createDirectory;
  rename = this.createDirectory;
}
