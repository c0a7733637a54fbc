/**
 * Canonical ordering of combining marks. Stripping accents removes nearly every mark, so that order rarely matters;
 * this is for the few marks that are kept (spacing ones such as the Balinese adeg adeg, musical stems and flags).
 */
import { codePointAt, codePointBefore, unitsOf } from './code-points.js';
import { COMBINES, DECOMPOSES, KIND_MASK, Kind, NONSPACING, type UnicodeProperties } from './properties.js';

/** Takes a code point of the ordered text and the UTF-16 range that it is aligned with. */
export type VisitMark = (codePoint: number, start: number, end: number) => void;

/**
 * Orders a starter and its marks around `position`, where a character is or decomposes to a mark that is kept, and
 * visits those kept, in order. A starter before `position` is not visited: the caller already has it.
 * Reads the text several times instead of storing it, since a hostile text may consist only of marks.
 *
 * Alignment is Hugging Face's: ordering moves the characters but not the ranges. The n-th character that is not an
 * addition by decomposition takes the range of the n-th source character, an addition that of its left neighbour.
 *
 * @returns the position after the last mark
 */
export function orderMarks(
  text: string,
  position: number,
  start: number,
  end: number,
  properties: UnicodeProperties,
  visit: VisitMark,
): number {
  const { classes } = properties;
  const isRemoved = (cp: number): boolean => (classes[cp] & KIND_MASK) === Kind.Removed;
  const isMark = (cp: number): boolean => (classes[cp] & COMBINES) !== 0;

  let first = position;
  if (isMark(codePointAt(text, position, end))) {
    while (first > start) {
      const cp = codePointBefore(text, first, start);
      first -= unitsOf(cp);
      if (!isRemoved(cp) && !isMark(cp)) break;
    }
  }
  let next = position;
  do next += unitsOf(codePointAt(text, next, end));
  while (next < end && (isMark(codePointAt(text, next, end)) || isRemoved(codePointAt(text, next, end))));

  const parts = new Int32Array(4);
  /** Every decomposed character in the order of the text. */
  const scan = (take: (cp: number, rank: number, isAdded: boolean) => void): void => {
    let cp: number;
    for (let at = first; at < next; at += unitsOf(cp)) {
      cp = codePointAt(text, at, next);
      if (isRemoved(cp)) continue;
      let count = 1;
      parts[0] = cp;
      if ((classes[cp] & DECOMPOSES) !== 0) count = properties.decompose(cp, parts);
      for (let i = 0; i < count; i++) take(parts[i], properties.rank(parts[i]), i > 0);
    }
  };

  /** For each rank: how many characters are not additions, and whether any is to be visited. */
  const sources = new Int32Array(properties.rankCount);
  const isVisited = new Uint8Array(properties.rankCount);
  scan((cp, rank, isAdded) => {
    if (!isAdded) sources[rank]++;
    if ((classes[cp] & NONSPACING) === 0) isVisited[rank] = 1;
  });
  if (first < position) isVisited[0] = 0;

  let sourceAt = first;
  let sourceEnd = first;
  let source = 0;
  /** Moves on until `count` source characters are read; the last of them is at `sourceAt`. */
  const readSources = (count: number): void => {
    while (source < count) {
      sourceAt = sourceEnd;
      const cp = codePointAt(text, sourceAt, next);
      sourceEnd += unitsOf(cp);
      if (!isRemoved(cp)) source++;
    }
  };
  // Rank 0, the starter (several, if it is a syllable), comes first by itself.
  for (let rank = 0, before = 0; rank < sources.length; before += sources[rank++]) {
    if (isVisited[rank] === 0) continue;
    let count = before;
    scan((cp, itsRank, isAdded) => {
      if (itsRank !== rank) return;
      if (!isAdded) count++;
      if ((classes[cp] & NONSPACING) !== 0) return;
      readSources(count);
      visit(cp, sourceAt, sourceEnd);
    });
  }
  return next;
}
