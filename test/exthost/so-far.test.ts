/** The best answers so far of a long document. The fake goes from stage to stage as the tests tell it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Answer, AskProgress } from '../../server/protocol.js';
import { rangesOf } from '../../src/answers/highlights.js';
import { SoFarAnswers } from '../../src/answers/so-far.js';
import { AnswerStore, type DocumentAnswers, Snapshot } from '../../src/answers/store.js';
import type { AskOutcome } from '../../src/client.js';
import { isAskProgress } from '../../src/sidecar/result-check.js';
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

const LINES = 400;
/** On the lines 0, 200 and 400; places 0, 1004 and 2008. */
const TEXT = `fox\n${'line\n'.repeat(LINES / 2 - 1)}..\nfox\n${'line\n'.repeat(LINES / 2 - 1)}fox\n`;
const PLACES = [...TEXT.matchAll(/fox/g)].map(({ index }) => index);

/** Questions that wait for the next stage. */
class Stages {
  private readonly file = path.join(os.tmpdir(), `ask-bert-stages-${randomUUID()}`);

  ask(): Promise<AskOutcome> {
    return ask(`stages ${this.file} fox`);
  }

  get question(): string {
    return `stages ${this.file} fox`;
  }

  go(stage: string): void {
    writeFileSync(this.file, stage);
  }

  dispose(): void {
    rmSync(this.file, { force: true });
  }
}

const bestOf = (entry: DocumentAnswers) => Object.values(rangesOf(entry).best).flat();
const answersOf = async ({ uri }: vscode.TextDocument) => (await api()).answers(uri);
const startsIn = async (document: vscode.TextDocument) => (await offsets(document)).map(([start]) => start);
const line = (offset: number) => TEXT.slice(0, offset).split('\n').length - 1;
const inView = (editor: vscode.TextEditor, offset: number) =>
  editor.visibleRanges.some((range) => range.contains(new vscode.Position(line(offset), 0)));

async function hoverAt(document: vscode.TextDocument, offset: number): Promise<string> {
  const position = document.positionAt(offset + 1);
  const found = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return found
    .flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value))
    .join('\n')
    .replaceAll('\\', '');
}

