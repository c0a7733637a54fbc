/**
 * Regions of a page in the order in which a person reads them: columns one after the other, what goes across all of
 * them before or behind, tables by themselves.
 */
import { bandsOf, cellsOf, fitsAbove, inkOf } from './bands.js';
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
/** A page with more rows is a plan or a map, or is broken: it has no columns, and looking for them takes long. */
const MOST_ROWS = 4000;

/** @param words of a page in one direction, without its furniture; @param em size of most of the text */
export function regionsOf(words: readonly Word[], em: number): Region[] {
  const regions: Region[] = [];
  if (words.length > 0) split(rowsOf(words), em, regions, 0);
  return adopt(regions, em);
}

function split(rows: Row[], em: number, regions: Region[], depth: number): void {
  if (rows.length === 0) return;
  const gutter = depth < DEEPEST && rows.length <= MOST_ROWS ? new Whitespace(rows, em).longest() : undefined;
  if (!gutter) {
    regions.push(textRegion(rows));
    return;
  }
  const [first, last] = withoutTables(rows, gutter, ...edges(rows, gutter), em);
  const band = rows.slice(first, last + 1);
  const [left, right] = sides(band, gutter);
  if (left.length === 0 || right.length === 0) {
    regions.push(textRegion(rows));
    return;
  }
  split(rows.slice(0, first), em, regions, depth + 1);
  if (areColumns(left, right)) {
    split(left, em, regions, depth + 1);
    split(right, em, regions, depth + 1);
  } else tables(band, em, regions, depth);
  split(rows.slice(last + 1), em, regions, depth + 1);
}

/** An area that is not prose: tables one below the other, forms side by side, and what stands between them. */
function tables(rows: Row[], em: number, regions: Region[], depth: number): void {
  const title = isTitleRow(rows);
  if (title) {
    regions.push(textRegion(rows.slice(0, 1)));
    tables(rows.slice(1), em, regions, depth);
    return;
  }
  const bands = bandsOf(rows);
  if (bands.length > 1) {
    for (const band of bands) {
      if (band.tabular > 0) split(band.rows, em, regions, depth + 1);
      else regions.push(textRegion(band.rows));
    }
    return;
  }
  const gutters = guttersOf(rows, em);
  for (const gutter of gutters.toSorted((a, b) => b.x1 - b.x0 - (a.x1 - a.x0))) {
    const [left, right] = sides(rows, gutter);
    if (left.length < 2 || right.length < 2 || !twoForms(left, right, gutter, em)) continue;
    const [leftTitle, rightTitle] = titlesOf(regions, gutter);
    if (leftTitle) regions.push(textRegion([leftTitle]));
    tables(left, em, regions, depth + 1);
    if (rightTitle) regions.push(textRegion([rightTitle]));
    tables(right, em, regions, depth + 1);
    return;
  }
  const tabular = rows.filter((row) => cellsOf(row).length > 1).length;
  const entries = rows.filter((row) => row.words.some((word) => word.leader)).length;
  if (gutters.length === 0 || tabular < 2 || entries > 0.4 * rows.length) regions.push(textRegion(rows));
  else regions.push({ kind: 'table', rows, gutters, ...extent(rows) });
}

/** A first row that does not belong to the table: the row below it names the columns, but not the first. */
function isTitleRow(rows: readonly Row[]): boolean {
  if (rows.length < 4) return false;
  const [title, names] = [cellsOf(rows[0]), cellsOf(rows[1])];
  const hasNumber = (words: Word[]) => words.every((word) => /^\W*\d/.test(word.text));
  if (title.length < 2 || names.length <= title.length || names.some(hasNumber)) return false;
  return rows[0].x0 < rows[1].x0 - 3 * rows[1].size && title[0].length >= 3;
}

/** The titles of two forms, from the row above them. */
function titlesOf(regions: Region[], gutter: Gutter): [Row?, Row?] {
  const above = regions.at(-1);
  const row = above?.kind === 'text' ? above.rows.at(-1) : undefined;
  if (!above || !row || cellsOf(row).length !== 2) return [];
  const [left, right] = sides([row], gutter);
  if (left.length !== 1 || right.length !== 1) return [];
  if (above.rows.length === 1) regions.pop();
  else regions[regions.length - 1] = textRegion(above.rows.slice(0, -1));
  return [left[0], right[0]];
}

