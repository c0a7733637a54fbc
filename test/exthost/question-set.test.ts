import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Table } from '../../src/workspace/table.js';
import type { PageRow } from '../../src/workspace/table-page.js';
import { closeAll, Messages, until, useFake } from './helpers.js';

const root = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
const uriOf = (name: string) => vscode.Uri.joinPath(root(), 'table', name);
const HOSTILE = '<img/src=x/onerror=alert(1)>';

async function write(name: string, content: string): Promise<vscode.Uri> {
  await vscode.workspace.fs.writeFile(uriOf(name), new TextEncoder().encode(content));
  return uriOf(name);
}

interface PageData {
  type: string;
  title?: string;
  rows?: PageRow[];
  uris?: string[];
  status?: { text: string; busy: boolean; skipped: string[] };
}

/** In the place of a web view: what the page is told, and what it says. */
class FakePanel {
  readonly sent: PageData[] = [];
  html = '';
  private receive: (message: unknown) => void = () => {};
  private disposed: () => void = () => {};
  private readonly original = vscode.window.createWebviewPanel;

  constructor() {
    const panel = this;
    const webview = {
      cspSource: "'self' https://*.example",
      asWebviewUri: (uri: vscode.Uri) => uri,
      onDidReceiveMessage: (listener: (message: unknown) => void) => {
        panel.receive = listener;
        return { dispose: () => {} };
      },
      postMessage: async (message: PageData) => panel.sent.push(structuredClone(message)),
      set html(html: string) {
        panel.html = html;
        queueMicrotask(() => panel.say({ type: 'ready' }));
      },
    };
    const fake = {
      webview,
      reveal: () => {},
      dispose: () => panel.disposed(),
      onDidDispose: (listener: () => void) => {
        panel.disposed = listener;
        return { dispose: () => {} };
      },
    };
    Object.assign(vscode.window, { createWebviewPanel: () => fake });
  }

  say(message: unknown): void {
    this.receive(message);
  }

  get status() {
    return this.sent.findLast(({ status }) => status)?.status ?? assert.fail('no status');
  }

  /** Rows as the page has them now: name and words of its cells. */
  get rows(): (string | null)[][] {
    const rows = new Map<string, (string | null)[]>();
    for (const { type, rows: added = [], uris = [] } of this.sent) {
      if (type === 'begin') rows.clear();
      for (const { uri, name, cells } of added) rows.set(uri, [name, ...cells.map((cell) => cell?.words ?? null)]);
      for (const uri of uris) rows.delete(uri);
    }
    return [...rows.values()].sort();
  }

  close(): void {
    this.disposed();
    Object.assign(vscode.window, { createWebviewPanel: this.original });
  }
}

