import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { isOwnTable } from '../../server/documents/own-files.js';
import type { Table } from '../../src/workspace/table.js';
import type { PageRow } from '../../src/workspace/table-page.js';
import { api, closeAll, Messages, until, useFake } from './helpers.js';

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
  sentence?: string;
  lead?: number;
  about?: string;
  checked?: boolean;
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

  /** A cell as the page has it now. */
  cell(name: string, column: number) {
    const rows = this.sent.flatMap(({ rows: sent = [] }) => sent);
    return (
      rows.findLast((row) => row.name === `table/docs/${name}`)?.cells[column] ?? assert.fail(`no cell of ${name}`)
    );
  }

  /** Rows as the page has them now: name and words of its cells. */
  get rows(): (string | null)[][] {
    const rows = new Map<string, (string | null)[]>();
    for (const { type, rows: added = [], uris = [] } of this.sent) {
      if (type === 'begin') rows.clear();
      for (const { uri, name, cells } of added) {
        rows.set(uri, [name, ...cells.map(({ none, words }) => (none ? null : words))]);
      }
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

  it('the file of questions changes while it runs: the table keeps what it was asked, the next run has the new ones', async () => {
    const file = await set('asked alpha', 'stall 1 beta');
    const running = run(file);
    await until('a row', () => panel.rows.length > 0);
    await set('find nothing');
    panel.say({ type: 'cancel' });
    const table = await running;
    assert.deepEqual([table.phase, [...table.rows.values()][0]?.cells.length], ['cancelled', 2]);
    await run(file);
    await until('the rows of the new questions', () => panel.rows.length === 3 && panel.rows[0].length === 2);
    assert.deepEqual(panel.rows[2], ['table/docs/c.txt', 'nothing']);
    assert.deepEqual(messages.seen, []);
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

  /** Exports to a file of its own; the message about it has been given. */
  async function exported(format: string, name = `ask-bert-table-${process.pid}.${format}`): Promise<string> {
    const target = path.join(os.tmpdir(), name);
    const { showSaveDialog } = vscode.window;
    let offered: vscode.Uri | undefined;
    Object.assign(vscode.window, {
      showSaveDialog: async ({ defaultUri }: vscode.SaveDialogOptions) => {
        offered = defaultUri;
        return vscode.Uri.file(target);
      },
    });
    const before = messages.seen.length;
    try {
      panel.say({ type: 'export', format });
      await until('the message', () => messages.seen.length > before);
    } finally {
      Object.assign(vscode.window, { showSaveDialog });
    }
    assert.match(offered?.path ?? '', new RegExp(`table/set-answers\\.${format}$`));
    return target;
  }

  it('exports as the command line does, with what was checked; "Open" opens the file', async () => {
    await run(await set('find alpha'));
    await until('all rows', () => panel.rows.length === 3);
    panel.say({ type: 'check', uri: uriOf('docs/a.txt').toString(), column: 0, checked: true });
    const csv = await exported('csv');
    const lines = readFileSync(csv, 'utf8').split('\r\n');
    assert.equal(lines[0], '\ufefffile,q0,q0 exact,q0 sentence,q0 place,q0 grade,q0 probability,q0 checked,status');
    assert.deepEqual(lines.slice(1).sort(), [
      '',
      'table/docs/a.txt,alpha,alpha,alpha and beta,line 1,unsure,0.6000,yes,read',
      `table/docs/b.txt,alpha,alpha,then alpha ${HOSTILE},line 2,unsure,0.6000,,read`,
      'table/docs/c.txt,,,,,,,,read',
    ]);
    rmSync(csv);
    const xlsx = await exported('xlsx');
    assert.equal(readFileSync(xlsx).subarray(0, 2).toString(), 'PK');
    assert.ok(await isOwnTable(xlsx));
    rmSync(xlsx);
    messages.choose = 'Open';
    const markdown = await exported('md');
    await until('it is open', () => vscode.window.activeTextEditor?.document.uri.fsPath === markdown);
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /\| alpha \(line 1, unsure, p=0\.60\) ✓ \|/);
    assert.match(messages.seen.at(-1)?.text ?? '', /the table was saved as ask-bert-table-\d+\.md/);
    await closeAll();
    rmSync(markdown);
    messages.choose = undefined;
    await exported('csv', 'no such folder of ask-bert\u0000/table.csv');
    assert.equal(messages.seen.at(-1)?.kind, 'error');
    assert.match(messages.seen.at(-1)?.text ?? '', /table\.csv cannot be written/);
  });

  it('the cell that has the focus: its sentence, with the words marked, and its source for those who quote it', async () => {
    await run(await set('find alpha', 'find nowhere'));
    await until('all rows', () => panel.rows.length === 3);
    const uri = uriOf('docs/b.txt').toString();
    panel.say({ type: 'focus', uri, column: 0 });
    const detail = panel.sent.at(-1) ?? assert.fail();
    assert.equal(detail.type, 'detail');
    assert.equal(detail.sentence, `then alpha ${HOSTILE}`);
    assert.equal(detail.lead, 5);
    assert.match(detail.about ?? '', /^table\/docs\/b\.txt · find alpha · unsure, 60\s?% · line 2$/);
    panel.say({ type: 'copy', uri, column: 0 });
    await until('the clipboard', async () => {
      return (await vscode.env.clipboard.readText()) === '"alpha" – b.txt, line 2';
    });
    panel.say({ type: 'focus', uri, column: 1 });
    assert.match(panel.sent.at(-1)?.about ?? '', /· no answer$/);
    panel.say({ type: 'focus', uri: 'file:///nowhere', column: 0 });
    assert.match(panel.sent.at(-1)?.about ?? '', /· no answer$/, 'what is not in the table is not answered');
  });

  it('no answer: a click shows the best guess in its document', async () => {
    await run(await set('guess alpha'));
    await until('all rows', () => panel.rows.length === 3);
    const cell = panel.cell('b.txt', 0);
    assert.deepEqual([cell.words, cell.none, cell.guess], ['–', true, true]);
    assert.match(cell.label, /best guess: alpha/);
    assert.equal(panel.cell('c.txt', 0).guess, false);
    const uri = uriOf('docs/b.txt').toString();
    panel.say({ type: 'focus', uri, column: 0 });
    assert.match(panel.sent.at(-1)?.about ?? '', /no answer; the best guess: alpha · line 2$/);
    panel.say({ type: 'open', uri, column: 0 });
    await until('the guess', async () => (await api()).answers(uriOf('docs/b.txt'))?.guess === true);
    await until('its place', () => {
      return vscode.window.activeTextEditor?.selection.active.isEqual(new vscode.Position(1, 5));
    });
  });

  it('a checked cell stays checked in another run of the set, until its answer is another one', async () => {
    const file = await set('find alpha');
    await run(file);
    await until('all rows', () => panel.rows.length === 3);
    const uri = uriOf('docs/a.txt').toString();
    panel.say({ type: 'check', uri, column: 0, checked: true });
    assert.equal(panel.cell('a.txt', 0).checked, true);
    assert.equal(panel.sent.at(-1)?.checked, true, 'what is shown of the cell says so too');
    assert.match(panel.cell('a.txt', 0).label, /, checked$/);
    panel.say({ type: 'check', uri: 'file:///nowhere', column: 0, checked: true });
    panel.close();
    panel = new FakePanel();
    await run(file);
    await until('all rows', () => panel.rows.length === 3);
    assert.deepEqual([panel.cell('a.txt', 0).checked, panel.cell('b.txt', 0).checked], [true, false]);
    await write('docs/a.txt', 'no such word\n');
    utimesSync(uriOf('docs/a.txt').fsPath, new Date(), new Date(Date.now() + 5000));
    await run(file);
    assert.equal(panel.cell('a.txt', 0).checked, false);
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
