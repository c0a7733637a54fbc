/**
 * Canonical ordering of combining marks. Stripping accents removes nearly every mark, so that order seldom matters;
 * this is for the few marks that stay (spacing ones such as the Balinese adeg adeg, musical stems and flags).
 */
import { codePointAt, codePointBefore, unitsOf } from './code-points.js';
import { COMBINES, DECOMPOSES, KIND_MASK, Kind, type UnicodeProperties } from './properties.js';

/** A starter's marks, decomposed and in canonical order; [length] each. */
export interface OrderedMarks {
  codePoints: number[];
  /** UTF-16 range of the source character that each one is aligned with. */
  starts: number[];
  ends: number[];
  /** Position after the last mark. */
  next: number;
}

/**
 * Orders the marks around `position`, where a character stands that is or decomposes to a mark that stays.
 * Its own starter is part of the result; one that lies before `position` is not, as the caller has it already.
 *
 * Alignment is Hugging Face's: ordering moves the characters but not the ranges. The n-th character that is not an
 * addition by decomposition takes the range of the n-th source character, an addition that of its left neighbour.
 */
export function orderMarks(
  text: string,
  position: number,
  start: number,
  end: number,
  properties: UnicodeProperties,
): OrderedMarks {
  const { classes } = properties;
  const parts = new Int32Array(4);
  const sourceStarts: number[] = [];
  const sourceEnds: number[] = [];
  const codePoints: number[] = [];
  const ranks: number[] = [];
  const added: boolean[] = [];
  const isRemoved = (cp: number): boolean => (classes[cp] & KIND_MASK) === Kind.Removed;
  const isMark = (cp: number): boolean => (classes[cp] & COMBINES) !== 0;
  const take = (cp: number, at: number): void => {
    sourceStarts.push(at);
    sourceEnds.push(at + unitsOf(cp));
    let count = 1;
    parts[0] = cp;
    if ((classes[cp] & DECOMPOSES) !== 0) count = properties.decompose(cp, parts);
    for (let i = 0; i < count; i++) {
      codePoints.push(parts[i]);
      ranks.push(properties.rank(parts[i]));
      added.push(i > 0);
    }
  };

  let first = position;
  if (isMark(codePointAt(text, position, end))) {
    while (first > start) {
      const cp = codePointBefore(text, first, start);
      first -= unitsOf(cp);
      if (!isRemoved(cp) && !isMark(cp)) break;
    }
  }
  let next = first;
  while (next < end) {
    const cp = codePointAt(text, next, end);
    if (!isRemoved(cp)) {
      if (next > position && !isMark(cp)) break;
      take(cp, next);
    }
    next += unitsOf(cp);
  }

  const marks = ranks.lastIndexOf(0) + 1;
  const order = ranks.map((_, i) => i);
  // The starters' rank is 0, but one may follow another (a decomposed syllable): only the marks are ordered.
  const ordered = order.slice(0, marks).concat(order.slice(marks).sort((a, b) => ranks[a] - ranks[b] || a - b));
  const result: OrderedMarks = { codePoints: [], starts: [], ends: [], next };
  let source = 0;
  for (let i = 0; i < ordered.length; i++) {
    const item = ordered[i];
    const aligned = added[item] ? Math.max(source - 1, 0) : source++;
    if (i < marks && first < position) continue;
    result.codePoints.push(codePoints[item]);
    result.starts.push(sourceStarts[aligned]);
    result.ends.push(sourceEnds[aligned]);
  }
  return result;
}