/** The gutters of a table; names of columns that stand over several do not close them. */
function guttersOf(all: readonly Row[], em: number): Gutter[] {
  // What stands alone in its row may go across columns: a title, a remark.
  const tabular = all.filter((row) => cellsOf(row).length > 1);
  const rows = tabular.length >= 2 ? tabular : all;
  const white = new Whitespace(rows, em);
  let best = white.all(0, rows.length - 1);
  for (let above = 1; above <= 3 && above <= rows.length - 3; above++) {
    const gutters = white.all(above, rows.length - 1);
    if (gutters.length > best.length) best = gutters;
  }
  return best;
}

/** Puts together what belongs to one table: rows of names above it, parts on both sides of a title that goes across. */
function adopt(regions: Region[], em: number): Region[] {
  const result: Region[] = [];
  for (const region of regions) {
    if (region.kind === 'table') {
      adoptNames(result, region);
      if (adoptPart(result, region, em)) continue;
    }
    result.push(region);
  }
  return result;
}

const pitchOf = (rows: readonly Row[]): number => (rows.length > 1 ? rows[0].y - rows[1].y : 0);

/** Rows of names that went to what is above. */
function adoptNames(result: Region[], region: Region): void {
  const above = result.at(-1);
  if (!above || (above.kind === 'table' && above.rows.length > 2)) return;
  const ink = inkOf(region.rows);
  const pitch = pitchOf(region.rows);
  const isNear = (row: Row | undefined, below: Row) => {
    const distance = (row?.y ?? 0) - below.y;
    return row !== undefined && distance > 0 && distance < 2.7 * Math.max(pitch, row.size);
  };
  const names = region.rows.length;
  while (above.rows.length > 0) {
    const [second, first] = above.rows.slice(-2).length === 2 ? above.rows.slice(-2) : [undefined, above.rows[0]];
    if (!isNear(first, region.rows[0])) break;
    let taken = 0;
    if (fitsAbove(first, ink)) taken = 1;
    // The title of the first rows stands between the names and the values.
    else if (
      region.rows.length > names &&
      cellsOf(first).length === 1 &&
      first.y - region.rows[0].y < 1.3 * first.size
    ) {
      // One name in two lines, the others in the middle beside it.
      const over = ink.filter((each) => each.x0 < first.x1 && each.x1 > first.x0);
      taken = over.length === 1 && over[0] !== ink[0] ? 1 : 0;
    } else if (second && cellsOf(first).length === 1 && isNear(second, first) && fitsAbove(second, ink)) taken = 2;
    if (taken === 0) break;
    region.rows = [...above.rows.slice(-taken), ...region.rows];
    above.rows = above.rows.slice(0, -taken);
  }
  if (above.rows.length === 0) result.pop();
}

/** Whether a table goes on with the one above it, below at most two rows of one cell. */
function adoptPart(result: Region[], region: Region, em: number): boolean {
  const last = result.at(-1);
  const titles = last?.kind === 'text' ? last : undefined;
  const above = titles ? result.at(-2) : last;
  if (
    above?.kind !== 'table' ||
    (titles && (titles.rows.length > 2 || titles.rows.some((row) => cellsOf(row).length > 1)))
  )
    return false;
  const rows = [...above.rows, ...(titles?.rows ?? []), ...region.rows];
  const pitch = Math.max(pitchOf(above.rows), pitchOf(region.rows), em);
  if (rows.some((row, index) => index > 0 && (rows[index - 1].y - row.y > 2.2 * pitch || rows[index - 1].y < row.y)))
    return false;
  const overlaps = (a: Gutter, b: Gutter) => a.x0 < b.x1 && b.x0 < a.x1;
  const [few, many] = above.gutters.length < region.gutters.length ? [above, region] : [region, above];
  if (few.gutters.length < many.gutters.length - 1 || few.gutters.length === 0) return false;
  if (!few.gutters.every((gutter) => many.gutters.some((each) => overlaps(gutter, each)))) return false;
  const gutters = guttersOf(rows, em);
  if (gutters.length < few.gutters.length) return false;
  Object.assign(above, { rows, gutters, ...extent(rows) });
  if (titles) result.pop();
  return true;
}

