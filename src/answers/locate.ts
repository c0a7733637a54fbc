/** Finds an answer from a file in the current text of its document. */
import * as vscode from 'vscode';
import { type Located, placedAt, type ShownAnswer } from './store.js';

/**
 * The answer at its line and character, since the editor may use other line ends than the file; if it has moved
 * since, the nearest place of the same words. Undefined: they are no longer in the text.
 * @param rank 1 for the best
 */
export function locate(document: vscode.TextDocument, answer: Located, rank: number): ShownAnswer | undefined {
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  const text = answer.text.replace(/\r\n|\r|\n/g, eol);
  const whole = document.getText();
  const expected = document.offsetAt(new vscode.Position(answer.line, answer.character));
  const start = whole.startsWith(text, expected) ? expected : nearest(whole, text, expected);
  if (start < 0) return undefined;
  const place = { start, end: start + text.length };
  const range = new vscode.Range(document.positionAt(place.start), document.positionAt(place.end));
  // With other line ends the parts have other lengths.
  return placedAt(document, text === answer.text ? answer : { ...answer, text, parts: undefined }, place, range, rank);
}

/** The sentence around an answer in the current text; undefined if unknown. */
export function sentenceAround(document: vscode.TextDocument, answer: Located): string | undefined {
  const placed = locate(document, answer, 1);
  if (!answer.sentence || !placed) return undefined;
  const by = placed.start - answer.start;
  const text = document.getText().slice(Math.max(0, answer.sentence.start + by), answer.sentence.end + by);
  return text.includes(placed.text) ? text : undefined;
}

/** Start of the occurrence of `text` that is nearest to `at`; -1 if there is none. */
function nearest(whole: string, text: string, at: number): number {
  const before = whole.lastIndexOf(text, at);
  const after = whole.indexOf(text, at);
  if (before < 0 || after < 0) return Math.max(before, after);
  return at - before <= after - at ? before : after;
}
