import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import * as vscode from 'vscode';
import { pdfFile } from '../page-view/pdf-file.mjs';
import { api, closeAll, highlighted, Messages, until, useReal } from './helpers.js';

const root = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');
const uriOf = (name: string) => vscode.Uri.joinPath(root(), 'extracted', name);
const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(`askBert.${command}`, ...args);
const PAGES = [
  'The parties are Alder Ltd and Birch Ltd.',
  'The lease runs for twelve months.',
  'The rent is 900 euros a month.',
];

async function write(name: string, options: { password?: string } = {}): Promise<vscode.Uri> {
  const bytes = pdfFile(
    PAGES.map((text) => ({ lines: [{ text, x: 72, y: 700 }] })),
    options,
  );
  await vscode.workspace.fs.writeFile(uriOf(name), bytes);
  return uriOf(name);
}

/** The text of a file, in front. */
const textInFront = () => vscode.window.activeTextEditor?.document ?? assert.fail('no text');
const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).map(({ label }) => label);

describe('the text of a PDF', () => {
  let messages: Messages;
  before(() => useReal());
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await run('clearAnswers');
    await closeAll();
    rmSync(uriOf('').fsPath, { recursive: true, force: true });
  });

  it('"Ask about File" opens it, and nothing else; page in hover, copy and history', async () => {
    const uri = await write('lease [1].pdf');
    await run('askFile', { uris: [uri], question: 'How long does the lease run?' });
    const document = textInFront();
    assert.equal(document.uri.scheme, 'ask-bert-text');
    assert.equal(tabs().length, 1);
    assert.equal((await highlighted(document))[0], 'twelve months');
    const entry = (await api()).answers(document.uri) ?? assert.fail('no answers');
    assert.deepEqual(entry.current.where, { page: 2 });
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      entry.current.range.start,
    );
    const hover = hovers.flatMap(({ contents }) => contents as vscode.MarkdownString[]).map(({ value }) => value);
    assert.match(hover.join('\n'), /page 2/);
    assert.equal(await run('copyAnswer', { uri: document.uri.toString(), rank: 1 }), 'twelve months');
    assert.equal(await run('copyAnswerWithSource'), '"twelve months" – lease [1].pdf, page 2');
    const exported = await run('exportHistory');
    assert.match(String(exported), /extracted\/lease .*\.pdf, page 2, /);
  });

  it('the whole of it is asked, whatever is selected', async () => {
    const uri = await write('lease.pdf');
    await run('askFile', { uris: [uri], question: 'How long does the lease run?' });
    const document = textInFront();
    const editor = vscode.window.activeTextEditor ?? assert.fail('no editor');
    const line = document.getText().slice(0, document.getText().indexOf('Birch')).split('\n').length - 1;
    editor.selection = new vscode.Selection(line, 0, line, 12);
    await run('askFile', { uris: [uri], question: 'How much is the rent?' });
    assert.match((await highlighted(document))[0] ?? '', /900 euros/);
  });

  it('a password is asked for once to read it, and not again for each question', async () => {
    const uri = await write('locked.pdf', { password: 'secret' });
    const original = vscode.window.showInputBox;
    let prompts = 0;
    const typed = ['wrong', 'secret'];
    Object.assign(vscode.window, {
      showInputBox: () => {
        prompts++;
        return Promise.resolve(typed.shift());
      },
    });
    try {
      await run('askFile', { uris: [uri], question: 'How long does the lease run?' });
      assert.equal((await highlighted(textInFront()))[0], 'twelve months');
      await run('ask', { question: 'How much is the rent?' });
      assert.match((await highlighted(textInFront()))[0] ?? '', /900 euros/);
    } finally {
      Object.assign(vscode.window, { showInputBox: original });
    }
    assert.equal(prompts, 2);
    assert.deepEqual(messages.seen, []);
  });

  it('a changed file is read again, whatever its name', async () => {
    const name = 'a [b] {c}.pdf';
    const uri = await write(name);
    await run('askFile', { uris: [uri], question: 'How long does the lease run?' });
    const document = textInFront();
    const bytes = pdfFile([{ lines: [{ text: 'Nothing is left.', x: 72, y: 700 }] }]);
    await vscode.workspace.fs.writeFile(uri, bytes);
    await until('read again', () => document.getText().includes('Nothing is left.'));
  });
});
