/** Answers are seen where they are: folded text opens, long lines, the user who has gone on, the document in front. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AskOutcome } from '../../src/client.js';
import { api, ask, edit, highlighted, select, settled, show, until, withFake } from './helpers.js';

/** For the fake's `held`: it answers once it is released. */
function heldBack(): { file: string; release: () => void } {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'ask-bert-held-')), 'released');
  return { file, release: () => writeFileSync(file, '') };
}

const inView = (editor: vscode.TextEditor, line: number) =>
  editor.visibleRanges.some((range) => range.contains(new vscode.Position(line, 0)));

describe('an answer is seen where it is', () => {
  const fake = withFake();

  it('folded text opens', async () => {
    const editor = await show(`head\n${'  line\n'.repeat(20)}  a fox\n${'  line\n'.repeat(20)}tail\n`);
    await vscode.commands.executeCommand('editor.foldAll');
    await until('it is folded', () => !inView(editor, 21));
    await ask('find fox');
    await until('it is open', () => inView(editor, 21));
    assert.equal(editor.selection.active.line, 21);
  });

  it('the user has moved or typed since: the cursor stays, and a message offers to go', async () => {
    for (const act of ['move', 'type']) {
      fake.messages.seen.length = 0;
      const editor = await show(`start\n${'line\n'.repeat(300)}a fox\n`);
      const { file, release } = heldBack();
      const running = ask(`held ${file} fox`);
      await settled();
      if (act === 'move') await select(editor, new vscode.Selection(2, 1, 2, 1));
      else await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'typed '));
      const { selection } = editor;
      fake.messages.choose = undefined;
      release();
      await running;
      await settled();
      assert.ok(editor.selection.isEqual(selection), act);
      assert.ok(!inView(editor, 301), act);
      const { text, actions } = fake.messages.only();
      assert.match(text, /answer found in [\w-]+\.txt: fox/);
      assert.deepEqual(actions, ['Go']);
    }
  });

  it('"Go" goes there', async () => {
    const editor = await show(`start\n${'line\n'.repeat(300)}a fox\n`);
    const { file, release } = heldBack();
    const running = ask(`held ${file} fox`);
    await settled();
    await select(editor, new vscode.Selection(2, 1, 2, 1));
    fake.messages.choose = 'Go';
    release();
    await running;
    await until('the answer is in view', () => inView(editor, 301));
    assert.equal(editor.selection.active.line, 301);
  });

  it('another document is in front when the answer comes: it is shown on return', async () => {
    const editor = await show(`start\n${'line\n'.repeat(300)}a fox\n`);
    const { file, release } = heldBack();
    const running = ask(`held ${file} fox`);
    await settled();
    const other = await show('something else');
    release();
    await running;
    assert.equal(vscode.window.activeTextEditor, other);
    const back = await vscode.window.showTextDocument(editor.document);
    await until('the answer is in view', () => inView(back, 301));
    await until('with the cursor', () => back.selection.active.line === 301);
    assert.deepEqual(fake.messages.seen, []);
  });

  it('a line that is not drawn to its end says so, and shows the sentence', async () => {
    const editor = await show(`${'word '.repeat(3000)}a fox here.\nnext\n`);
    await ask('find fox');
    assert.match(
      fake.messages.only().text,
      /draws line 1 only up to character 10,000; the answer is at character 15,003: fox/,
    );
    await select(editor, new vscode.Selection(1, 0, 1, 0));
  });

  it('a selection that was asked about is asked again, although the cursor is at the answer', async () => {
    const editor = await show('One fox here.\nAnother fox there.\nThe third fox sleeps.\n');
    await select(editor, new vscode.Selection(1, 0, 2, 9));
    await ask('find fox');
    await until('the cursor is there', () => editor.selection.isEmpty);
    assert.equal((await highlighted(editor.document)).length, 1);
    await vscode.commands.executeCommand('askBert.askAgain');
    assert.equal((await highlighted(editor.document)).length, 1);
  });

  it('the highlights of the previous question go when a new one begins', async () => {
    const { document } = await show('One fox here.\nAnother fox there.\n');
    await ask('find fox');
    const { file, release } = heldBack();
    const running = ask(`held ${file} Another`);
    await until('nothing is highlighted', async () => (await highlighted(document)).length === 0);
    release();
    await running;
    assert.deepEqual(await highlighted(document), ['Another']);
  });

  it('"no answer" goes with an edit, and with the next question', async () => {
    const editor = await show('One fox here.\nAnother fox there.\n');
    const guess = () => vscode.commands.executeCommand('askBert.showBestGuess');
    await ask('none fox');
    await edit(editor, (builder) => builder.insert(new vscode.Position(1, 0), 'x'));
    assert.equal(await guess(), undefined);
    await ask('none fox');
    await ask('find Another');
    assert.equal(await guess(), undefined);
    assert.deepEqual(await highlighted(editor.document), ['Another']);
    await ask('none fox');
    await vscode.commands.executeCommand('askBert.clearAnswers');
    assert.equal(await guess(), undefined);
    assert.deepEqual(fake.messages.seen, []);
  });

  it('"no answer" names question and document to a screen reader', async () => {
    const configuration = vscode.workspace.getConfiguration('editor');
    await configuration.update('accessibilitySupport', 'on', vscode.ConfigurationTarget.Global);
    try {
      await show('One fox here.\n');
      await ask('none fox');
      assert.match(fake.messages.only().text, /^"none fox": not found in [\w-]+\.txt \(90% sure\)\.$/);
    } finally {
      await configuration.update('accessibilitySupport', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('alternatives are highlighted from a tenth of the best', async () => {
    const { document } = await show('fox '.repeat(12));
    await ask('find fox');
    const shown = (await api()).answers(document.uri)?.answers.map(({ probability }) => probability);
    assert.deepEqual(shown, [0.6, 0.3, 0.15, 0.075]);
  });
});

/** As the fake was told. */
const budgetOf = ({ result }: AskOutcome) => (result as unknown as { read: { budget: number } }).read.budget;

describe('a long text', () => {
  withFake();

  it('is asked with the time limit of workspace questions; "Read Everything" asks the same part without one', async () => {
    const editor = await show('One fox here.\nAnother fox there.\n');
    await select(editor, new vscode.Selection(1, 0, 1, 18));
    const outcome = await ask('partly fox');
    assert.equal(budgetOf(outcome), 30);
    const entry = (await api()).answers(editor.document.uri) ?? assert.fail('no answers');
    assert.equal(entry.result.read?.characters, 12);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      editor.document.uri,
      entry.current.range.start,
    );
    const text = hovers.flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value)).join();
    assert.match(text, /12\\?% of the text was read/);
    assert.match(text, /command:askBert\.readEverything/);
    const all = await vscode.commands.executeCommand<typeof outcome>('askBert.readEverything');
    assert.equal(all.question, 'partly fox');
    assert.equal(budgetOf(all), 0);
    assert.deepEqual(
      (await api()).answers(editor.document.uri)?.answers.map(({ start }) => start),
      [22],
    );
  });
});
