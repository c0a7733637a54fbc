/** What is in front, whatever it is: notebook, preview, diff, a file from disk, a tab without text. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { AskOutcome } from '../../src/client.js';
import { api, ask, highlighted, select, show, statusItem, until, withFake } from './helpers.js';

const folder = () => vscode.workspace.workspaceFolders?.[0].uri ?? assert.fail('no folder');

async function write(name: string, content: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.joinPath(folder(), 'tests', name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
  return uri;
}

describe('whatever is in front can be asked', () => {
  const fake = withFake();

  it('a notebook: all its cells, and answers in the cells, one after the other', async () => {
    const { Markup, Code } = vscode.NotebookCellKind;
    const cells = [
      new vscode.NotebookCellData(Markup, 'A *fox* in text.', 'markdown'),
      new vscode.NotebookCellData(Code, '   ', 'python'),
      new vscode.NotebookCellData(Code, 'x = "fox"\n', 'python'),
    ];
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData(cells));
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(2, 3)] });
    await until('the notebook is in front', () => vscode.window.activeNotebookEditor?.notebook === notebook);
    const outcome = await ask('find fox');
    assert.equal(outcome.status, 'answered');
    const inCells = await Promise.all(notebook.getCells().map((cell) => highlighted(cell.document)));
    assert.deepEqual(inCells, [['fox'], [], ['fox']]);
    const entries = await Promise.all(
      [0, 2].map(async (i) => (await api()).answers(notebook.cellAt(i).document.uri) ?? assert.fail('none')),
    );
    assert.deepEqual(
      entries.map(({ current, found }) => [current.rank, found]),
      [
        [1, 2],
        [2, 2],
      ],
    );
    const reference = { uri: notebook.cellAt(0).document.uri.toString(), rank: 1 };
    await vscode.commands.executeCommand('askBert.nextAnswer', reference);
    await until('the cell of the next one', () => vscode.window.activeNotebookEditor?.selection.start === 2);
    await vscode.commands.executeCommand('askBert.clearAnswers', reference);
    assert.deepEqual(await highlighted(notebook.cellAt(2).document), []);
  });

  it('a notebook in which no cell is edited: the status bar says the answer of the selected cell, or of the next', async () => {
    const { Markup, Code } = vscode.NotebookCellKind;
    const cells = [
      new vscode.NotebookCellData(Markup, 'Nothing.', 'markdown'),
      new vscode.NotebookCellData(Code, 'x = "fox"\n', 'python'),
    ];
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData(cells));
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(0, 1)] });
    await until('the notebook is in front', () => vscode.window.activeNotebookEditor?.notebook === notebook);
    await ask('find fox');
    await vscode.commands.executeCommand('notebook.cell.quitEdit');
    await until('no cell is edited', () => vscode.window.activeTextEditor === undefined);
    const answers = (await api()).answers(notebook.cellAt(1).document.uri) ?? assert.fail('none');
    const of = (document: vscode.TextDocument | undefined) => (document === answers.document ? answers : undefined);
    assert.match((await statusItem(of)).text, /1\/1/);
    assert.doesNotMatch((await statusItem(() => undefined)).text, /1\/1/);
  });

  it('a Markdown preview: its source', async () => {
    const name = `preview-${randomUUID()}.md`;
    const uri = await write(name, '# Title\n\nA fox.\n');
    await vscode.commands.executeCommand('markdown.showPreview', uri);
    await until('the preview is in front', () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      return tab?.input instanceof vscode.TabInputWebview && tab.label.endsWith(name);
    });
    const outcome = await ask('find fox');
    assert.equal(outcome.status, 'answered');
    const source = await vscode.workspace.openTextDocument(uri);
    assert.deepEqual(await highlighted(source), ['fox']);
    // Nothing of it can be seen in the preview.
    assert.match(fake.messages.only().text, /answer found in preview-[\w-]+\.md: fox/);
    assert.deepEqual(fake.messages.only().actions, ['Go']);
    await ask('none fox');
    assert.match(fake.messages.seen[1].text, /^"none fox": not found in preview-/);
  });

  it('a diff: the side in front', async () => {
    const left = await write(`left-${randomUUID()}.txt`, 'one fox\n');
    const right = await write(`right-${randomUUID()}.txt`, 'two fox fox\n');
    await vscode.commands.executeCommand('vscode.diff', left, right, 'left and right');
    await until('the diff', () => vscode.window.activeTextEditor?.document.uri.path === right.path);
    await ask('find fox');
    assert.equal((await highlighted(await vscode.workspace.openTextDocument(right))).length, 2);
    await vscode.commands.executeCommand('diffEditor.switchSide');
    await until('the left side', () => vscode.window.activeTextEditor?.document.uri.path === left.path);
    // VS Code selects there what corresponds to the cursor of the other side.
    await select(vscode.window.activeTextEditor ?? assert.fail('none'), new vscode.Selection(0, 0, 0, 0));
    const outcome = await ask('find fox');
    assert.deepEqual([outcome.status, outcome.answers.length], ['answered', 1]);
    assert.equal((await highlighted(await vscode.workspace.openTextDocument(left))).length, 1);
  });

  it('a tab without text is named', async () => {
    await vscode.commands.executeCommand('workbench.action.openSettings2');
    await until('the tab', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label === 'Settings');
    assert.equal(await vscode.commands.executeCommand('askBert.ask', { question: 'find fox' }), undefined);
    const { text, actions } = fake.messages.only();
    assert.match(text, /the tab "Settings" has no text/);
    assert.deepEqual(actions, ['Ask about Workspace']);
  });

  it('Ask about Document: the whole document, whatever is selected', async () => {
    const editor = await show('fox\nfox\n');
    editor.selection = new vscode.Selection(1, 0, 1, 3);
    const outcome = await vscode.commands.executeCommand<AskOutcome>('askBert.askDocument', { question: 'find fox' });
    assert.equal(outcome.answers.length, 2);
  });

  it('Ask about File, from the explorer: the file is opened and asked; several are asked as a folder is', async () => {
    const [a, b] = [await write(`a-${randomUUID()}.txt`, 'a fox\n'), await write(`b-${randomUUID()}.txt`, 'fox fox\n')];
    const outcome = await vscode.commands.executeCommand<AskOutcome>('askBert.askFile', {
      question: 'find fox',
      uris: [a],
    });
    assert.equal(outcome.status, 'answered');
    assert.equal(vscode.window.activeTextEditor?.document.uri.path, a.path);
    assert.deepEqual(await highlighted(vscode.window.activeTextEditor?.document ?? assert.fail('none')), ['fox']);
    await vscode.commands.executeCommand('askBert.askFile', { question: 'find fox', uris: [a, b] });
    const run = (await api()).results() ?? assert.fail('no results');
    assert.deepEqual([run.phase, run.total], ['done', 2]);
  });
});
