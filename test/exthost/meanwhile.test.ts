/** What can happen to a document while it is being read: the answer is right, or there is none; never on other words. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { AnswerStore, placedAt } from '../../src/answers/store.js';
import type { AskOutcome } from '../../src/client.js';
import { api, ask, edit, highlighted, settled, show, until, withFake } from './helpers.js';

const TEXT = 'One fox here.\nAnother fox there.\n';

describe('while a document is being read', () => {
  const fake = withFake();

  /** Asks, does something, and lets the answer come. */
  async function during(
    editor: vscode.TextEditor,
    act: (uri: vscode.Uri) => Thenable<unknown>,
  ): Promise<AskOutcome['status']> {
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'ask-bert-held-')), 'released');
    const running = ask(`held ${file} fox`);
    await settled();
    await act(editor.document.uri);
    writeFileSync(file, '');
    const { status } = await running;
    rmSync(path.dirname(file), { recursive: true });
    assert.deepEqual(
      fake.messages.seen.filter(({ kind }) => kind === 'error'),
      [],
    );
    return status;
  }
  const { fs } = vscode.workspace;
  const write = (uri: vscode.Uri, text: string) => fs.writeFile(uri, new TextEncoder().encode(text));

  it('it is closed: the answers are there when it is opened again, or nothing is', async () => {
    const editor = await show(TEXT);
    const { uri } = editor.document;
    const status = await during(editor, () => vscode.commands.executeCommand('workbench.action.closeActiveEditor'));
    assert.ok(status === 'answered' || status === 'changed', status);
    const again = await vscode.window.showTextDocument(uri);
    // VS Code keeps a closed document for a while: the one that was answered may be the one that is opened again.
    const answered = status === 'answered' && again.document === editor.document;
    assert.deepEqual(await highlighted(again.document), answered ? ['fox', 'fox'] : []);
  });

  it('it is renamed: nothing is highlighted in the other document, and it can be asked', async () => {
    const editor = await show(TEXT);
    const { uri } = editor.document;
    const renamed = uri.with({ path: uri.path.replace(/\.txt$/, '-renamed.txt') });
    await during(editor, async () => {
      const change = new vscode.WorkspaceEdit();
      change.renameFile(uri, renamed);
      assert.ok(await vscode.workspace.applyEdit(change));
      await until('the other name', () => vscode.window.activeTextEditor?.document.uri.path === renamed.path);
    });
    const now = vscode.window.activeTextEditor ?? assert.fail('no editor');
    assert.deepEqual(await highlighted(now.document), []);
    await ask('find fox');
    assert.deepEqual(await highlighted(now.document), ['fox', 'fox']);
  });

  it('its file is deleted: the text in the editor has the answers', async () => {
    const editor = await show(TEXT);
    assert.equal(await during(editor, (uri) => fs.delete(uri)), 'answered');
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox']);
  });

  it('its file is replaced: only what still stands there is highlighted', async () => {
    const editor = await show(TEXT);
    const status = await during(editor, async (uri) => {
      await write(uri, 'New first line.\nOne fox here.\nAnother cat there.\n');
      await until('the other text', () => editor.document.getText().startsWith('New'));
    });
    assert.ok(status === 'answered' || status === 'changed', status);
    for (const words of await highlighted(editor.document)) assert.equal(words, 'fox');
    const other = await show(TEXT);
    const gone = await during(other, async (uri) => {
      await write(uri, 'Nothing of it is left.\n');
      await until('the other text', () => other.document.getText().startsWith('Nothing'));
    });
    assert.equal(gone, 'changed');
    assert.deepEqual(await highlighted(other.document), []);
  });

  it('it becomes read-only: the answers are highlighted', async () => {
    const editor = await show(TEXT);
    const readonly = 'workbench.action.files.setActiveEditorReadonlyInSession';
    assert.equal(await during(editor, () => vscode.commands.executeCommand(readonly)), 'answered');
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox']);
    await vscode.commands.executeCommand('workbench.action.files.resetActiveEditorReadonlyInSession');
  });

  it('an edit that is undone before the answer comes changes nothing', async () => {
    const editor = await show(TEXT);
    const status = await during(editor, async () => {
      await edit(editor, (builder) => builder.replace(new vscode.Range(0, 4, 0, 7), 'cat'));
      await vscode.commands.executeCommand('undo');
      await until('the text of before', () => editor.document.getText() === TEXT);
    });
    assert.equal(status, 'answered');
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox']);
  });
});

describe('a thousand answers', () => {
  withFake();

  it('follow an edit, are lost and come back together', async () => {
    const editor = await show('fox '.repeat(1000));
    const { document } = editor;
    const store = new AnswerStore();
    const more = { text: 'fox', probability: 0.5, grade: 'unsure' } as const;
    const answers = Array.from({ length: 1000 }, (_, i) => {
      const place = { start: 4 * i, end: 4 * i + 3 };
      const range = new vscode.Range(0, place.start, 0, place.end);
      const where = { line: 0, character: place.start, endLine: 0, endCharacter: place.end };
      return placedAt(document, { ...more, ...place, ...where }, place, range, i + 1);
    });
    const noAnswer = { score: 0, probability: 0, chosen: false, threshold: 0 };
    store.set(document, { question: 'Where?', noAnswer }, answers, false);
    const texts = () => store.of(document)?.answers.map(({ range }) => document.getText(range)) ?? [];
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'A '));
    assert.deepEqual(new Set(texts()), new Set(['fox']));
    await edit(editor, (builder) => builder.delete(new vscode.Range(0, 2, 0, 2 + 4 * 600)));
    assert.equal(texts().length, 400);
    await vscode.commands.executeCommand('undo');
    await until('all of them', () => texts().length === 1000);
    assert.deepEqual(new Set(texts()), new Set(['fox']));
    assert.deepEqual(
      store.of(document)?.answers.map(({ rank }) => rank),
      answers.map(({ rank }) => rank),
    );
    assert.equal(store.move(document, { step: -1 })?.current.rank, 1000);
    store.dispose();
    assert.ok(await api());
  });
});
