import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import * as vscode from 'vscode';
import { pdfFile } from '../page-view/pdf-file.mjs';
import { api, closeAll, Messages, statusItem, until } from './helpers.js';

const root = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
const uriOf = (name: string) => vscode.Uri.joinPath(root(), 'pages', name);
const LINE = { text: 'The lease runs for twelve months.', x: 72, y: 700 };
const bytesOf = (count: number) => pdfFile(Array.from({ length: count }, () => ({ lines: [LINE] })));
const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(`askBert.${command}`, ...args);
const box = (page: number) => ({ page, x: 200, y: 697, width: 90, height: 12 });
const answer = (text: string, page: number, probability: number) => ({
  text,
  page,
  probability,
  grade: probability > 0.5 ? ('sure' as const) : ('guess' as const),
  boxes: [box(page)],
});
const ANSWERS = {
  answers: [answer('twelve months', 2, 0.87), answer('the lease', 1, 0.1), answer('May', 3, 0.02)],
  question: 'How long is the term?',
  guess: false,
};

async function write(name: string, bytes: Uint8Array): Promise<vscode.Uri> {
  await vscode.workspace.fs.writeFile(uriOf(name), bytes);
  return uriOf(name);
}

/** Opens the page view, and waits for its pages. */
async function opened(name: string, pages: number): Promise<vscode.Uri> {
  const uri = await write(name, bytesOf(pages));
  await run('openPageView', uri);
  await shows(uri, pages);
  return uri;
}

const shows = async (uri: vscode.Uri, pages: number) =>
  until(`${pages} pages`, async () => (await api()).pages.pagesOf(uri) === pages);

