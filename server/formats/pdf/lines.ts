/** A line of text with the boxes of its words, in the small form that is kept until the whole document is read. */
import { append } from '../../text/arrays.js';
import { toShown } from './glyphs.js';
import type { Row } from './rows.js';
import type { Word } from './words.js';

export interface Line {
  text: string;
  /**
   * Of its words and signs: where they begin and end in `text`, and x, y, width and height on the page as it is shown.
   */
  starts: Int32Array;
  ends: Int32Array;
  rects: Float32Array;
  /** From 1. */
  page: number;
  size: number;
  /** Of its smallest and largest words that are not raised: small capitals stand beside large ones. */
  least: number;
  most: number;
  bold: boolean;
  mono: boolean;
  /** Place in the upright frame; baseline and horizontal extent. */
  y: number;
  x0: number;
  x1: number;
  /** Width of the first word, to see whether it would have fitted into the line before. */
  firstWidth: number;
  /** Marks of footnotes that stand in it, without their places. */
  marks?: string[];
}

/** Where lines stand. */
export interface Sheet {
  page: number;
  turn: number;
  width: number;
  height: number;
  /** Marks that have a footnote on the page. */
  notes: ReadonlySet<string>;
}

/** Small characters above the line that a footnote may have. */
export const MARK = /^(?:\d{1,3}|[*\u2020\u2021\u00a7\u00b6\u2217]{1,3}|[a-z])$/u;

const CJK = /[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]/;

/** Whether no blank stands between two stretches of text. */
export const joinsWithoutBlank = (before: string, after: string): boolean =>
  CJK.test(before.slice(-1)) && CJK.test(after.slice(0, 1));

export const isRaised = (word: Word, row: { y: number; size: number }): boolean =>
  word.size < 0.88 * row.size && word.y - row.y > 0.18 * row.size;

/** @param words from left to right; leaders are left out */
export function lineOf(words: readonly Word[], { y, size }: Row, sheet: Sheet): Line {
  const kept = logicalOrder(words.filter((word) => !word.leader));
  let text = '';
  let last: Word | undefined;
  const places: number[] = [];
  const rects: number[] = [];
  const marks: string[] = [];
  for (const word of kept) {
    const raised = isRaised(word, { y, size });
    if (raised && last && MARK.test(word.text) && sheet.notes.has(word.text)) {
      marks.push(word.text);
      continue;
    }
    const isJoined = word.attached || (last && joinsWithoutBlank(last.text, word.text));
    if (last && !isJoined && !gluedScript(last, word, { y, size })) text += ' ';
    addPieces(word, text.length, places, rects, sheet);
    text += word.text;
    last = word;
  }
  const characters = kept.reduce((sum, word) => sum + word.text.length, 0);
  const share = (is: (word: Word) => boolean) =>
    kept.reduce((sum, word) => sum + (is(word) ? word.text.length : 0), 0) > 0.8 * characters;
  const level = kept.filter((word) => word.text.length > 1 && Math.abs(word.y - y) < 0.12 * size);
  const extent = kept.length > 0 ? kept : words;
  const x0 = extent.reduce((least, word) => Math.min(least, word.x0), Number.POSITIVE_INFINITY);
  const x1 = extent.reduce((most, word) => Math.max(most, word.x1), Number.NEGATIVE_INFINITY);
  return {
    text,
    starts: Int32Array.from({ length: places.length / 2 }, (_, index) => places[2 * index]),
    ends: Int32Array.from({ length: places.length / 2 }, (_, index) => places[2 * index + 1]),
    rects: Float32Array.from(rects),
    page: sheet.page,
    size,
    least: level.reduce((least, word) => Math.min(least, word.size), size),
    most: level.reduce((most, word) => Math.max(most, word.size), size),
    bold: share((word) => word.bold),
    mono: share((word) => word.font.mono),
    y,
    x0,
    x1,
    firstWidth: kept.length > 0 ? kept[0].x1 - kept[0].x0 : 0,
    ...(marks.length > 0 ? { marks } : {}),
  };
}

/** A line that stands nowhere on the page. */
export const plainLine = (text: string, page: number): Line => ({
  text: text.replace(/\s+/g, ' ').trim(),
  starts: new Int32Array(),
  ends: new Int32Array(),
  rects: new Float32Array(),
  page,
  size: 10,
  least: 10,
  most: 10,
  bold: false,
  mono: false,
  y: 0,
  x0: 0,
  x1: 0,
  firstWidth: 0,
});

