/** Stage 3b: spans of the view become answers in the file. */

import type { Answer, OffsetRange } from '../protocol.js';
import { saysNothing } from '../text/stems.js';
import type { Block, ReadingView } from '../views/base/reading-view.js';
import { gradeOf } from './calibration.js';
import type { ReadDocument } from './document.js';
import type { ListedAnswer } from './list-answers.js';
import { originOf } from './origin.js';
import { rangesOfItems } from './ranges.js';
import { sentenceAround } from './sentence.js';

/**
 * The best answers with their places in the file, at most `count`, not overlapping.
 * @param found spans of the view, best first
 * @param limit end of what was read of the view
 */
export function placeAnswers(
  document: ReadDocument,
  found: readonly ListedAnswer[],
  limit: number,
  count: number,
): Answer[] {
  const answers: Answer[] = [];
  for (const span of found) {
    if (answers.length === count) break;
    const answer = placed(document, span, limit);
    // Two spans of the view can be one character reference of the file, or parts of one name.
    const isNew = answer && answers.every((a) => a.end <= answer.start || answer.end <= a.start);
    // A punctuation mark or a word like "in" can be the answer, but is useless as an alternative.
    if (isNew && (answers.length === 0 || !saysNothing(answer.text))) answers.push(answer);
  }
  return answers;
}

function placed(document: ReadDocument, span: ListedAnswer, limit: number): Answer | undefined {
  const { text, view, isPlain, lines } = document;
  const inView = { start: span.start, end: withMarks(view.text, limit, span.end) };
  const shown = isPlain ? inView : view.toFile(inView.start, inView.end);
  const inFile = shown && !isPlain ? withMarkup(text, shown) : shown;
  if (!inFile) return undefined;
  const { start, end } = inFile;
  const seen = isPlain ? inView : seenOf(view, inView, { start, end });
  const from = lines.at(start);
  const to = lines.at(end);
  return {
    text: text.slice(start, end),
    start,
    end,
    ...(isPlain ? {} : inProse(document, seen, text.slice(start, end))),
    ...sentence(document, seen),
    ...(span.items ? rangesOfItems(document, span.items, span.lead) : {}),
    ...(document.extracted ? originOf(document.extracted, { start, end }) : {}),
    line: from.line,
    character: from.character,
    endLine: to.line,
    endCharacter: to.character,
    score: span.score,
    margin: span.margin,
    probability: span.probability,
    grade: gradeOf(span.probability, false),
  };
}

/**
 * A markup mark inside an answer whose other half, hidden by the view, is right at its edge: both belong to it, as in
 * `the **whole** \`name\``.
 */
function withMarkup(text: string, { start, end }: OffsetRange): OffsetRange {
  const behind = /^(?:`{1,3}|\*{1,3}|_{1,3}|~~)/.exec(text.slice(end, end + 3))?.[0];
  const before = /(?:`{1,3}|\*{1,3}|_{1,3}|~~)$/.exec(text.slice(Math.max(0, start - 3), start))?.[0];
  const isOdd = (mark: string) => text.slice(start, end).split(mark).length % 2 === 0;
  if (behind && isOdd(behind)) return { start, end: end + behind.length };
  if (before && isOdd(before)) return { start: start - before.length, end };
  return { start, end };
}

/** The part of a view range that is in the file. Of characters that are encoded together, only those found. */
function seenOf(view: ReadingView, found: OffsetRange, { start, end }: OffsetRange): OffsetRange {
  const whole = view.fromFile(start, end);
  if (!whole) return found;
  if (!view.isEncoded) return whole;
  return { start: Math.max(whole.start, found.start), end: Math.min(whole.end, found.end) };
}

/** Fields that are only set if the view and the file differ. */
function inProse(
  { view }: ReadDocument,
  seen: OffsetRange,
  text: string,
): Pick<Answer, 'prose' | 'parts' | 'path' | 'decoded'> {
  const prose = view.text.slice(seen.start, seen.end);
  const parts = view.partsInFile(seen.start, seen.end);
  const path = view.blockAt(seen.start)?.path ?? [];
  return {
    ...(prose === text ? {} : { prose }),
    ...(view.isEncoded && prose.replace(/\s+/g, '') !== text.replace(/\s+/g, '') ? { decoded: true } : {}),
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
 * A stripped accent after a word's last letter belongs to no piece: an answer includes the combining marks on its last
 * character.
 */
function withMarks(text: string, limit: number, end: number): number {
  while (end < limit) {
    const mark = String.fromCodePoint(text.codePointAt(end)!);
    if (!/\p{M}/u.test(mark) || end + mark.length > limit) break;
    end += mark.length;
  }
  return end;
}
