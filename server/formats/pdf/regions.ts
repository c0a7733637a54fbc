/**
 * Regions of a page in the order in which a person reads them: columns one after the other, what goes across all of them
 * before or behind, tables by themselves.
 */
import { type Gutter, Whitespace } from './gutters.js';
import { type Row, rowsOf } from './rows.js';
import type { Word } from './words.js';

export interface Region {
  kind: 'text' | 'table';
  rows: Row[];
  /** Of the area that the region may fill. */
  x0: number;
  x1: number;
  /** Of a table: where its columns are parted, from left to right. */
  gutters: Gutter[];
}

const DEEPEST = 10;

/** @param words of a page in one direction, without its furniture; @param em size of most of the text */
export function regionsOf(words: readonly Word[], em: number): Region[] {
  const regions: Region[] = [];
  if (words.length > 0) split(rowsOf(words), em, regions, 0);
  return regions;
}

function split(rows: Row[], em: number, regions: Region[], depth: number): void {
  if (rows.length === 0) return;
  const white = new Whitespace(rows, em);
  const gutter = depth < DEEPEST ? white.longest() : undefined;
  if (!gutter) {
    regions.push(textRegion(rows));
    return;
  }
  const [first, last] = edges(rows, gutter);
  const band = rows.slice(first, last + 1);
  const middle = (gutter.x0 + gutter.x1) / 2;
  const side = (keep: (word: Word) => boolean) => rowsOf(band.flatMap((row) => row.words.filter(keep)));
  const left = side((word) => (word.x0 + word.x1) / 2 < middle);
  const right = side((word) => (word.x0 + word.x1) / 2 >= middle);
  if (left.length === 0 || right.length === 0) {
    regions.push(textRegion(rows));
    return;
  }
  split(rows.slice(0, first), em, regions, depth + 1);
  if (areColumns(left, right, gutter, em)) {
    split(left, em, regions, depth + 1);
    split(right, em, regions, depth + 1);
  } else {
    const gutters = new Whitespace(band, em).all(0, band.length - 1);
    regions.push({ kind: 'table', rows: band, gutters, ...extent(band) });
  }
  split(rows.slice(last + 1), em, regions, depth + 1);
}

function textRegion(rows: Row[]): Region {
  return { kind: 'text', rows, gutters: [], ...extent(rows) };
}

function extent(rows: readonly Row[]): { x0: number; x1: number } {
  return {
    x0: rows.reduce((least, row) => Math.min(least, row.x0), Number.POSITIVE_INFINITY),
    x1: rows.reduce((most, row) => Math.max(most, row.x1), Number.NEGATIVE_INFINITY),
  };
}

/** A gutter's rows without those at its ends that stand on one side only and belong to what is above or below. */
function edges(rows: readonly Row[], { x0, x1, first, last }: Gutter): [number, number] {
  const middle = (x0 + x1) / 2;
  const sides = (row: Row) => (row.x0 < middle ? 1 : 0) | (row.x1 > middle ? 2 : 0);
  let [from, to] = [first, last];
  // A heading over two columns that is shorter than the first: only where the columns begin side by side.
  const limit = Math.floor((last - first) / 3);
  let begin = from;
  while (begin < to && begin - from <= limit && sides(rows[begin]) !== 3) begin++;
  if (begin > from && begin - from <= limit && gapAfter(rows, begin - 1) > 1.3 * gapAfter(rows, begin)) from = begin;
  let end = to;
  while (end > from && to - end <= limit && sides(rows[end]) !== 3) end--;
  if (end < to && to - end <= limit && gapAfter(rows, end) > 1.5 * gapAfter(rows, Math.max(from, end - 1))) to = end;
  return [from, to];
}

const gapAfter = (rows: readonly Row[], index: number): number =>
  index + 1 < rows.length ? rows[index].y - rows[index + 1].y : Number.POSITIVE_INFINITY;

/** What tells prose from cells of a table. */
interface Side {
  lines: number;
  /** Mean number of words and characters of a line. */
  words: number;
  characters: number;
  /** Share of the lines that fill most of the width. */
  full: number;
  /** Share of words with more digits than letters. */
  numbers: number;
}

function sideOf(rows: readonly Row[]): Side {
  const { x0, x1 } = extent(rows);
  const words = rows.flatMap((row) => row.words.filter((word) => !word.leader));
  const characters = words.reduce((sum, word) => sum + word.text.length + 1, 0);
  const numeric = words.filter((word) => (word.text.match(/\d/g)?.length ?? 0) * 2 > word.text.length);
  return {
    lines: rows.length,
    words: words.length / rows.length,
    characters: characters / rows.length,
    full: rows.filter((row) => row.x1 - row.x0 > 0.75 * (x1 - x0)).length / rows.length,
    numbers: numeric.length / Math.max(1, words.length),
  };
}

/** Whether two sides of a gutter are columns that are read one after the other, and not cells of a table. */
function areColumns(left: Row[], right: Row[], gutter: Gutter, em: number): boolean {
  const [a, b] = [sideOf(left), sideOf(right)];
  const isProse = (side: Side) => side.words >= 3.2 && side.characters >= 17 && side.numbers < 0.45;
  const aligned = alignment(left, right);
  if (isProse(a) && isProse(b)) return true;
  const fewer = Math.min(a.lines, b.lines);
  if (aligned < 0.5 && fewer >= 3) return true;
  return twoForms(left, right, gutter, em);
}

/** Share of the rows of the side with fewer that stand on a baseline of the other. */
function alignment(left: readonly Row[], right: readonly Row[]): number {
  const [few, many] = left.length < right.length ? [left, right] : [right, left];
  let at = 0;
  let aligned = 0;
  for (const row of few) {
    while (at < many.length && many[at].y > row.y + 0.2 * row.size) at++;
    if (at < many.length && Math.abs(many[at].y - row.y) <= 0.2 * row.size) aligned++;
  }
  return aligned / few.length;
}

/** Two forms side by side: each has its own gutter between labels and values, narrower than the one between them. */
function twoForms(left: Row[], right: Row[], gutter: Gutter, em: number): boolean {
  const width = gutter.x1 - gutter.x0;
  if (width < 2 * em) return false;
  const inner = (rows: Row[]) => new Whitespace(rows, em).all(0, rows.length - 1);
  const [a, b] = [inner(left), inner(right)];
  const labels = (rows: Row[]) => {
    const texts = rows.map((row) => row.words.map((word) => word.text).join(' '));
    return texts.filter((text) => /^\P{N}*:(\s|$)/u.test(text)).length / Math.max(1, rows.length);
  };
  if (labels(left) >= 0.6 && labels(right) >= 0.6) return true;
  return a.length === 1 && b.length === 1 && width > 1.3 * Math.max(a[0].x1 - a[0].x0, b[0].x1 - b[0].x0);
}