/**
 * Columns' rows without those of a table above or below them, whose own gutter happens to lie in that of the columns.
 */
function withoutTables(
  rows: readonly Row[],
  gutter: Gutter,
  first: number,
  last: number,
  em: number,
): [number, number] {
  const isTable = (part: readonly Row[]) => {
    const [left, right] = sides(part, gutter);
    return left.length > 0 && right.length > 0 && !areColumns(left, right);
  };
  const gaps: number[] = [];
  for (let index = first; index < last; index++) if (rows[index].y - rows[index + 1].y > 1.9 * em) gaps.push(index);
  if (gaps.length === 0 || isTable(rows.slice(first, last + 1))) return [first, last];
  let [from, to] = [first, last];
  for (const gap of gaps)
    if (isTable(rows.slice(from, gap + 1)) && gap + 1 - from <= 0.5 * (last - first)) from = gap + 1;
  for (const gap of gaps.toReversed())
    if (gap >= from && isTable(rows.slice(gap + 1, to + 1)) && to - gap <= 0.5 * (last - first)) to = gap;
  return [from, to];
}

/** What stands left and right of a gutter, each in rows of its own. */
function sides(rows: readonly Row[], gutter: Gutter): [Row[], Row[]] {
  const middle = (gutter.x0 + gutter.x1) / 2;
  const side = (keep: (word: Word) => boolean) => rowsOf(rows.flatMap((row) => row.words.filter(keep)));
  return [side((word) => (word.x0 + word.x1) / 2 < middle), side((word) => (word.x0 + word.x1) / 2 >= middle)];
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
  /** Mean number of words and characters of a cell. */
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
  const cells = rows.reduce((sum, row) => sum + cellsOf(row).length, 0);
  const numeric = words.filter((word) => (word.text.match(/\d/g)?.length ?? 0) * 2 > word.text.length);
  return {
    lines: rows.length,
    words: words.length / cells,
    characters: characters / cells,
    full: rows.filter((row) => row.x1 - row.x0 > 0.75 * (x1 - x0)).length / rows.length,
    numbers: numeric.length / Math.max(1, words.length),
  };
}

/** Whether two sides of a gutter are columns that are read one after the other, and not cells of a table. */
function areColumns(left: Row[], right: Row[]): boolean {
  const [a, b] = [sideOf(left), sideOf(right)];
  const isProse = (side: Side) => side.words >= 3.2 && side.characters >= 17 && side.numbers < 0.45;
  if (isProse(a) && isProse(b)) return true;
  return Math.min(a.lines, b.lines) >= 3 && alignment(left, right) < 0.5;
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

/** Two forms side by side: labels and values on each side. */
function twoForms(left: Row[], right: Row[], gutter: Gutter, em: number): boolean {
  const width = gutter.x1 - gutter.x0;
  if (width < 1.5 * em) return false;
  const texts = (rows: Row[]) =>
    rows.map((row) => cellsOf(row).map((words) => words.map((word) => word.text).join(' ')));
  const [a, b] = [texts(left), texts(right)];
  const share = (rows: string[][], is: (cells: string[]) => boolean) => rows.filter(is).length / rows.length;
  const labelled = (rows: string[][]) => share(rows, ([label]) => /^\P{N}*:(?:\s|$)/u.test(label));
  if (labelled(a) >= 0.6 && labelled(b) >= 0.6) return true;
  const pairs = (rows: string[][]) => share(rows, (cells) => cells.length === 2 && !/\d/.test(cells[0]));
  if (pairs(a) < 0.7 || pairs(b) < 0.7) return false;
  const inner = (rows: Row[]) => new Whitespace(rows, em).all(0, rows.length - 1);
  const [c, d] = [inner(left), inner(right)];
  return c.length === 1 && d.length === 1 && width > Math.max(c[0].x1 - c[0].x0, d[0].x1 - d[0].x0);
}
