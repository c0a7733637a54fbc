import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  api,
  ask,
  closeAll,
  edit,
  highlighted,
  Messages,
  offsets,
  select,
  settled,
  show,
  until,
  useFake,
} from './helpers.js';

const TEXT = 'One fox here.\nAnother fox there.\nThe third fox sleeps.\n';

/** For the fake's `held`: it answers once it is released. */
function heldBack(): { file: string; release: () => void } {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'ask-bert-held-')), 'released');
  return { file, release: () => writeFileSync(file, '') };
}

describe('answers in the editor', () => {
  let messages: Messages;
  before(async () => {
    await api();
    await useFake();
  });
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });

  it('are highlighted at exact ranges, best first', async () => {
    const { document } = await show(TEXT);
    const outcome = await ask('find fox');
    assert.equal(outcome.status, 'answered');
    assert.deepEqual(await highlighted(document), ['fox', 'fox', 'fox']);
    const entry = (await api()).answers(document.uri);
    assert.deepEqual(
      entry?.answers.map(({ range, rank }) => [rank, range.start.line, range.start.character, range.end.character]),
      [
        [1, 0, 4, 7],
        [2, 1, 8, 11],
        [3, 2, 10, 13],
      ],
    );
    assert.equal(entry?.current.rank, 1);
    assert.deepEqual(messages.seen, []);
  });

  it('take the cursor to the best one, and leave the focus alone', async () => {
    const editor = await show(TEXT);
    await select(editor, new vscode.Selection(2, 3, 2, 3));
    await ask('find fox');
    await until('the cursor is there', () => editor.selection.isEqual(new vscode.Selection(0, 4, 0, 4)));
    assert.equal(vscode.window.activeTextEditor, editor);
  });

  it('come from the selection only, at places of the whole document', async () => {
    const editor = await show(TEXT);
    await select(editor, new vscode.Selection(1, 0, 1, 18));
    await ask('find fox');
    assert.deepEqual(await offsets(editor.document), [[22, 25]]);
  });

  it('come from all of several selections', async () => {
    const editor = await show(TEXT);
    await select(editor, new vscode.Selection(2, 0, 2, 21), new vscode.Selection(0, 0, 0, 12));
    const outcome = await ask('find fox');
    assert.equal(outcome.status, 'answered');
    const lines = (await api()).answers(editor.document.uri)?.answers.map(({ range }) => range.start.line) ?? [];
    assert.deepEqual(lines.toSorted(), [0, 2]);
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox']);
  });

  it('move when text is inserted or deleted before them, not after them', async () => {
    const editor = await show(TEXT);
    await ask('find fox');
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'Preface.\n'));
    await edit(editor, (builder) =>
      builder.insert(editor.document.positionAt(editor.document.getText().length), 'End.'),
    );
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox', 'fox']);
    assert.deepEqual((await offsets(editor.document))[0], [13, 16]);
    await edit(editor, (builder) => builder.delete(new vscode.Range(0, 0, 1, 0)));
    assert.deepEqual((await offsets(editor.document))[0], [4, 7]);
  });

  it('move correctly when several places are edited at once', async () => {
    const editor = await show(TEXT);
    await ask('find fox');
    await edit(editor, (builder) => {
      builder.insert(new vscode.Position(0, 0), '>> ');
      builder.replace(new vscode.Range(1, 0, 1, 7), 'A');
      builder.insert(new vscode.Position(2, 0), '\n\n');
    });
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox', 'fox']);
  });

  it('are dropped when their own text is edited, and only those', async () => {
    const editor = await show(TEXT);
    await ask('find fox');
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 5), 'l'));
    assert.deepEqual(await offsets(editor.document), [
      [23, 26],
      [44, 47],
    ]);
    const entry = (await api()).answers(editor.document.uri);
    assert.equal(entry?.current.rank, 2);
    await edit(editor, (builder) => builder.replace(new vscode.Range(0, 0, 2, 21), 'x'));
    assert.equal((await api()).answers(editor.document.uri), undefined);
  });

  it('come back when the edit that took them is undone, the current one as the current one', async () => {
    const editor = await show(TEXT);
    const { document } = editor;
    await ask('find fox');
    const before = await offsets(document);
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 5), 'l'));
    assert.deepEqual(await highlighted(document), ['fox', 'fox']);
    await edit(editor, (builder) => builder.replace(new vscode.Range(0, 0, 2, 21), 'x'));
    assert.equal((await api()).answers(document.uri), undefined);
    const count = async () => (await highlighted(document)).length;
    for (const expected of [2, 3]) {
      await vscode.commands.executeCommand('undo');
      await until(`${expected} answers`, async () => (await count()) === expected);
    }
    assert.deepEqual(await offsets(document), before);
    assert.equal((await api()).answers(document.uri)?.current.rank, 1);
    await vscode.commands.executeCommand('redo');
    await until('one is gone again', async () => (await count()) === 2);
    await vscode.commands.executeCommand('askBert.clearAnswers');
    await vscode.commands.executeCommand('undo');
    await until('the text of before', () => document.getText() === TEXT);
    await settled();
    assert.equal((await api()).answers(document.uri), undefined, 'what was cleared does not come back');
  });

  it('do not grow by text typed at their edges', async () => {
    const editor = await show(TEXT);
    await ask('find fox');
    await edit(editor, (builder) => {
      builder.insert(new vscode.Position(0, 4), 'red ');
      builder.insert(new vscode.Position(0, 7), 'es');
    });
    assert.deepEqual((await offsets(editor.document))[0], [8, 11]);
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox', 'fox']);
  });

  it('survive other line ends', async () => {
    const editor = await show(TEXT);
    await ask('find fox');
    await edit(editor, (builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox', 'fox']);
    assert.deepEqual((await offsets(editor.document))[1], [23, 26]);
  });

  it('survive another language mode', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    await vscode.languages.setTextDocumentLanguage(document, 'markdown');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(await highlighted(document), ['fox', 'fox', 'fox']);
  });

  it('next and previous wrap around', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    const ranks: unknown[] = [];
    for (const command of ['nextAnswer', 'nextAnswer', 'nextAnswer', 'previousAnswer']) {
      await vscode.commands.executeCommand(`askBert.${command}`);
      ranks.push((await api()).answers(document.uri)?.current.rank);
    }
    assert.deepEqual(ranks, [2, 3, 1, 3]);
  });

  it('next goes to an answer far away, and Go Back returns', async () => {
    const editor = await show(`a fox\n${'line\n'.repeat(400)}fox\n`);
    await ask('find fox');
    await until('the first one', () => editor.selection.isEqual(new vscode.Selection(0, 2, 0, 2)));
    await vscode.commands.executeCommand('askBert.nextAnswer');
    const seen = () => editor.visibleRanges.some((range) => range.contains(new vscode.Position(401, 0)));
    await until('the answer is in view', seen);
    await until('the cursor is there', () => editor.selection.isEqual(new vscode.Selection(401, 0, 401, 0)));
    await settled();
    await vscode.commands.executeCommand('workbench.action.navigateBack');
    await until('back at the first one', () => editor.selection.active.line === 0);
  });

  it('are copied exactly, the current one or the one of a link', async () => {
    const editor = await show('alpha  béta\tγ 😀 delta');
    await ask('find béta\tγ');
    assert.equal(await vscode.commands.executeCommand('askBert.copyAnswer'), 'béta\tγ');
    const reference = { uri: editor.document.uri.toString(), rank: 1 };
    assert.equal(await vscode.commands.executeCommand('askBert.copyAnswer', reference), 'béta\tγ');
  });

  it('are cleared by the command, by a new question and by closing', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    await vscode.commands.executeCommand('askBert.clearAnswers');
    assert.equal((await api()).answers(document.uri), undefined);
    await ask('find fox');
    await ask('find third');
    assert.deepEqual(await highlighted(document), ['third']);
    await closeAll();
    await until('the document is closed', async () => (await api()).answers(document.uri) === undefined);
  });

  it('have a hover with question, answer, probability, rank, engine and links', async () => {
    const { document } = await show('*One* fox <b>here</b>\n[a](b) fox\n');
    await ask('find fox');
    const position = new vscode.Position(1, 8);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      position,
    );
    const texts = hovers.flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value));
    const text = texts.find((each) => each.includes('fox')) ?? '';
    for (const part of ['find fox', 'Answer 2 of 2', 'unsure, 30%', 'cpu', 'fake device', 'fp32', '4 ms']) {
      assert.ok(text.replaceAll('\\', '').includes(part), `${part} in ${text}`);
    }
    for (const command of ['copyAnswer', 'nextAnswer', 'previousAnswer', 'clearAnswers']) {
      assert.ok(text.includes(`command:askBert.${command}?`), command);
    }
    await vscode.commands.executeCommand('askBert.clearAnswers');
    const none = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      position,
    );
    assert.deepEqual(none, []);
  });

  it('hover shows Markdown of document and question as text', async () => {
    const { document } = await show('[link](command:evil) x');
    await ask('find [link](command:evil)');
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(0, 3),
    );
    const [content] = hovers.flatMap((hover) => hover.contents) as vscode.MarkdownString[];
    assert.ok(content.value.includes('\\[link\\]\\(command\\:evil\\)'), content.value);
    assert.deepEqual((content.isTrusted as { enabledCommands: string[] }).enabledCommands.length, 6);
  });

  it('that are very unlikely are left out, the best one never', async () => {
    const { document } = await show('fox '.repeat(12));
    const configuration = vscode.workspace.getConfiguration('askBert');
    await configuration.update('minimumProbability', 0.1, vscode.ConfigurationTarget.Global);
    await ask('find fox');
    assert.deepEqual(await highlighted(document), ['fox', 'fox', 'fox']);
    await configuration.update('minimumProbability', 0.9, vscode.ConfigurationTarget.Global);
    await ask('find fox');
    assert.deepEqual(await highlighted(document), ['fox']);
    await configuration.update('minimumProbability', undefined, vscode.ConfigurationTarget.Global);
  });

  it('can be asked for again with the same question', async () => {
    const editor = await show(TEXT);
    await ask('find fox');
    await select(editor, new vscode.Selection(0, 0, 0, 13));
    await vscode.commands.executeCommand('askBert.askAgain');
    assert.deepEqual(await highlighted(editor.document), ['fox']);
  });

  it('"no answer" highlights nothing until the best guess is wanted; nothing is left in the bell', async () => {
    const { document } = await show(TEXT);
    const outcome = await ask('none fox');
    assert.equal(outcome.status, 'noAnswer');
    assert.ok(outcome.answers.every(({ grade }) => grade === 'guess'));
    assert.deepEqual(await highlighted(document), []);
    assert.deepEqual(messages.seen, []);
    await vscode.commands.executeCommand('askBert.showBestGuess');
    assert.equal((await api()).answers(document.uri)?.guess, true);
    assert.deepEqual(await highlighted(document), ['fox', 'fox', 'fox']);
  });

  it('"no answer" removes the answers of the previous question', async () => {
    const { document } = await show(TEXT);
    await ask('find fox');
    await ask('none nothing');
    assert.deepEqual(await highlighted(document), []);
    assert.equal(await vscode.commands.executeCommand('askBert.showBestGuess'), undefined);
  });

  it('follow edits made while the question is running', async () => {
    const editor = await show(TEXT);
    const { file, release } = heldBack();
    const running = ask(`held ${file} fox`);
    await settled();
    await edit(editor, (builder) => {
      builder.insert(new vscode.Position(0, 0), 'Before. ');
      builder.delete(new vscode.Range(1, 8, 1, 10));
    });
    release();
    await running;
    assert.deepEqual(await offsets(editor.document), [
      [12, 15],
      [49, 52],
    ]);
    assert.deepEqual(await highlighted(editor.document), ['fox', 'fox']);
  });

  it('are never shown on other text: everything was edited meanwhile', async () => {
    const editor = await show('a fox b');
    const { file, release } = heldBack();
    const running = ask(`held ${file} fox`);
    await settled();
    await edit(editor, (builder) => builder.replace(new vscode.Range(0, 2, 0, 5), 'cat'));
    release();
    assert.equal((await running).status, 'changed');
    assert.deepEqual(messages.only().actions, ['Ask Again']);
  });

  it('are never shown on other text: the sidecar gave wrong places', async () => {
    const { document } = await show(TEXT);
    assert.equal((await ask('wrong fox')).status, 'changed');
    assert.deepEqual(await highlighted(document), []);
  });

  it('warnings of the sidecar are shown, a fallback once', async () => {
    await show(TEXT);
    await ask('warn fox');
    await ask('warn fox');
    assert.deepEqual(
      messages.seen.map(({ kind, text }) => [kind, text]),
      [
        ['warning', 'Ask BERT: Another engine was used.'],
        ['warning', 'Ask BERT: The question was cut.'],
        ['warning', 'Ask BERT: The question was cut.'],
      ],
    );
  });
});
