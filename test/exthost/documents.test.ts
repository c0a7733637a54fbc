import assert from 'node:assert/strict';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { api, ask, closeAll, edit, highlighted, offsets, select, show, until, withFake } from './helpers.js';

const folder = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');

describe('documents of every kind', () => {
  const fake = withFake();

  it('a file of the folder', async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder(), 'service-agreement.md'));
    await vscode.window.showTextDocument(document);
    await ask('find Falkenberg');
    assert.deepEqual(await highlighted(document), ['Falkenberg']);
  });

  it('an untitled document', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'never saved fox', language: 'markdown' });
    const editor = await vscode.window.showTextDocument(document);
    assert.ok(document.isUntitled);
    await ask('find fox');
    assert.deepEqual(await highlighted(document), ['fox']);
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), '# '));
    assert.deepEqual(await offsets(document), [[14, 17]]);
  });

  it('CRLF: offsets count both characters of a line end', async () => {
    const file = path.join(os.tmpdir(), `ask-bert-crlf-${process.pid}.txt`);
    writeFileSync(file, 'one\r\ntwo fox\r\nfox\r\n');
    const document = await vscode.workspace.openTextDocument(file);
    const editor = await vscode.window.showTextDocument(document);
    assert.equal(document.eol, vscode.EndOfLine.CRLF);
    await ask('find fox');
    assert.deepEqual(await offsets(document), [
      [9, 12],
      [14, 17],
    ]);
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'a\r\nb\n'));
    assert.deepEqual(await highlighted(document), ['fox', 'fox']);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    rmSync(file);
  });

  it('an answer across a line break', async () => {
    const { document } = await show('the quick brown\nfox jumps');
    const [answer] = (await ask('find brown\nfox')).answers;
    assert.equal(answer.range.start.line, 0);
    assert.equal(answer.range.end.line, 1);
    assert.deepEqual(await highlighted(document), ['brown\nfox']);
  });

  it('UTF-16: characters beyond the basic plane before and inside an answer', async () => {
    const { document } = await show('😀😀 𝔣𝔬𝔵 x');
    await ask('find 𝔣𝔬𝔵');
    assert.deepEqual(await offsets(document), [[5, 11]]);
    assert.deepEqual(await highlighted(document), ['𝔣𝔬𝔵']);
  });

  it('a read-only text of a content provider', async () => {
    const provider = { provideTextDocumentContent: () => 'virtual fox\n' };
    const registration = vscode.workspace.registerTextDocumentContentProvider('asktest', provider);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse('asktest:/a.txt'));
    await vscode.window.showTextDocument(document);
    await ask('find fox');
    assert.deepEqual(await highlighted(document), ['fox']);
    registration.dispose();
  });

  it('a cell of a notebook', async () => {
    const { Markup, Code } = vscode.NotebookCellKind;
    const cells = [
      new vscode.NotebookCellData(Markup, 'Some *markdown*.', 'markdown'),
      new vscode.NotebookCellData(Code, 'x = "fox"  # the fox\n', 'python'),
    ];
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData(cells));
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(1, 2)] });
    await vscode.commands.executeCommand('notebook.cell.edit');
    const { document } = notebook.cellAt(1);
    await until('the cell is the active editor', () => vscode.window.activeTextEditor?.document === document);
    assert.equal(document.uri.scheme, 'vscode-notebook-cell');
    await ask('find fox');
    assert.deepEqual(await highlighted(document), ['fox', 'fox']);
    assert.equal((await api()).answers(notebook.cellAt(0).document.uri), undefined);
  });

  it('two editors of one document: the same answers, the selection of the active one', async () => {
    const first = await show('fox fox fox');
    const second = await vscode.window.showTextDocument(first.document, vscode.ViewColumn.Beside);
    await select(second, new vscode.Selection(0, 4, 0, 11));
    await ask('find fox');
    assert.deepEqual(await offsets(first.document), [
      [4, 7],
      [8, 11],
    ]);
  });

  it('a document that is not shown, through the API', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'hidden fox' });
    const outcome = await (await api()).ask({ uri: document.uri, question: 'find fox' });
    assert.equal(outcome?.status, 'answered');
    assert.deepEqual(await highlighted(document), ['fox']);
  });

  it('a range through the API', async () => {
    const { document } = await show('fox fox fox');
    await (await api()).ask({ uri: document.uri, range: new vscode.Range(0, 3, 0, 8), question: 'find fox' });
    assert.deepEqual(await offsets(document), [[4, 7]]);
  });

  it('an output panel', async () => {
    const channel = vscode.window.createOutputChannel('Ask test');
    channel.appendLine('output with a fox');
    channel.show();
    const isOutput = (editor: vscode.TextEditor) =>
      editor.document.uri.scheme === 'output' && editor.document.getText().includes('with a fox');
    await until('the panel is there', () => vscode.window.visibleTextEditors.some(isOutput));
    const editor = vscode.window.visibleTextEditors.find(isOutput);
    await (await api()).ask({ uri: editor?.document.uri, question: 'find fox' });
    assert.deepEqual(await highlighted(editor?.document ?? assert.fail()), ['fox']);
    channel.dispose();
    await vscode.commands.executeCommand('workbench.action.closePanel');
  });

  it('nothing to read: empty document, blank selection, no editor', async () => {
    await show('');
    assert.equal(await vscode.commands.executeCommand('askBert.ask', { question: 'find fox' }), undefined);
    assert.match(fake.messages.seen[0].text, /nothing to read, [\w-]+\.txt is empty/);
    const editor = await show('a   b');
    await select(editor, new vscode.Selection(0, 1, 0, 4));
    assert.equal(await vscode.commands.executeCommand('askBert.ask', { question: 'find fox' }), undefined);
    assert.match(fake.messages.seen[1].text, /nothing to read, the selection in [\w-]+\.txt is blank/);
    await closeAll();
    await until('no editor', () => vscode.window.activeTextEditor === undefined);
    assert.equal(await vscode.commands.executeCommand('askBert.ask', { question: 'find fox' }), undefined);
    assert.match(fake.messages.seen[2].text, /open a text first/);
  });

  it('a text of 3 million characters', async () => {
    const { document } = await show(`${'0123456789 '.repeat(270_000)}fox\n`);
    await ask('find fox');
    assert.deepEqual(await offsets(document), [[2_970_000, 2_970_003]]);
  });

  it('a file that VS Code does not give to extensions is read from disk', async () => {
    const file = path.join(os.tmpdir(), `ask-bert-zeros-${process.pid}.txt`);
    writeFileSync(file, `A fox before zeros.${'\0'.repeat(600)}`);
    const uri = vscode.Uri.file(file);
    const question = 'none fox';
    assert.equal(await vscode.commands.executeCommand('askBert.ask', { question, uri }), undefined);
    const { phase, total, question: asked } = (await api()).results() ?? assert.fail('no results');
    assert.deepEqual([phase, total, asked], ['done', 1, question]);
    assert.deepEqual(fake.messages.seen, []);
    rmSync(file);
  });

  it('a text that is too large for both is refused with both limits, from its tab and its menu', async () => {
    const file = path.join(os.tmpdir(), `ask-bert-large-${process.pid}.txt`);
    writeFileSync(file, 'x\n'.repeat(32 * 1024));
    truncateSync(file, 51 * 1024 * 1024);
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('vscode.open', uri);
    await until('the tab is there', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes('large'));
    const refusal = new RegExp(`${path.basename(file)} has 51 MB\\. .* of up to 50 MB, .* of up to 8 MB`);
    for (const request of [{ question: 'find vixen' }, { question: 'find vixen', uri }]) {
      fake.messages.seen.length = 0;
      assert.equal(await vscode.commands.executeCommand('askBert.ask', request), undefined);
      await until('the refusal', () => fake.messages.seen.some(({ text }) => refusal.test(text)));
    }
    assert.notEqual((await api()).results()?.question, 'find vixen', 'nothing was asked');
    rmSync(file);
  });
});
