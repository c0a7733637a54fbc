/**
 * The edges of an answer: a span is completed to whole atoms of text, its brackets and quotes are balanced, and stray
 * characters at the edges are removed. Only the text near the span is examined, however long the document is.
 */

import type { OffsetRange } from '../../protocol.js';
import { append } from '../arrays.js';
import { abbreviations } from './abbreviations.js';
import { type Atom, holds } from './atom.js';
import { links, phones } from './contacts.js';
import { balanced, trimmed } from './edges.js';
import { isGlued } from './glued.js';
import { names } from './names.js';
import { numberWords } from './number-words.js';
import { numbers } from './numbers.js';
import { quotes } from './quotes.js';
import { times } from './times.js';

/** Units of text examined on each side of a span. */
export const REACH = 300;
/** Maximum units by which a span is extended: anything longer is data, not an atom. */
export const MOST_MORE = 250;
/** A longer span is unchanged except for its edges. */
const MOST_UNITS = 3000;
/** Each round completes what the last one added. */
const ROUNDS = 6;

export interface Completed extends OffsetRange {
  /** False: it still cuts something in two, whose other half is too far away or out of view. */
  whole: boolean;
}

export interface EdgeOptions {
  /** The question asks for the start or the end of something: either end of a range may stand alone. */
  endsAlone?: boolean;
  /** It asks "when": no part of a date stands alone. */
  wholeDates?: boolean;
}

/**
 * The span as shown in an answer. Time is linear in the length of the span.
 * @param within the visible range, such as a block: the span stays inside it
 */
export function completeSpan(
  text: string,
  within: OffsetRange,
  span: OffsetRange,
  options: EdgeOptions = {},
): Completed {
  if (span.end - span.start > MOST_UNITS) return { ...trimmed(text, span, []), whole: true };
  const { from, to, cutBefore, cutBehind } = window(text, within, span);
  const near = text.slice(from, to);
  const atoms = atomsOf(near);
  const inNear = { start: 0, end: near.length };
  const seen = { start: span.start - from, end: span.end - from };
  const given = trimmed(near, beforeGlue(near, seen), atoms);
  let now = given;
  for (let round = 0; ; round++) {
    const grown = grow(atoms, now, options);
    const next = balanced(near, inNear, grown);
    const touches = (cutBefore && grown.start === 0) || (cutBehind && grown.end === near.length);
    if (!next || touches || grown.end - grown.start > given.end - given.start + MOST_MORE || round === ROUNDS) {
      return { start: from + given.start, end: from + given.end, whole: false };
    }
    const edged = trimmed(near, next, atoms);
    if (edged.start === now.start && edged.end === now.end) break;
    now = edged;
  }
  return { start: from + now.start, end: from + now.end, whole: true };
}

/** If a sentence is glued to the one that a span begins in: the span without it. */
function beforeGlue(text: string, { start, end }: OffsetRange): OffsetRange {
  for (let at = text.indexOf('.', start + 1); at >= 0 && at < end; at = text.indexOf('.', at + 1)) {
    if (isGlued(text, at)) return { start, end: at };
  }
  return { start, end };
}

/** The text near a span, cut at spaces; without any, an atom at its end is cut, too. */
function window(text: string, within: OffsetRange, span: OffsetRange) {
  let from = Math.max(within.start, span.start - REACH);
  let to = Math.min(within.end, span.end + REACH);
  let cutBefore = from > within.start;
  let cutBehind = to < within.end;
  if (cutBefore) {
    const space = text.slice(from, span.start).search(/\s/);
    cutBefore = space < 0;
    if (space >= 0) from += space + 1;
  }
  if (cutBehind) {
    const space = /\s\S*$/.exec(text.slice(span.end, to));
    cutBehind = space === null;
    if (space) to = span.end + space.index;
  }
  return { from, to, cutBefore, cutBehind };
}

/** The atoms of a short text, the shortest first; some hold others. */
export function atomsOf(text: string): Atom[] {
  const urls = links(text);
  const dates = times(text);
  const leading = [
    ...urls,
    ...dates,
    ...phones(text).filter((atom) => ![...urls, ...dates].some((a) => holds(a, atom))),
  ];
  const others = [...numbers(text), ...numberWords(text), ...names(text), ...abbreviations(text)].filter(
    (atom) => !leading.some((a) => holds(a, atom)),
  );
  // A name continues where a link does not: "Mail:info@example.org".
  const beside = others.filter((atom) => !urls.some((url) => atom.start < url.end && url.start < atom.end));
  return [...leading, ...beside, ...quotes(text)].sort((a, b) => a.end - a.start - (b.end - b.start));
}

/**
 * The span extended to every atom that it cuts, the shortest first: what one completes may stand alone in a longer one.
 * Each round adds at least one unit, up to the maximum.
 */
function grow(atoms: readonly Atom[], span: OffsetRange, options: EdgeOptions): OffsetRange {
  let { start, end } = span;
  for (let cut: Atom | undefined = atoms[0]; cut && end - start <= span.end - span.start + MOST_MORE; ) {
    cut = atoms.find((atom) => {
      const overlap = { start: Math.max(start, atom.start), end: Math.min(end, atom.end) };
      return overlap.start < overlap.end && !stands(atom, overlap, options);
    });
    if (!cut) break;
    start = Math.min(start, cut.start);
    end = Math.max(end, cut.end);
  }
  return { start, end };
}

/** Whether the part of an atom in a span may stand alone. */
function stands(atom: Atom, overlap: OffsetRange, { endsAlone, wholeDates }: EdgeOptions): boolean {
  const alone = [atom, ...(atom.parts ?? []), ...(wholeDates ? [] : (atom.timeParts ?? []))];
  if (endsAlone) append(alone, atom.ends ?? []);
  return alone.some(({ start, end }) => start === overlap.start && end === overlap.end);
}
