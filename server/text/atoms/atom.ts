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

/**
 * `\p{L}\p{M}\p{N}` as ranges. V8 takes milliseconds to compile each of these properties, a second for all patterns. Of
 * the scripts after Greek the ranges include what has no letter yet, and a few signs.
 */
export const WORD_RANGES =
  '0-9A-Za-z\\u00aa\\u00b2-\\u00b3\\u00b5\\u00b9-\\u00ba\\u00bc-\\u00be\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02c1\\u02c6-\\u02d1' +
  '\\u02e0-\\u02e4\\u02ec\\u02ee\\u0300-\\u1ffc\\u2070-\\u2071\\u2074-\\u2079\\u207f-\\u2089\\u2090-\\u209c\\u20d0-\\u20f0\\u2102' +
  '\\u2107\\u210a-\\u2113\\u2115\\u2119-\\u211d\\u2124\\u2126\\u2128\\u212a-\\u212d\\u212f-\\u2139\\u213c-\\u213f\\u2145-\\u2149\\u214e' +
  '\\u2150-\\u2189\\u2460-\\u249b\\u24ea-\\u24ff\\u2776-\\u2793\\u2c00-\\u2dff\\u2e2f\\u3005-\\u3007\\u3021-\\u302f\\u3031-\\u3035' +
  '\\u3038-\\u303c\\u3041-\\ud7fb\\uf900-\\ufe0f\\ufe20-\\ufe2f\\ufe70-\\ufefc\\uff10-\\uff19\\uff21-\\uff3a\\uff41-\\uff5a\\uff66-\\uffdc' +
  '\\u{10000}-\\u{1eebb}\\u{1f100}-\\u{1f10c}\\u{1fbf0}-\\u{1fbf9}\\u{20000}-\\u{33479}';
const WORD_CLASS = /\\p\{L\}(?:\\p\{M\})?\\p\{N\}/g;

/** An expression whose source is easier to read in several strings; `\p{L}\p{N}` stands only in brackets. */
export const pattern = (...sources: string[]): RegExp =>
  new RegExp(sources.join('').replace(WORD_CLASS, WORD_RANGES), 'gud');

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

/**
 * Finds what an expression matches. To compile one takes V8 milliseconds, in all more than the model takes for a
 * question, so this is left until a text has what each match needs.
 * @param needs without flags that keep a place; true wherever there is a match
 */
export function form(needs: RegExp, ...sources: string[]): Finder {
  let expression: RegExp | undefined;
  return (text) => {
    if (!needs.test(text)) return [];
    expression ??= pattern(...sources);
    return matches(expression, text);
  };
}

export const holds = (outer: OffsetRange, inner: OffsetRange): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;
