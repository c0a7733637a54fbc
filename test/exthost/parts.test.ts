import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Answer, AskResult } from '../../server/protocol.js';
import { rangesOf } from '../../src/answers/highlights.js';
import { AnswerHover } from '../../src/answers/hover.js';
import { locate } from '../../src/answers/locate.js';
import { AnswerStore, Snapshot } from '../../src/answers/store.js';
import { closeAll, edit, settled, show } from './helpers.js';

const TEXT = 'x = 1\n# the pump is\n# switched off\ny = 2\n';
const start = TEXT.indexOf('pump');
const end = TEXT.indexOf(' off') + 4;
const words = (from: string, to: string) => ({ start: TEXT.indexOf(from), end: TEXT.indexOf(to) + to.length });

const answer = {
  start,
  end,
  text: TEXT.slice(start, end),
  prose: 'pump is switched off',
  path: ['Install', 'Linux'],
  parts: [words('pump', 'is'), words('switched', 'off')],
  line: 1,
  character: 6,
  endLine: 2,
  endCharacter: 14,
  score: 5,
  margin: 5,
  probability: 0.7,
  grade: 'unsure',
} as Answer;
const result: AskResult = {
  question: 'What is off?',
  answers: [answer],
  noAnswer: { score: 0, probability: 0.1, chosen: false, threshold: 0 },
  engine: { name: 'cpu', device: 'd', model: 'm', precision: 'fp32' },
  timing: { tokenizeMs: 1, engineMs: 1, projectMs: 1, totalMs: 3, windows: 1 },
  warnings: [],
};
const asText = (ranges: readonly vscode.Range[]) =>
  ranges.map(({ start: a, end: b }) => `${a.line}:${a.character}-${b.line}:${b.character}`);

describe('answers that cross markup', () => {
  let store: AnswerStore;
  beforeEach(() => {
    store = new AnswerStore();
  });
  afterEach(async () => {
    store.dispose();
    await closeAll();
  });

  async function shown(): Promise<vscode.TextEditor> {
    const editor = await show(TEXT);
    const snapshot = new Snapshot(editor.document);
    store.set(editor.document, result, snapshot.place([answer]), false);
    snapshot.dispose();
    return editor;
  }

  it('only the words are highlighted, not the markers between them', async () => {
    const { document } = await shown();
    const { best: byGrade, alternative, current } = rangesOf(store.of(document));
    const best = byGrade[answer.grade];
    assert.deepEqual(asText(best), ['1:6-1:13', '2:2-2:14']);
    assert.deepEqual(
      best.map((range) => document.getText(range)),
      ['pump is', 'switched off'],
    );
    assert.deepEqual(alternative, { sure: [], unsure: [], guess: [] });
    assert.deepEqual(asText(current), asText(best));
  });

  it('the parts follow edits before them, in lines and characters, and changed line ends', async () => {
    const editor = await shown();
    const parts = () =>
      rangesOf(store.of(editor.document)).best[answer.grade].map((range) => editor.document.getText(range));
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'new\nlines\n'));
    await edit(editor, (builder) => builder.insert(new vscode.Position(3, 1), '   more:'));
    assert.deepEqual(parts(), ['pump is', 'switched off']);
    await edit(editor, (builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
    assert.deepEqual(parts(), ['pump is', 'switched off']);
    await edit(editor, (builder) => builder.insert(new vscode.Position(0, 0), 'one more\n'));
    assert.deepEqual(parts(), ['pump is', 'switched off']);
    await edit(editor, (builder) => builder.insert(new vscode.Position(5, 1), '#'));
    assert.equal(store.of(editor.document), undefined, 'an edit between the parts is one inside the answer');
  });

  it('the hover shows the words without markup, and the headings above', async () => {
    const { document } = await shown();
    const hover = new AnswerHover(store).provideHover(document, new vscode.Position(2, 0)) ?? assert.fail('no hover');
    const [{ value }] = hover.contents as vscode.MarkdownString[];
    assert.match(value, /pump is switched off/);
    assert.match(value, /Install \\> Linux/);
    assert.doesNotMatch(value, /\\#/);
  });

  it('damaged parts: the whole answer is highlighted', async () => {
    const { document } = await show(TEXT);
    const wrongs = [
      [],
      [{ start: 0, end: 3 }],
      [answer.parts?.[1], answer.parts?.[0]],
      [{ start: end - 1, end: end + 1 }],
    ];
    for (const parts of wrongs) {
      const placed = locate(document, { ...answer, parts } as Answer, 1) ?? assert.fail('not found');
      assert.deepEqual(asText(placed.parts), ['1:6-2:14']);
    }
  });

  it('a place is found by line and character whatever the line ends, otherwise the nearest one', async () => {
    const editor = await show(`fox\n${TEXT}`);
    const moved = locate(editor.document, answer, 1) ?? assert.fail('not found');
    assert.deepEqual(asText(moved.parts), ['2:6-2:13', '3:2-3:14']);
    await edit(editor, (builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
    await settled();
    const crlf = locate(editor.document, answer, 1) ?? assert.fail('not found');
    assert.deepEqual(asText([crlf.range]), ['2:6-3:14']);
    assert.equal(crlf.text, answer.text.replace('\n', '\r\n'));
    assert.equal(locate(editor.document, { ...answer, text: 'not there' }, 1), undefined);
  });
});