describe('the page view of PDF', () => {
  let messages: Messages;

  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
    rmSync(uriOf('').fsPath, { recursive: true, force: true });
  });

  it('opens a PDF, shows answers, goes through them, copies and clears them', async () => {
    const uri = await opened('lease.pdf', 3);
    const { pages } = await api();
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom && input.viewType === 'askBert.pdf');
    assert.equal(pages.active?.toString(), uri.toString());
    assert.equal(pages.activeHasAnswers, false);
    pages.showAnswers(uri, ANSWERS);
    assert.equal(pages.activeHasAnswers, true);
    const current = () => pages.answersOf(uri)?.current ?? 0;
    for (const [command, expected] of [
      ['nextAnswer', 1],
      ['nextAnswer', 2],
      ['nextAnswer', 0],
      ['previousAnswer', 2],
      ['previousAnswer', 1],
      ['previousAnswer', 0],
    ] as const) {
      await run(command);
      assert.equal(current(), expected, command);
    }
    const item = await statusItem(() => undefined, pages.inFront);
    assert.match(item.text, /^\$\(question\) 1\/3 · sure, 87\s?%$/);
    assert.equal(item.command, 'askBert.nextAnswer');
    assert.match((item.tooltip as vscode.MarkdownString).value, /^\*\*How long is the term.*\*\* – lease.*pdf/);
    assert.match(
      item.accessibilityInformation?.label ?? '',
      /^Ask BERT: Answer 1 of 3, page 2: twelve months \(sure, 87\s?%\)$/,
    );
    assert.equal(await run('copyAnswer'), 'twelve months');
    assert.equal(await vscode.env.clipboard.readText(), 'twelve months');
    assert.equal(await run('copyAnswerWithSource'), '"twelve months" – lease.pdf, page 2');
    assert.equal(await vscode.env.clipboard.readText(), '"twelve months" – lease.pdf, page 2');
    // The tree of answers has them too; a click goes to their page.
    const tree = (await api()).answersView;
    const [question] = tree.getChildren();
    assert.equal(question && tree.getTreeItem(question).label, 'How long is the term?');
    const places = tree.getChildren(question);
    assert.equal(places.length, ANSWERS.answers.length);
    const [place] = places;
    assert.ok(place?.kind === 'place');
    assert.match(String(tree.getTreeItem(place).description), / · page 2$/);
    await run('nextAnswer');
    await run('openResult', { place: place.place });
    assert.equal(current(), 0);
    assert.equal(await run('copyResultWithSource', { place: place.place }), '"twelve months" – lease.pdf, page 2');
    await run('clearAnswers');
    assert.equal(pages.answersOf(uri), undefined);
    assert.deepEqual(tree.getChildren(), []);
    assert.deepEqual(messages.seen, []);
  });

  it('is an option: a click still opens what VS Code shows, and the same tab is not opened twice', async () => {
    const uri = await opened('lease.pdf', 1);
    await run('openPageView', uri);
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    assert.equal(tabs.length, 1);
    const { contributes } = vscode.extensions.getExtension('ask-bert.ask-bert')?.packageJSON ?? assert.fail();
    assert.deepEqual(
      contributes.customEditors.map(({ viewType, priority }: Record<string, string>) => [viewType, priority]),
      [['askBert.pdf', 'option']],
    );
  });

  it('a changed file is read again and its answers are gone; the same bytes change nothing', async () => {
    const uri = await opened('lease.pdf', 2);
    const { pages } = await api();
    pages.showAnswers(uri, ANSWERS);
    await write('lease.pdf', bytesOf(2));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.ok(pages.answersOf(uri), 'nothing has changed');
    await write('lease.pdf', bytesOf(5));
    await shows(uri, 5);
    assert.equal(pages.answersOf(uri), undefined);
    await write('lease.pdf', bytesOf(5).subarray(0, 100));
    await shows(uri, 0);
    await write('lease.pdf', bytesOf(4));
    await shows(uri, 4);
    assert.deepEqual(messages.seen, []);
  });

  it('pages that were hidden come back, with the answers', async () => {
    const uri = await opened('lease.pdf', 3);
    const { pages } = await api();
    pages.showAnswers(uri, ANSWERS);
    await run('nextAnswer');
    const other = await opened('other.pdf', 2);
    assert.equal(pages.active?.toString(), other.toString());
    assert.equal(pages.activeHasAnswers, false);
    await run('openPageView', uri);
    await until('active again', () => pages.active?.toString() === uri.toString());
    assert.equal(pages.answersOf(uri)?.current, 1);
  });

  it('keys and commands of pages do nothing elsewhere, and in every view without an error', async () => {
    const commands = ['pageFind', 'goToPage', 'pageZoomIn', 'pageZoomOut', 'pageFitWidth', 'pageRotate'];
    for (const command of [...commands, 'copyAnswerWithSource', 'openPageView']) {
      assert.equal(await run(command), undefined, command);
    }
    const uri = await opened('lease.pdf', 1);
    for (const command of commands) assert.equal(await run(command), undefined, command);
    await shows(uri, 1);
    assert.deepEqual(messages.seen, []);
  });

  it('a file that changes while it is read for the first time is shown', async () => {
    const uri = vscode.Uri.from({ scheme: 'slow-pdf', path: '/lease.pdf' });
    const changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
    const reads: ((bytes: Uint8Array) => void)[] = [];
    const unused = () => assert.fail('only one file is read');
    const files: vscode.FileSystemProvider = {
      onDidChangeFile: changes.event,
      watch: () => new vscode.Disposable(() => {}),
      stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytesOf(2).length }),
      readFile: () => new Promise<Uint8Array>((resolve) => reads.push(resolve)),
      readDirectory: unused,
      createDirectory: unused,
      writeFile: unused,
      delete: unused,
      rename: unused,
    };
    const registration = vscode.workspace.registerFileSystemProvider(uri.scheme, files);
    await run('openPageView', uri);
    await until('it is read', () => reads.length === 1);
    changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    await until('it is read again', () => reads.length === 2);
    for (const read of reads) read(bytesOf(2));
    await shows(uri, 2);
    registration.dispose();
  });

  it('what cannot be shown is said in the view, and nothing else happens', async () => {
    for (const [name, bytes] of [
      ['empty.pdf', new Uint8Array(0)],
      ['text.pdf', new TextEncoder().encode('no PDF')],
    ] as const) {
      const uri = await write(name, bytes);
      await run('openPageView', uri);
      await until('open', async () => (await api()).pages.active?.toString() === uri.toString());
      assert.equal((await api()).pages.pagesOf(uri), 0);
    }
    const name = 'a [b] {c} *.pdf';
    const uri = await opened(name, 1);
    await write(name, bytesOf(2));
    await shows(uri, 2);
    assert.deepEqual(messages.seen, []);
  });
});
