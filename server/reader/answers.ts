/** Stage 3b: spans of the view become answers in the file. */

import type { Answer, OffsetRange } from '../protocol.js';
import { saysNothing } from '../text/stems.js';
import type { Block } from '../views/base/reading-view.js';
import type { ReadDocument } from './document.js';
import { wholeNames } from './identifiers.js';
import type { ListedAnswer } from './list-answers.js';
import type { ProjectedAnswer } from './projection.js';
import { rangesOfItems } from './ranges.js';
import { sentenceAround } from './sentence.js';

/**
 * The best answers with their places in the file, `count` at most and none overlapping another.
 * @param found spans of the view, best first
 * @param limit end of what was read of the view
 * @param isPassage no document: spans are left as the model found them
 */
export function placeAnswers(
  document: ReadDocument,
  found: readonly ListedAnswer[],
  limit: number,
  count: number,
  isPassage: boolean,
): Answer[] {
  const answers: Answer[] = [];
  for (const span of found) {
    if (answers.length === count) break;
    const answer = placed(document, isPassage || span.items ? span : widened(document, span, limit), limit);
    // Two spans of the view can be one character reference of the file, or parts of one name.
    const isNew = answer && answers.every((a) => a.end <= answer.start || answer.end <= a.start);
    // A mark or a word like "in" can be what was asked for, but never helps as another answer beside one.
    if (isNew && (answers.length === 0 || !saysNothing(answer.text))) answers.push(answer);
  }
  return answers;
}

/** Whole names, as far as their block and what was read reach. */
function widened(document: ReadDocument, span: ProjectedAnswer, limit: number): ProjectedAnswer {
  const { text } = document.view;
  const block = document.view.blockAt(span.start) ?? span;
  const { start, end } = wholeNames(text, { start: block.start, end: Math.min(block.end, limit) }, span);
  return { ...span, start, end };
}

function placed(document: ReadDocument, span: ListedAnswer, limit: number): Answer | undefined {
  const { text, view, isPlain, lines } = document;
  const inView = { start: span.start, end: withMarks(view.text, limit, span.end) };
  const inFile = isPlain ? inView : view.toFile(inView.start, inView.end);
  if (!inFile) return undefined;
  const { start, end } = inFile;
  const seen = isPlain ? inView : (view.fromFile(start, end) ?? inView);
  const from = lines.at(start);
  const to = lines.at(end);
  return {
    text: text.slice(start, end),
    start,
    end,
    ...(isPlain ? {} : inProse(document, seen, text.slice(start, end))),
    ...sentence(document, seen),
    ...(span.items ? rangesOfItems(document, span.items, span.lead) : {}),
    line: from.line,
    character: from.character,
    endLine: to.line,
    endCharacter: to.character,
    score: span.score,
    margin: span.margin,
    probability: span.probability,
  };
}

/** What is only said where a view and its file differ. */
function inProse({ view }: ReadDocument, seen: OffsetRange, text: string): Pick<Answer, 'prose' | 'parts' | 'path'> {
  const prose = view.text.slice(seen.start, seen.end);
  const parts = view.partsInFile(seen.start, seen.end);
  const path = view.blockAt(seen.start)?.path ?? [];
  return {
    ...(prose === text ? {} : { prose }),
    ...(prose !== text && parts.length > 1 ? { parts } : {}),
    ...(path.length > 0 ? { path: [...path] } : {}),
  };
}

function sentence({ view, isPlain }: ReadDocument, seen: OffsetRange): Pick<Answer, 'sentence'> {
  const whole: Pick<Block, 'start' | 'end' | 'kind'> = { start: 0, end: view.text.length, kind: 'paragraph' };
  const around = sentenceAround(view.text, view.blockAt(seen.start) ?? whole, seen);
  const inFile = isPlain ? around : view.toFile(around.start, around.end);
  return inFile ? { sentence: inFile } : {};
}

/**
 * A stripped accent after a word's last letter belongs to no piece: an answer is given the marks that are drawn on its
 * last character.
 */
function withMarks(text: string, limit: number, end: number): number {
  while (end < limit) {
    const mark = String.fromCodePoint(text.codePointAt(end)!);
    if (!/\p{M}/u.test(mark) || end + mark.length > limit) break;
    end += mark.length;
  }
  return end;
}
