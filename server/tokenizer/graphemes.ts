/** Where short sequences of a character and its marks end: those that a normaliser may replace as a whole. */
import { codePointAt, codePointBefore, unitsOf } from './unicode/code-points.js';
import { Letter, letterClasses } from './unicode/letters.js';

/** Sequences of this many bytes of UTF-8 or more are read character by character. */
const LONG = 6;
/** The accents of Latin, Greek and Cyrillic, alone on a letter: nearly all short sequences. */
const FIRST_ACCENT = 0x300;
const LAST_ACCENT = 0x36f;
const CR = 13;
const LF = 10;
/** Letters that are joined to what is before them: vowels of Thai and Lao, voicing marks of narrow Katakana. */
const JOINING = new Set([0xe33, 0xeb3, 0xff9e, 0xff9f]);
/** Signs that are joined to what is after them. */
const isPrepended = (cp: number): boolean =>
  (cp >= 0x600 && cp <= 0x605) ||
  cp === 0x6dd ||
  cp === 0x70f ||
  (cp >= 0x890 && cp <= 0x891) ||
  cp === 0x8e2 ||
  cp === 0xd4e;

const bytesOf = (cp: number): number => (cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4);

/** Whether no cluster begins at a character. */
const isJoined = (before: number, cp: number): boolean =>
  isPrepended(before) ||
  ((JOINING.has(cp) || MARK.test(String.fromCodePoint(cp))) && !CONTROL.test(String.fromCodePoint(before)));

const MARK = /[\p{M}\u200c\u200d]/u;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;

let segmenter: Intl.Segmenter | undefined;

/** End of the grapheme cluster that begins at `at` if it has several characters and is short; else of the character. */
export function sequenceEnd(text: string, at: number, start: number, end: number): number {
  const first = codePointAt(text, at, end);
  const next = at + unitsOf(first);
  if (next >= end) return next;
  const second = codePointAt(text, next, end);
  if (second < FIRST_ACCENT && !isPrepended(first)) return first === CR && second === LF ? next + 1 : next;
  if (bytesOf(first) + bytesOf(second) >= LONG) return next;
  const kind = letterClasses()[second];
  if (kind !== Letter.Other && !JOINING.has(second) && !isPrepended(first)) return next;
  if (at > start && isJoined(codePointBefore(text, at, start), first)) return next;
  const isAccent = second >= FIRST_ACCENT && second <= LAST_ACCENT;
  if (isAccent && (next + 1 >= end || text.charCodeAt(next + 1) < FIRST_ACCENT)) {
    return CONTROL.test(String.fromCodePoint(first)) ? next : next + 1;
  }
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  // The beginning of a short sequence, and enough of what follows to know that it is short.
  const cluster = segmenter
    .segment(text.slice(at, Math.min(end, at + LONG + 2)))
    [Symbol.iterator]()
    .next().value!.segment;
  return Buffer.byteLength(cluster, 'utf8') < LONG ? at + cluster.length : next;
}