describe('question sets', () => {
  let messages: Messages;
  let panel: FakePanel;
  const run = (file: vscode.Uri) =>
    vscode.commands.executeCommand<Table>('askBert.runQuestionSet', { file, uris: [uriOf('docs')] });
  const set = (...questions: string[]) =>
    write('set.yaml', questions.map((question, i) => `- {name: q${i}, question: "${question}"}\n`).join(''));

  before(() => useFake());
  beforeEach(async () => {
    messages = new Messages();
    panel = new FakePanel();
    await write('docs/a.txt', 'alpha and beta\n');
    await write('docs/b.txt', `first\nthen alpha ${HOSTILE}\n`);
    await write('docs/c.txt', 'nothing\n');
  });
  afterEach(async () => {
    panel.close();
    messages.restore();
    await closeAll();
    rmSync(uriOf('').fsPath, { recursive: true, force: true });
  });

  it('a row for each document, a cell for each question, streamed', async () => {
    const table = await run(await set('find alpha', `find ${HOSTILE}`));
    assert.equal(table.phase, 'done');
    await until('all rows', () => panel.rows.length === 3);
    assert.deepEqual(panel.rows, [
      ['table/docs/a.txt', 'alpha', null],
      ['table/docs/b.txt', 'alpha', HOSTILE],
      ['table/docs/c.txt', null, null],
    ]);
    assert.equal(panel.status.text, '3 of 3 documents');
    assert.equal(panel.status.busy, false);
    assert.equal(panel.sent[0].title, 'set.yaml: table/docs');
    assert.deepEqual(messages.seen, []);
  });

  it('the page: a strict policy, no script and no handler in it, no text of documents', async () => {
    await run(await set(`find ${HOSTILE}`));
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(panel.html) ?? assert.fail();
    const [, nonce] = /'nonce-([\w-]{20,})'/.exec(policy) ?? assert.fail(policy);
    assert.match(policy, /^default-src 'none'; style-src 'self' https:\/\/\*\.example; script-src 'nonce-/);
    const scripts = [...panel.html.matchAll(/<script\b([^>]*)>([^<]*)<\/script>/g)];
    assert.equal(scripts.length, 1);
    assert.ok(scripts[0][1].includes(`nonce="${nonce}"`) && scripts[0][2] === '');
    assert.doesNotMatch(panel.html, /\son\w+=|javascript:|<style|\{\{|onerror/);
    panel.close();
    panel = new FakePanel();
    await run(uriOf('set.yaml'));
    assert.ok(!panel.html.includes(nonce), 'another nonce for another page');
  });

  it('a cell opens its place', async () => {
    await run(await set('find alpha'));
    panel.say({ type: 'open', uri: uriOf('docs/b.txt').toString(), column: 0 });
    await until('the file', () => vscode.window.activeTextEditor?.document.uri.path.endsWith('docs/b.txt'));
    await until('the place', () => vscode.window.activeTextEditor?.selection.active.line === 1);
    assert.equal(vscode.window.activeTextEditor?.selection.active.character, 5);
    // Whatever else the page says is not listened to.
    for (const wrong of [
      null,
      7,
      { type: 'open', uri: 3, column: 0 },
      { type: 'export', format: 'exe' },
      { type: 'x' },
    ]) {
      panel.say(wrong);
    }
    panel.say({ type: 'open', uri: 'file:///etc/passwd', column: 0 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(vscode.window.activeTextEditor?.document.uri.path.endsWith('docs/b.txt'));
  });

  it('cancels at once; running again reads only what is missing or has changed', async () => {
    const file = await set('asked alpha', 'stall 1 alpha');
    const running = run(file);
    await until('a row', () => panel.rows.length > 0);
    panel.say({ type: 'cancel' });
    const table = await running;
    assert.equal(table.phase, 'cancelled');
    assert.match(panel.status.text, /^Cancelled: 1 of 3 documents/);
    assert.equal(table.rows.size, 1);
    const probabilities = () => [...table.rows.values()].map(({ cells }) => cells[0]?.probability);
    await run(file);
    assert.equal(table.rows.size, 3);
    assert.equal(table.phase, 'done');
    assert.equal(probabilities()[0], 1 / 3, 'the first row is of the first run');
    const before = probabilities();
    // Changed, new, gone.
    await write('docs/b.txt', 'alpha at the beginning now\n');
    utimesSync(uriOf('docs/b.txt').fsPath, new Date(), new Date(Date.now() + 5000));
    await write('docs/d.txt', 'alpha is new\n');
    rmSync(uriOf('docs/c.txt').fsPath);
    await run(file);
    assert.deepEqual([...table.rows.keys()].map((uri) => path.posix.basename(uri)).sort(), ['a.txt', 'b.txt', 'd.txt']);
    assert.equal(table.rows.get(uriOf('docs/a.txt').toString())?.cells[0]?.probability, before[0]);
    assert.equal(table.rows.get(uriOf('docs/d.txt').toString())?.cells[0]?.probability, 1 / 2, 'two were asked about');
    assert.deepEqual(
      panel.rows.map(([name]) => name),
      ['table/docs/a.txt', 'table/docs/b.txt', 'table/docs/d.txt'],
    );
    panel.say({ type: 'runAll' });
    await until('all again', () => table.phase === 'done' && probabilities().every((p) => p === 1 / 3));
  });

  it('a recreated page gets everything again', async () => {
    await run(await set('find alpha'));
    await until('all rows', () => panel.rows.length === 3);
    panel.sent.length = 0;
    panel.say({ type: 'ready' });
    assert.equal(panel.sent[0].type, 'begin');
    assert.equal(panel.rows.length, 3);
  });

  it('exports as the command line does', async () => {
    await run(await set('find alpha'));
    await until('all rows', () => panel.rows.length === 3);
    const target = path.join(os.tmpdir(), `ask-bert-table-${process.pid}.csv`);
    const { showSaveDialog } = vscode.window;
    let offered: vscode.Uri | undefined;
    Object.assign(vscode.window, {
      showSaveDialog: async ({ defaultUri }: vscode.SaveDialogOptions) => {
        offered = defaultUri;
        return vscode.Uri.file(target);
      },
    });
    try {
      panel.say({ type: 'export', format: 'csv' });
      await until('the file', () => {
        try {
          return readFileSync(target, 'utf8').length > 0;
        } catch {
          return false;
        }
      });
    } finally {
      Object.assign(vscode.window, { showSaveDialog });
    }
    assert.match(offered?.path ?? '', /table\/set-answers\.csv$/);
    const lines = readFileSync(target, 'utf8').split('\r\n');
    assert.deepEqual(lines[0], 'file,q0,q0 place,q0 probability,status');
    assert.deepEqual(lines.slice(1).sort(), [
      '',
      'table/docs/a.txt,alpha,1:1,0.6000,read',
      'table/docs/b.txt,alpha,2:6,0.6000,read',
      'table/docs/c.txt,,,,read',
    ]);
    rmSync(target);
  });

  it('an invalid file of questions: one message with line and column, no table', async () => {
    assert.equal(await run(await write('set.yaml', '- {name: a}\n')), undefined);
    assert.match(messages.only().text, /table\/set\.yaml:1:3: question is missing/);
    assert.equal(messages.only().actions[0], 'Open');
    const [fault] = vscode.languages.getDiagnostics(uriOf('set.yaml')).filter(({ source }) => source === 'Ask BERT');
    assert.match(fault.message, /^question is missing/);
    assert.deepEqual(fault.range.start, new vscode.Position(0, 2));
    assert.equal(await run(await write('set.yaml', `${'['.repeat(20_000)}`)), undefined);
    assert.equal(messages.seen.length, 2);
    assert.equal(panel.html, '');
  });

  it('a failure keeps the rows and is reported', async () => {
    const table = await run(await set('error EngineRun'));
    assert.equal(table.phase, 'failed');
    assert.match(messages.only().text, /It is EngineRun/);
    assert.match(panel.status.text, /^Failed/);
  });
});