/** An exponent or an index stays at its letter or number; a mark behind a word of several letters does not. */
function gluedScript(last: Word, word: Word, row: { y: number; size: number }): boolean {
  const gap = word.x0 - last.x1;
  if (isRaised(last, row) && !isRaised(word, row)) return false;
  if (Math.abs(word.y - last.y) < 0.12 * row.size || gap > 0.14 * row.size || gap < -0.6 * row.size) return false;
  if (!isRaised(word, row)) return true;
  return !/\p{L}{2}$|[.,;:!?)\]"\u201d\u2019]$/u.test(last.text) || !/^[\d*\u2020\u2021,]+$/.test(word.text);
}

/**
 * Boxes of the letters and digits and of the signs of a word, so that an answer without its comma is marked without it.
 */
function addPieces(word: Word, at: number, places: number[], rects: number[], sheet: Sheet): void {
  for (const match of word.text.matchAll(/[\p{L}\p{N}\p{M}]+|[^\p{L}\p{N}\p{M}]+/gu)) {
    const [from, to] = [match.index, match.index + match[0].length];
    places.push(at + from, at + to);
    const y0 = word.y + word.depth;
    const [a, b] = [word.edges[from], word.edges[to]];
    const box = { x0: Math.min(a, b), y0, x1: Math.max(a, b), y1: word.y + word.height };
    append(rects, toShown(box, sheet.turn, sheet.width, sheet.height));
  }
}

/** Hebrew and Arabic, without what numbers are written with in Arabic and Persian: numbers run from left to right. */
const RTL = /[\u0590-\u065f\u066a\u066d-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const EASTERN_DIGIT = /[\u0660-\u0669\u06f0-\u06f9]/;
/** Whether the words beside it, if they are the same, are read from right to left: such numbers are, too. */
const isFromRightAmong = (text: string): boolean => RTL.test(text) || EASTERN_DIGIT.test(text);

/**
 * Hebrew and Arabic are drawn from left to right like everything else: the words in the order in which they are read.
 * In a line of Hebrew, numbers and words of other scripts are read from left to right, and the other way round.
 */
function logicalOrder(words: Word[]): Word[] {
  if (!words.some(({ text }) => RTL.test(text))) return words;
  const letters = words.flatMap(({ text }) => text.match(/\p{L}/gu) ?? []);
  const isFromRight = 2 * letters.filter((letter) => RTL.test(letter)).length >= letters.length;
  const result: Word[] = [];
  let others: Word[] = [];
  const take = () => {
    // The first of several is no longer the one beside what was read before.
    append(result, others.length > 1 ? others.map((word) => ({ ...word, attached: false })).reverse() : others);
    others = [];
  };
  const runs = words.flatMap((word) => runsOf(word, isFromRight));
  for (const run of isFromRight ? runs.reverse() : runs) {
    const word = fromRightToLeft(run);
    if (isFromRightAmong(run.text) === isFromRight) {
      take();
      result.push(word);
    } else others.push(word);
  }
  take();
  return result;
}

/** Letters of Hebrew or Arabic, with signs between them. */
const FROM_RIGHT_RUN = new RegExp(`${RTL.source}(?:[^\\p{L}\\p{N}]*${RTL.source})*`, 'gu');
/** A number, or a word of another script, in a word of Hebrew or Arabic. A hyphen parts Arabic and Persian numbers. */
const OTHER_RUN = new RegExp(
  `${EASTERN_DIGIT.source}(?:[.,:/\\u066b\\u066c]?${EASTERN_DIGIT.source})*|` +
    `(?:(?!${RTL.source})[\\p{L}\\p{N}])(?:(?:(?!${RTL.source})[\\p{L}\\p{N}.,:/%-])*(?!${RTL.source})[\\p{L}\\p{N}])?`,
  'gu',
);

/** A word without a gap between its scripts as a word for each; any other as it is. */
function runsOf(word: Word, isFromRight: boolean): Word[] {
  const { text } = word;
  if (!isFromRightAmong(text) || word.edges[0] > word.edges[word.edges.length - 2]) return [word];
  const bounds = new Set([0, text.length]);
  const inner = isFromRight ? OTHER_RUN : FROM_RIGHT_RUN;
  for (const { 0: run, index } of text.matchAll(inner)) bounds.add(index).add(index + run.length);
  if (bounds.size === 2) return [word];
  const at = [...bounds].sort((a, b) => a - b);
  return at.slice(0, -1).map((from, index) => {
    const edges = word.edges.slice(from, at[index + 1] + 1);
    const [x0, x1] = [edges[0], edges[edges.length - 1]];
    const attached = isFromRight ? index < at.length - 2 : index > 0;
    return { ...word, text: text.slice(from, at[index + 1]), edges, x0, x1, attached };
  });
}

function fromRightToLeft(word: Word): Word {
  if (!RTL.test(word.text) || word.edges[0] > word.edges[word.edges.length - 2]) return word;
  return { ...word, text: [...word.text].reverse().join(''), edges: word.edges.toReversed() };
}
