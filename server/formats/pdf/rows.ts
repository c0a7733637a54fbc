/** Rows: the words of a region that stand on one baseline, from the top of the page down. */
import type { Word } from './words.js';

export interface Row {
  /** From left to right. */
  words: Word[];
  /** Baseline and size of most of it. */
  y: number;
  size: number;
  x0: number;
  x1: number;
}

/** @param words of one region, in any order; words that were drawn in pieces are put together */
export function rowsOf(words: readonly Word[]): Row[] {
  const sorted = words.toSorted((a, b) => b.y - a.y || a.x0 - b.x0);
  const groups: Word[][] = [];
  let group: Word[] = [];
  let largest: Word | undefined;
  for (const word of sorted) {
    if (largest && largest.y - word.y > 0.3 * Math.min(largest.size, word.size * 1.5)) {
      groups.push(group);
      group = [];
      largest = undefined;
    }
    group.push(word);
    if (!largest || word.size > largest.size) largest = word;
  }
  if (group.length > 0) groups.push(group);
  return attachScripts(takeBack(groups.map(asRow)));
}

export function asRow(words: Word[]): Row {
  const joined = joinPieces(words.toSorted((a, b) => a.x0 - b.x0));
  // The baseline of the most text, not of its exponents.
  let main = joined[0];
  let most = 0;
  const amounts = new Map<number, number>();
  for (const word of joined) {
    const key = Math.round(word.size * 2);
    const amount = (amounts.get(key) ?? 0) + word.text.length;
    amounts.set(key, amount);
    if (amount > most || (amount === most && word.size > main.size)) [most, main] = [amount, word];
  }
  return {
    words: joined,
    y: main.y,
    size: main.size,
    x0: joined[0].x0,
    x1: joined.reduce((most, each) => Math.max(most, each.x1), joined[0].x1),
  };
}

/**
 * Exponents and marks of footnotes that are as high as the text of another column: they go to the word at which they
 * stand, in the row below.
 */
function takeBack(rows: Row[]): Row[] {
  for (let index = 0; index + 1 < rows.length; index++) {
    const [row, below] = [rows[index], rows[index + 1]];
    if (row.y - below.y > 0.75 * below.size) continue;
    const isStray = (word: Word, at: number) => !isAmong(row, at) && standsAt(word, below);
    const strays = new Set(row.words.filter(isStray));
    if (strays.size === 0 || strays.size === row.words.length) continue;
    rows[index] = asRow(row.words.filter((word) => !strays.has(word)));
    rows[index + 1] = merged(below, asRow([...strays]));
  }
  return rows;
}

/** Whether a word of a row stands beside another one. */
function isAmong({ words, size }: Row, at: number): boolean {
  const { x0, x1 } = words[at];
  const near = 0.6 * size;
  return (at > 0 && words[at - 1].x1 > x0 - near) || (at + 1 < words.length && words[at + 1].x0 < x1 + near);
}

/** Whether a small word begins where a word of the row ends, above its line. */
function standsAt(word: Word, { words }: Row): boolean {
  const begun = countBelow(words, word.x0);
  if (begun === 0) return false;
  const { x1, y, size } = words[begun - 1];
  const height = word.y - y;
  return (
    word.size < 0.85 * size && height > 0.15 * size && height < 0.75 * size && Math.abs(word.x0 - x1) < 0.15 * size
  );
}

/** Rows of nothing but exponents and indices belong to the row beside which they stand. */
function attachScripts(rows: Row[]): Row[] {
  const result: Row[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    const below = rows[index + 1];
    const above = result.at(-1);
    if (above && isScript(row, above)) result[result.length - 1] = merged(above, row);
    else if (below && isScript(row, below)) rows[index + 1] = merged(below, row);
    else result.push(row);
  }
  return result;
}

function isScript(row: Row, of: Row): boolean {
  if (row.size > 0.85 * of.size) return false;
  const distance = row.y - of.y;
  if (distance > 0.75 * of.size || distance < -0.45 * of.size) return false;
  const near = 0.6 * of.size;
  // Words are sorted by where they begin: of those that begin before the end of a script, how far right they reach.
  let reach = Number.NEGATIVE_INFINITY;
  const reaches = of.words.map((word) => {
    reach = Math.max(reach, word.x1);
    return reach;
  });
  return row.words.every((word) => {
    const begun = countBelow(of.words, word.x1 + near);
    return begun > 0 && reaches[begun - 1] > word.x0 - near;
  });
}

