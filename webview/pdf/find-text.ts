/** Finds words in the text of a page. Pure. */

/** A stretch of text as pdf.js gives it. */
export interface TextItem {
  str: string;
  hasEOL: boolean;
}

export interface PageText {
  text: string;
  /** Where each item starts in `text`. */
  starts: readonly number[];
}

/** Offsets in the text of a page. */
export interface Found {
  start: number;
  end: number;
}

/** A part of an item. */
export interface ItemRange {
  item: number;
  from: number;
  to: number;
}

const LONGEST_QUERY = 200;

export function pageText(items: readonly TextItem[]): PageText {
  const starts: number[] = [];
  const parts: string[] = [];
  let length = 0;
  for (const { str, hasEOL } of items) {
    starts.push(length);
    const part = hasEOL ? `${str}\n` : str;
    parts.push(part);
    length += part.length;
  }
  return { text: parts.join(''), starts };
}

/**
 * What a query means: without case, any white space for white space, and a word that is broken at the end of a line.
 * Undefined: nothing to search for.
 */
export function queryPattern(query: string): RegExp | undefined {
  const words = query.slice(0, LONGEST_QUERY).trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  const escaped = words.map((word) =>
    [...word].map((character) => character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('(?:[-\\u00ad\\u2010]\\n)?'),
  );
  return new RegExp(escaped.join('\\s+'), 'giu');
}

/** @param most how many are enough */
export function findIn({ text }: PageText, pattern: RegExp, most: number): Found[] {
  const found: Found[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match && found.length < most; match = pattern.exec(text)) {
    found.push({ start: match.index, end: match.index + match[0].length });
  }
  return found;
}

/** The parts of the items that a place covers. */
export function itemsOf({ text, starts }: PageText, { start, end }: Found): ItemRange[] {
  const ranges: ItemRange[] = [];
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= start) low = middle;
    else high = middle - 1;
  }
  for (let item = low; item < starts.length; item++) {
    const from = starts[item] ?? 0;
    if (from >= end) break;
    const to = starts[item + 1] ?? text.length;
    // The line end after an item is not in it.
    const last = text[to - 1] === '\n' ? to - 1 : to;
    const part = { item, from: Math.max(start, from) - from, to: Math.min(end, last) - from };
    if (part.to > part.from) ranges.push(part);
  }
  return ranges;
}