describe('the best answer so far', () => {
  let messages: Messages;
  let stages: Stages;
  before(() => useFake());
  beforeEach(() => {
    messages = new Messages();
    stages = new Stages();
  });
  afterEach(async () => {
    messages.restore();
    stages.dispose();
    await closeAll();
  });

  const shows = (document: vscode.TextDocument, ...places: number[]) =>
    until(`highlights at ${places}`, async () => JSON.stringify(await startsIn(document)) === JSON.stringify(places));

  it('is highlighted during reading, moves, and is replaced by the result', async () => {
    const { document } = await show(TEXT);
    const running = stages.ask();
    stages.go('last');
    await shows(document, PLACES[2]);
    const entry = (await answersOf(document)) ?? assert.fail('no answers');
    assert.deepEqual(entry.soFar, { phase: 'reading', done: 4, total: 40 });
    assert.deepEqual([bestOf(entry), rangesOf(entry).soFar], [[], [entry.answers[0].range]]);
    const hover = await hoverAt(document, PLACES[2]);
    for (const part of ['Answer 1 of 1 so far', '4 of 40 parts read, still reading'])
      assert.ok(hover.includes(part), hover);
    stages.go('second');
    await shows(document, PLACES[1], PLACES[2]);
    stages.go('find');
    const outcome = await running;
    assert.equal(outcome.status, 'answered');
    assert.deepEqual(await startsIn(document), PLACES);
    const last = (await answersOf(document)) ?? assert.fail('no answers');
    assert.equal(last.soFar, undefined);
    assert.deepEqual([bestOf(last), rangesOf(last).soFar], [[last.answers[0].range], []]);
    assert.doesNotMatch(await hoverAt(document, PLACES[0]), /so far/);
    assert.deepEqual(messages.seen, []);
  });

  const isRemembered = async () => {
    const markdown = await vscode.commands.executeCommand<string | undefined>('askBert.exportHistory');
    return markdown?.includes(path.basename(stages.question.split(' ')[1])) ?? false;
  };

  it('only the result is announced to a screen reader and remembered', async () => {
    const configuration = vscode.workspace.getConfiguration('editor');
    await configuration.update('accessibilitySupport', 'on', vscode.ConfigurationTarget.Global);
    try {
      const { document } = await show(TEXT);
      const running = stages.ask();
      stages.go('last');
      await shows(document, PLACES[2]);
      stages.go('second');
      await shows(document, PLACES[1], PLACES[2]);
      await settled();
      assert.deepEqual(messages.seen, []);
      assert.equal(await isRemembered(), false);
      messages.seen.length = 0;
      stages.go('find');
      await running;
      assert.match(messages.only().text, /Answer 1 of 3: fox/);
      assert.equal(await isRemembered(), true);
    } finally {
      await configuration.update('accessibilitySupport', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('the editor scrolls to the first one; the cursor goes to the result alone', async () => {
    const editor = await show(TEXT);
    const { document } = editor;
    const selection = new vscode.Selection(3, 1, 3, 3);
    await select(editor, selection);
    const running = ask(stages.question, { range: new vscode.Range(0, 0, document.lineCount, 0) });
    stages.go('last');
    await shows(document, PLACES[2]);
    await until('the first one is in view', () => inView(editor, PLACES[2]));
    stages.go('second');
    await shows(document, PLACES[1], PLACES[2]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(inView(editor, PLACES[2]) && !inView(editor, PLACES[1]), 'the view stays for a better one');
    assert.deepEqual(editor.selection, selection);
    stages.go('find');
    await running;
    await until('the result is in view', () => inView(editor, PLACES[0]));
    await until('the cursor is there', () => editor.selection.isEmpty && editor.selection.active.line === 0);
  });

  it('the editor does not scroll back if the user has scrolled and the result is the answer already shown', async () => {
    const editor = await show(TEXT);
    const running = stages.ask();
    stages.go('last');
    await until('the first one is in view', () => inView(editor, PLACES[2]));
    editor.revealRange(new vscode.Range(100, 0, 100, 0), vscode.TextEditorRevealType.AtTop);
    await until('the user is elsewhere', () => editor.visibleRanges[0]?.start.line === 100);
    stages.go('only last');
    await running;
    await shows(editor.document, PLACES[2]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(editor.visibleRanges[0].start.line, 100);
  });

  it('is at the right place after edits, and an answer removed by edits does not return', async () => {
    const editor = await show(TEXT);
    const { document } = editor;
    const running = stages.ask();
    stages.go('last');
    await shows(document, PLACES[2]);
    await edit(editor, (builder) => builder.insert(new vscode.Position(1, 0), 'more '));
    assert.deepEqual(await startsIn(document), [PLACES[2] + 5]);
    stages.go('second');
    await shows(document, PLACES[1] + 5, PLACES[2] + 5);
    assert.deepEqual(await highlighted(document), ['fox', 'fox']);
    await edit(editor, (builder) => {
      builder.insert(new vscode.Position(line(PLACES[1]), 1), 'l');
      builder.insert(new vscode.Position(line(PLACES[2]), 1), 'l');
    });
    assert.equal(await answersOf(document), undefined);
    stages.go('last');
    stages.go('find');
    assert.equal((await running).status, 'answered');
    assert.deepEqual(await startsIn(document), [PLACES[0]]);
  });

  it('a later one is shown even if the words of the first were edited', async () => {
    const editor = await show(TEXT);
    const { document } = editor;
    const running = stages.ask();
    stages.go('last');
    await shows(document, PLACES[2]);
    await edit(editor, (builder) => builder.insert(new vscode.Position(line(PLACES[2]), 1), 'l'));
    assert.equal(await answersOf(document), undefined);
    stages.go('second');
    await shows(document, PLACES[1]);
    stages.go('find');
    await running;
    await shows(document, PLACES[0], PLACES[1]);
  });

  it('stays when reading is cancelled, and says how much was read', async () => {
    const { withProgress } = vscode.window;
    let cancel = () => {};
    Object.assign(vscode.window, {
      withProgress: (
        { cancellable }: vscode.ProgressOptions,
        task: (progress: unknown, token: vscode.CancellationToken) => Promise<unknown>,
      ) => {
        const source = new vscode.CancellationTokenSource();
        if (cancellable) cancel = () => source.cancel();
        return task({ report: () => {} }, source.token);
      },
    });
    try {
      const { document } = await show(TEXT);
      const running = stages.ask();
      stages.go('last');
      await shows(document, PLACES[2]);
      await until('the progress can be cancelled', () => {
        cancel();
        return Promise.race([running.then(() => true), new Promise((resolve) => setTimeout(resolve, 100, false))]);
      });
      const outcome = await running;
      assert.equal(outcome.status, 'cancelled');
      assert.deepEqual(
        outcome.answers.map(({ start }) => start),
        [PLACES[2]],
      );
      assert.deepEqual((await answersOf(document))?.soFar, { phase: 'cancelled', done: 4, total: 40 });
      assert.match(await hoverAt(document, PLACES[2]), /cancelled after 4 of 40 parts/);
      stages.go('second');
      await settled();
      assert.deepEqual(await startsIn(document), [PLACES[2]], 'nothing comes after a cancel');
      assert.deepEqual(messages.seen, []);
      stages.dispose();
      assert.equal((await ask('find fox')).status, 'answered');
      assert.deepEqual(await startsIn(document), PLACES);
    } finally {
      Object.assign(vscode.window, { withProgress });
    }
  });

  it('stays when reading fails', async () => {
    const { document } = await show(TEXT);
    const running = stages.ask();
    stages.go('last');
    await shows(document, PLACES[2]);
    stages.go('error');
    const outcome = await running;
    assert.deepEqual([outcome.status, outcome.answers.length], ['failed', 1]);
    assert.match(messages.only().text, /It broke/);
    assert.match(await hoverAt(document, PLACES[2]), /failed after 4 of 40 parts/);
  });

  it('disappears if there is no answer in the end', async () => {
    const { document } = await show(TEXT);
    const running = stages.ask();
    stages.go('last');
    await shows(document, PLACES[2]);
    stages.go('none');
    assert.equal((await running).status, 'noAnswer');
    assert.equal(await answersOf(document), undefined);
    assert.deepEqual(messages.seen, [], 'it is said where the question was asked');
  });

  it('is never "no answer" or a damaged result', async () => {
    const { document } = await show(TEXT);
    const running = stages.ask();
    for (const stage of ['not yet', 'damaged']) {
      stages.go(stage);
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.equal(await answersOf(document), undefined);
    }
    stages.go('find');
    await running;
    assert.deepEqual(await startsIn(document), PLACES);
    const good: AskProgress = { stage: 'engine', done: 1, total: 2 };
    assert.equal(isAskProgress(good), true);
    for (const wrong of [
      { answers: [{}] },
      { answers: 7 },
      { noAnswer: {} },
      { done: '1' },
      { total: -1 },
      { stage: 1 },
    ]) {
      assert.equal(isAskProgress({ ...good, ...wrong }), false, JSON.stringify(wrong));
    }
  });

  it('Clear Answers stops reading', async () => {
    const { document } = await show(TEXT);
    const running = stages.ask();
    stages.go('last');
    await shows(document, PLACES[2]);
    await vscode.commands.executeCommand('askBert.clearAnswers');
    assert.equal((await running).status, 'cancelled');
    assert.equal(await answersOf(document), undefined);
  });

  it('a newer question replaces it, and an older one does not return', async () => {
    const { document } = await show(TEXT);
    const older = stages.ask();
    stages.go('last');
    await shows(document, PLACES[2]);
    const newer = new Stages();
    try {
      const running = newer.ask();
      assert.equal((await older).status, 'cancelled');
      newer.go('second');
      await shows(document, PLACES[1], PLACES[2]);
      assert.equal((await answersOf(document))?.question, newer.question);
      newer.go('find');
      await running;
    } finally {
      newer.dispose();
    }
    assert.deepEqual(messages.seen, []);
  });
});

describe('the answers so far, by themselves', () => {
  const answer = (start: number, probability: number): Answer => ({
    start,
    end: start + 3,
    text: 'fox',
    probability,
    grade: 'unsure',
    score: 1,
    margin: 1,
    line: 0,
    character: 0,
    endLine: 0,
    endCharacter: 0,
  });
  const progress = (...starts: number[]): AskProgress => ({
    stage: 'engine',
    done: 5,
    total: 20,
    answers: starts.map((start, i) => answer(start, 0.5 / (i + 1))),
    noAnswer: { score: 0, probability: 0.1, chosen: false, threshold: 0 },
  });
  const store = new AnswerStore();
  let editor: vscode.TextEditor;
  let snapshot: Snapshot;
  let soFar: SoFarAnswers;
  beforeEach(async () => {
    editor = await show(TEXT);
    snapshot = new Snapshot(editor.document);
    soFar = new SoFarAnswers(store, snapshot, 'q', () => 0.2);
  });
  afterEach(async () => {
    snapshot.dispose();
    store.clear(editor.document);
    await closeAll();
  });
  after(() => store.dispose());
  const shown = () => store.of(editor.document)?.answers.map(({ start }) => start);

  it('leave out unlikely ones; the one that the user went to stays the current one', () => {
    soFar.report(progress(PLACES[2], PLACES[1], PLACES[0]));
    assert.deepEqual(shown(), [PLACES[2], PLACES[1]]);
    store.move(editor.document, { step: 1 });
    soFar.report(progress(PLACES[0], PLACES[1]));
    assert.deepEqual([store.of(editor.document)?.current.start, shown()], [PLACES[1], [PLACES[0], PLACES[1]]]);
    soFar.report(progress(PLACES[0], PLACES[2]));
    assert.equal(store.of(editor.document)?.current.start, PLACES[0]);
  });

  it('do not change what another question has shown or cleared', () => {
    soFar.report(progress(PLACES[2]));
    store.clear(editor.document);
    soFar.report(progress(PLACES[1]));
    assert.equal(shown(), undefined);
    const { noAnswer } = progress();
    store.set(
      editor.document,
      { question: 'other', noAnswer: noAnswer! },
      snapshot.place([answer(PLACES[0], 1)]),
      false,
    );
    soFar.report(progress(PLACES[1]));
    assert.deepEqual([store.of(editor.document)?.question, shown()], ['other', [PLACES[0]]]);
    assert.equal(soFar.stop('cancelled'), undefined);
  });

  it('show nothing after the end, which says whether the editor is already there', () => {
    soFar.report(progress(PLACES[2]));
    soFar.report(progress(PLACES[1]));
    assert.equal(soFar.finish([answer(PLACES[2], 1)]), true);
    assert.equal(soFar.finish([answer(PLACES[1], 1)]), false);
    assert.equal(soFar.finish([]), false);
    soFar.report(progress(PLACES[0]));
    assert.deepEqual(shown(), [PLACES[1]]);
    const other = new SoFarAnswers(store, snapshot, 'q', () => 0.2);
    assert.equal(other.finish([answer(PLACES[1], 1)]), false, 'nothing was brought into view');
  });
});