/** How many of the words, sorted by `x0`, begin left of a place. */
function countBelow(words: readonly Word[], x: number): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].x0 < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merged(row: Row, scripts: Row): Row {
  const words = asRow([...row.words, ...scripts.words]);
  return { ...words, y: row.y, size: row.size };
}

/** Words that were drawn in several pieces: no gap between them. */
function joinPieces(sorted: Word[]): Word[] {
  const result: Word[] = [];
  /** Whether the last word is one of its own, which may be changed. */
  let isOwn = false;
  for (const word of sorted) {
    const last = result.at(-1);
    if (!last || !touches(last, word)) {
      result.push(word);
      isOwn = false;
      continue;
    }
    const joined = isOwn ? last : { ...last, edges: [...last.edges] };
    if (!isOwn) result[result.length - 1] = joined;
    isOwn = true;
    append(joined, word);
  }
  return result;
}

function touches(left: Word, right: Word): boolean {
  if (left.leader || right.leader || Math.abs(left.y - right.y) > 0.12 * Math.max(left.size, right.size)) return false;
  const gap = right.x0 - left.x1;
  const em = Math.min(left.size, right.size);
  const apart = left.spaceAfter || right.spaceBefore;
  return gap > -0.3 * em && gap < (apart ? 0.04 : 0.14) * em;
}

/** In place, so that a word of many pieces takes no more time than its length. */
function append(word: Word, piece: Word): void {
  word.text += piece.text;
  word.edges.pop();
  for (const edge of piece.edges) word.edges.push(edge);
  word.x1 = Math.max(word.x1, piece.x1);
  word.size = Math.max(word.size, piece.size);
  word.height = Math.max(word.height, piece.height);
  word.depth = Math.min(word.depth, piece.depth);
  word.bold &&= piece.bold;
  word.spaceAfter = piece.spaceAfter;
}

const LEADER = /^[.\u2026\u00b7_\-\u2013\u2014]+$/;

/**
 * Marks what only leads the eye: at least four dots in a row, in one word or in several that stand at the same
 * distance. They reach from the word before to the word behind, so that no gutter is seen there. A row that is nothing
 * else (a line to fill in) is marked too.
 */
export function markLeaders(row: Row): void {
  cutLeaders(row);
  const { words } = row;
  for (let first = 0; first < words.length; first++) {
    let end = first;
    let dots = 0;
    while (end < words.length && isLeader(words[end].text)) dots += dotsIn(words[end++].text);
    if (dots >= 4) {
      for (const word of words.slice(first, end)) word.leader = true;
      if (first > 0) words[first].x0 = words[first - 1].x1;
      if (end < words.length) words[end - 1].x1 = words[end].x0;
    }
    first = Math.max(first, end - 1);
  }
  if (partsCells(row)) row.words = words.filter((word) => !word.leader);
}

/** Whether leaders stand on both sides of one cell: they part the cells of a table, so their place is white. */
function partsCells({ words, size }: Row): boolean {
  let between: Word[] | undefined;
  for (const word of words) {
    if (!word.leader) between?.push(word);
    else if (between === undefined || between.length === 0) between = [];
    else if (between.every((each, index) => index === 0 || each.x0 - (between?.[index - 1].x1 ?? 0) < 0.85 * size))
      return true;
    else between = [];
  }
  return false;
}

const isLeader = (text: string): boolean => LEADER.test(text) && (text.length >= 3 || /^[.\u2026\u00b7]/.test(text));
const dotsIn = (text: string): number => (text.includes('\u2026') ? 3 * text.length : text.length);

/** A leader that touches its words becomes a word of its own. */
function cutLeaders(row: Row): void {
  row.words = row.words.flatMap((word) => {
    if (!/[.\u2026\u00b7_]{4}/.test(word.text) || LEADER.test(word.text)) return [word];
    const pieces = [...word.text.matchAll(/[.\u2026\u00b7_]{4,}|(?:(?![.\u2026\u00b7_]{4})[\s\S])+/g)];
    return pieces.map(({ 0: text, index }) => cut(word, index, index + text.length));
  });
}

const cut = (word: Word, from: number, to: number): Word => ({
  ...word,
  text: word.text.slice(from, to),
  edges: word.edges.slice(from, to + 1),
  x0: word.edges[from],
  x1: word.edges[to],
});
