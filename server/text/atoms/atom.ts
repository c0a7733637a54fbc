/**
 * An atom of text: something that an answer includes completely or not at all, such as an amount, a date or an address.
 */
import type { OffsetRange } from '../../protocol.js';

export interface Atom extends OffsetRange {
  /** Parts that may still stand alone: the year of a date, a telephone number without its extension. */
  readonly parts?: readonly OffsetRange[];
  /** The same, unless the question asks "when": then the whole date is given. */
  readonly timeParts?: readonly OffsetRange[];
  /** Start and end of a range, which stand alone if the question asks for one of them. */
  readonly ends?: readonly OffsetRange[];
}

/** Finds the atoms of one kind in a short text; offsets count from its beginning. Time is linear in its length. */
export type Finder = (text: string) => Atom[];

/** A space inside a line, including narrow and no-break ones. */
export const SPACE = '[ \\u00a0\\u2007\\u2009\\u202f]';
/** The same, or the end of a line in the middle of a paragraph. */
export const GAP = `(?:${SPACE}|[ \\t]?\\r?\\n[ \\t]{0,8})`;
/** Not in the middle of a word or a number. */
export const BEFORE = '(?<![\\p{L}\\p{M}\\p{N}_])';
export const AFTER = '(?![\\p{L}\\p{M}\\p{N}_])';

/** An expression whose source is easier to read in several strings. */
export const pattern = (...sources: string[]): RegExp => new RegExp(sources.join(''), 'gud');

/** Every match as an atom; its groups `part…`, `time…` and `end…` are the parts that may stand alone. */
export function matches(expression: RegExp, text: string): Atom[] {
  return Array.from(text.matchAll(expression), ({ index, 0: whole, indices }) => {
    const named = Object.entries(indices?.groups ?? {});
    const groups = (prefix: string): OffsetRange[] =>
      named.flatMap(([name, place]) => (place && name.startsWith(prefix) ? [{ start: place[0], end: place[1] }] : []));
    return {
      start: index,
      end: index + whole.length,
      parts: groups('part'),
      timeParts: groups('time'),
      ends: groups('end'),
    };
  });
}

export const holds = (outer: OffsetRange, inner: OffsetRange): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;
