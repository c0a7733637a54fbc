/**
 * Tables that stand one below the other: rows go into one table as long as their cells leave the same strips of white.
 */
import { largest } from '../../text/arrays.js';
import type { Row } from './rows.js';
import type { Word } from './words.js';

interface Interval {
  x0: number;
  x1: number;
}

/** Words with less than this many ems between them are one cell. */
const CELL_GAP = 0.85;

/** The cells of a row as far as gaps tell. */
export function cellsOf(row: Row): Word[][] {
  const cells: Word[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const word of row.words) {
    if (word.x0 - end < CELL_GAP * row.size) cells[cells.length - 1].push(word);
    else cells.push([word]);
    end = Math.max(end, word.x1);
  }
  return cells;
}

export const intervalsOf = (row: Row): Interval[] =>
  cellsOf(row).map((words) => ({ x0: words[0].x0, x1: largest(words.map((word) => word.x1)) }));

/** Ink of two rows over each other; both are sorted. */
function union(a: readonly Interval[], b: readonly Interval[], apart: number): Interval[] {
  const result: Interval[] = [];
  for (const { x0, x1 } of [...a, ...b].sort((x, y) => x.x0 - y.x0)) {
    const last = result.at(-1);
    if (last && x0 < last.x1 + apart) last.x1 = Math.max(last.x1, x1);
    else result.push({ x0, x1 });
  }
  return result;
}

const ratio = (a: number, b: number): number => Math.max(a, b) / Math.min(a, b);

export interface Band {
  rows: Row[];
  /** Rows of several cells; fewer than two are not a table. */
  tabular: number;
}

/** @param rows of an area that is not prose, from above */
export function bandsOf(rows: readonly Row[]): Band[] {
  const bands: Band[] = [];
  let band: Row[] = [];
  let ink: Interval[] = [];
  let tabular = 0;
  const distances = rows.slice(1).map((row, index) => rows[index].y - row.y);
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
  const end = () => {
    if (band.length === 0) return;
    // Titles of what follows.
    let titles = band.length;
    while (tabular > 0 && titles > 1 && isTitle(band[titles - 1], band[titles - 2], band[0])) titles--;
    bands.push({ rows: band.slice(0, titles), tabular });
    if (titles < band.length) bands.push({ rows: band.slice(titles), tabular: 0 });
    [band, ink, tabular] = [[], [], 0];
  };
  for (const [index, row] of rows.entries()) {
    const cells = intervalsOf(row);
    const far = index > 0 && distances[index - 1] > 1.7 * usual && distances[index - 1] > 1.8 * row.size;
    if (cells.length === 1) {
      if (far || (tabular > 0 && isProse(row, ink))) end();
      band.push(row);
      continue;
    }
    const together = union(ink, cells, 0.3 * row.size);
    const enough = together.length >= 0.7 * Math.max(ink.length, cells.length);
    const resized = tabular > 0 && ratio(band[band.length - 1].size, row.size) > 1.25;
    if (far || resized || (ink.length > 0 && !enough) || (tabular > 1 && namesAgain(rows, index))) {
      end();
      ink = cells;
    } else ink = together;
    if (tabular === 0 && band.length > 0) {
      bands.push({ rows: band, tabular: 0 });
      band = [];
      ink = cells;
    }
    band.push(row);
    tabular++;
  }
  end();
  return bands;
}

/**
 * Names of columns below values: they are bold, or below a title, and have no numbers where values above and below do.
 */
function namesAgain(rows: readonly Row[], index: number): boolean {
  const isBold = (row: Row) => row.words.every((word) => word.bold);
  const hasNumber = (row: Row) => row.words.some((word) => /^\W*\d/.test(word.text));
  const tabular = (each: Row) => cellsOf(each).length > 1;
  const [row, above] = [rows[index], rows[index - 1]];
  if (hasNumber(row)) return false;
  const [before, after] = [rows.slice(0, index).findLast(tabular), rows.slice(index + 1).find(tabular)];
  if (!before || !after) return false;
  if (isBold(row)) return !isBold(before) && !isBold(after);
  const titled = !tabular(above) && (isBold(above) || above.size > 1.1 * row.size);
  return titled && hasNumber(before) && hasNumber(after);
}

/** A row of one cell at the left edge: at a table's end, it is the title of the next; not the rest of a label. */
function isTitle(row: Row, above: Row, first: Row): boolean {
  if (cellsOf(row).length > 1 || row.x0 > first.x0 + 2 * row.size) return false;
  const rest =
    /^\p{Ll}/u.test(row.words[0].text) || (row.x0 > above.x0 + 0.5 * row.size && row.size < 1.1 * above.size);
  return !rest || above.y - row.y > 1.5 * row.size;
}

/** A line of text below a table, which goes across its columns. */
function isProse(row: Row, ink: readonly Interval[]): boolean {
  const crossed = ink.filter((each) => each.x0 < row.x1 && each.x1 > row.x0).length;
  return row.words.length >= 7 && crossed >= 3 && crossed >= 0.6 * ink.length;
}

/** Whether a row could name the columns below it: each cell over its own columns. */
export function fitsAbove(row: Row, ink: readonly Interval[]): boolean {
  const cells = intervalsOf(row);
  if (cells.length < 2) return false;
  const taken = new Set<Interval>();
  for (const cell of cells) {
    const below = ink.filter((each) => each.x0 < cell.x1 && each.x1 > cell.x0);
    if (below.length === 0 || below.some((each) => taken.has(each))) return false;
    for (const each of below) taken.add(each);
  }
  return taken.size >= 0.5 * ink.length;
}

export const inkOf = (rows: readonly Row[]): Interval[] =>
  rows
    .map(intervalsOf)
    .filter((cells) => cells.length > 1)
    .reduce((ink, cells) => union(ink, cells, 0.3 * rows[0].size), []);
