/**
 * Removed from the edges of an answer: spaces, bullets, markup, punctuation, and brackets and quotes without their
 * other half.
 */
import type { OffsetRange } from '../../protocol.js';
import type { Atom } from './atom.js';

/** Units beyond an edge in which the other half of a bracket or quote is searched. */
const REACH = 120;
/** Looks at a whole span while it is trimmed: it may have thousands of stray characters. */
const MOST_LOOKS = 64;
const OPEN = '([{“„«‹‘';
const CLOSE = ')]}”“»›’';
const CLOSED_BY: Record<string, string> = {
  '(': ')',
  '[': ']',
  '{': '}',
  '“': '”',
  '„': '“”',
  '«': '»',
  '‹': '›',
  '‘': '’',
};
/** Brackets around a whole span. Those of lists and objects are part of the value. */
const AROUND: Record<string, string> = {
  '(': ')',
  '“': '”',
  '„': '“”',
  '«': '»',
  '‹': '›',
  '‘': '’',
  '"': '"',
  '`': '`',
  "'": "'",
};

/** Bullets, marks of headings and quotations, table borders, emphasis, the end of a previous sentence. */
const LEADING =
  /^(?:[\s\u200b\u200e\u200f\ufeff]|[.,;:!?…)\]}’”»|•·‣▪◦]|(?:[*_~#+-]+|=+|>(?=\s))(?=[\s\p{L}"'(`])|[–—](?=\s)|(?:\/\/|\/\*+|<!--)(?=\s))/u;
const TRAILING = /(?:[\s\u200b\u200e\u200f\ufeff]|[.,;:!?…|([{‘“„«]|[–—]|\*+|~~|(?<=\s)[-_=#>+*]+|\*\/|-->)$/u;

/** The span without stray characters at its edges; a span of only those is unchanged. */
export function trimmed(text: string, span: OffsetRange, atoms: readonly Atom[]): OffsetRange {
  let { start, end } = span;
  // Each looks at all of the span.
  let looks = 0;
  const paired = (at: number, length: number): boolean =>
    isMark(text, at, length) && looks++ < MOST_LOOKS && isPaired(text, { start, end }, at, length);
  for (let before = -1; before !== end - start && end > start; ) {
    before = end - start;
    const lead = LEADING.exec(text.slice(start, Math.min(end, start + REACH)))?.[0].length ?? 0;
    if (lead > 0 && !within(atoms, start, start + lead) && !paired(start, lead)) start += lead;
    const trail = TRAILING.exec(text.slice(Math.max(start, end - REACH), end))?.[0].length ?? 0;
    if (trail > 0 && !within(atoms, end - trail, end) && !paired(end - trail, trail)) end -= trail;
    const opened = text.charAt(start);
    const closes = AROUND[opened];
    const isQuoted = opened === "'" || text.charAt(end - 1) === "'";
    if ((closes || isQuoted) && looks++ >= MOST_LOOKS) continue;
    if (closes?.includes(text.charAt(end - 1)) && end - start > 2 && partnerOf(text, start, end) === end - 1) {
      // An atom with brackets keeps them.
      if (!within(atoms, start, end)) {
        start++;
        end--;
      }
    } else if (opened === "'" && isLetter(text.charAt(start + 1)) && !text.slice(start + 1, end).includes("'")) start++;
    else if (text.charAt(end - 1) === "'" && !text.slice(start, end - 1).includes("'")) end--;
  }
  return end > start ? { start, end } : span;
}

const isMark = (text: string, at: number, length: number): boolean => /^[*_~]+$/.test(text.slice(at, at + length));

/** Whether an emphasis at one edge has its other half inside the span, and not at the other edge. */
function isPaired(text: string, { start, end }: OffsetRange, at: number, length: number): boolean {
  const mark = text.slice(at, at + length);
  const inside = text.slice(start, end);
  return inside.split(mark).length % 2 === 1 && !(inside.startsWith(mark) && inside.endsWith(mark));
}

const within = (atoms: readonly Atom[], start: number, end: number): boolean =>
  atoms.some((atom) => atom.start <= start && end <= atom.end);

/** The position of the mark that closes the one at `at`, before `limit`; -1: none. */
function partnerOf(text: string, at: number, limit: number): number {
  const opened = text.charAt(at);
  const closes = CLOSED_BY[opened] ?? opened;
  let depth = 0;
  for (let i = at + 1; i < limit; i++) {
    const unit = text.charAt(i);
    if (closes.includes(unit)) {
      if (unit === "'" && !isClosing(text, i)) continue;
      if (depth === 0) return i;
      depth--;
    } else if (unit === opened) depth++;
  }
  return -1;
}

const isLetter = (unit: string): boolean => /[\p{L}\p{N}]/u.test(unit);
const isOpening = (text: string, at: number): boolean =>
  !isLetter(text.charAt(at - 1)) && /\S/.test(text.charAt(at + 1));
const isClosing = (text: string, at: number): boolean =>
  !isLetter(text.charAt(at + 1)) && /\S/.test(text.charAt(at - 1));

/**
 * The span with both halves of its brackets and quotes: one at an edge whose other half is outside is removed, one in
 * the middle completed. Undefined: the other half is too far away. If the text itself has none, nothing is done.
 */
export function balanced(text: string, within: OffsetRange, span: OffsetRange): OffsetRange | undefined {
  let { start, end } = span;
  const { opened, closed } = unmatched(text, start, end);
  while (opened.at(-1) === end - 1 && end > start) {
    opened.pop();
    end--;
  }
  while (closed.at(-1) === end - 1 && end > start) {
    closed.pop();
    end--;
  }
  while (opened[0] === start || closed[0] === start) {
    (opened[0] === start ? opened : closed).shift();
    start++;
  }
  if (closed.length > 0) {
    const from = Math.max(within.start, start - REACH);
    const other = openedBefore(text, from, start, closed);
    if (other >= 0) start = other;
    else if (from > within.start) return undefined;
  }
  if (opened.length > 0) {
    const to = Math.min(within.end, end + REACH);
    const other = closedBehind(text, end, to, opened);
    if (other >= 0) end = other + 1;
    else if (to < within.end) return undefined;
  }
  return end > start ? { start, end } : span;
}

/** Marks of `start..end` without their other half in it, in order. */
function unmatched(text: string, start: number, end: number): { opened: number[]; closed: number[] } {
  const opened: number[] = [];
  const closed: number[] = [];
  for (let i = start; i < end; i++) {
    const unit = text.charAt(i);
    if (unit === '"' || unit === '`') {
      const last = opened.findLastIndex((at) => text.charAt(at) === unit);
      if (last >= 0) opened.splice(last);
      else if (isOpening(text, i)) opened.push(i);
      else if (isClosing(text, i)) closed.push(i);
    } else {
      const last = CLOSE.includes(unit) ? opened.findLastIndex((at) => CLOSED_BY[text.charAt(at)]?.includes(unit)) : -1;
      if (last >= 0) opened.splice(last);
      else if (OPEN.includes(unit)) opened.push(i);
      // An apostrophe looks like a quote that closes.
      else if (CLOSE.includes(unit) && unit !== '’') closed.push(i);
    }
  }
  return { opened, closed };
}

/**
 * Position of the opening half of the last of the given closing marks, not before `from`; -1: none, or before a blank
 * line.
 */
function openedBefore(text: string, from: number, start: number, closed: readonly number[]): number {
  const wanted = closed.map((at) => text.charAt(at));
  for (let i = start - 1; i >= from; i--) {
    const unit = text.charAt(i);
    if (unit === '\n' && text.charAt(i - 1) === '\n') return -1;
    if (halves(unit, wanted[0])) {
      wanted.shift();
      if (wanted.length === 0) return i;
    } else if (CLOSE.includes(unit) && unit !== '’') wanted.unshift(unit);
  }
  return -1;
}

/**
 * Position of the closing half of the first of the given opening marks, before `to`; -1: none, or after a blank line.
 */
function closedBehind(text: string, end: number, to: number, opened: readonly number[]): number {
  const wanted = opened.map((at) => text.charAt(at));
  for (let i = end; i < to; i++) {
    const unit = text.charAt(i);
    if (unit === '\n' && text.charAt(i + 1) === '\n') return -1;
    if (halves(wanted.at(-1)!, unit)) {
      wanted.pop();
      if (wanted.length === 0) return i;
    } else if (OPEN.includes(unit)) wanted.push(unit);
  }
  return -1;
}

const halves = (open: string, close: string): boolean =>
  open === '"' || open === '`' ? open === close : (CLOSED_BY[open]?.includes(close) ?? false);
