/**
 * Tables: rows and cells of a region that is not prose, which rows name the columns, which are titles of those below.
 */
import { smallest } from '../../text/arrays.js';
import type { Rule } from './glyphs.js';
import type { Gutter } from './gutters.js';
import { type Line, lineOf, type Sheet } from './lines.js';
import type { Region } from './regions.js';
import type { Row } from './rows.js';
import type { Word } from './words.js';

export interface Cell {
  column: number;
  columns: number;
  lines: Line[];
}

export interface TableRow {
  kind: 'names' | 'values' | 'group';
  cells: Cell[];
}

export interface Table {
  kind: 'table';
  rows: TableRow[];
  /** Where its columns are parted, to see whether the next page goes on with it. */
  parts: number[];
  page: number;
}

/** A row of the page with its words in columns. */
interface Draft {
  row: Row;
  cells: { column: number; columns: number; words: Word[] }[];
}

const NUMBER = /^[\s$\u20ac\u00a3(+\-\u2013\u2212]*\d[\d.,:/\s%)$\u20ac\u00a3\u2013-]*[a-z%*]{0,3}$/i;

/** @param rules of the page, in the same frame as the rows */
export function tableOf(region: Region, rules: readonly Rule[], sheet: Sheet): Table {
  const drafts = region.rows.map((row) => draftOf(row, region.gutters)).filter(({ cells }) => cells.length > 0);
  const lines = linesAcross(region, rules);
  const names = namesOf(drafts, lines);
  const groups = mergeLines(drafts, lines, names, region.gutters.length + 1);
  const rows = groups.map(({ drafts: parts, kind }): TableRow => {
    const cells = new Map<number, Cell>();
    for (const part of parts) {
      for (const { column, columns, words } of part.cells) {
        const line = lineOf(words, { ...part.row, words }, sheet);
        if (line.text === '') continue;
        const cell = cells.get(column);
        if (cell) {
          cell.lines.push(line);
          cell.columns = Math.max(cell.columns, columns);
        } else cells.set(column, { column, columns, lines: [line] });
      }
    }
    return { kind, cells: [...cells.values()].sort((a, b) => a.column - b.column) };
  });
  const kept = rows.filter((row) => row.cells.length > 0);
  joinLabels(kept);
  dropEmptyColumns(kept);
  markGroups(kept);
  return {
    kind: 'table',
    rows: kept,
    parts: region.gutters.map((gutter) => (gutter.x0 + gutter.x1) / 2),
    page: sheet.page,
  };
}

function draftOf(row: Row, gutters: readonly Gutter[]): Draft {
  const middles = gutters.map((gutter) => (gutter.x0 + gutter.x1) / 2);
  const columnAt = (x: number) => middles.filter((middle) => middle < x).length;
  const cells: Draft['cells'] = [];
  for (const word of row.words) {
    if (word.leader) continue;
    const column = columnAt((word.x0 + word.x1) / 2);
    const last = cells.at(-1);
    const crossing = last ? word.x0 - (last.words.at(-1)?.x1 ?? 0) < 0.5 * row.size : false;
    if (last && (last.column + last.columns - 1 === column || crossing)) {
      last.words.push(word);
      last.columns = Math.max(last.columns, column - last.column + 1);
    } else cells.push({ column, columns: 1, words: [word] });
  }
  return { row, cells };
}

const textOf = (words: readonly Word[]): string => words.map((word) => word.text).join(' ');

/** Baselines' places of horizontal rules that go across most of the table. */
function linesAcross(region: Region, rules: readonly Rule[]): number[] {
  const width = region.x1 - region.x0;
  const [top, bottom] = [region.rows[0], region.rows[region.rows.length - 1]];
  const spans = new Map<number, number>();
  for (const rule of rules) {
    if (rule.y1 < bottom.y - 2 * bottom.size || rule.y0 > top.y + 2 * top.size) continue;
    const across = Math.min(rule.x1, region.x1) - Math.max(rule.x0, region.x0);
    if (across <= 0) continue;
    for (const y of rule.y1 - rule.y0 < 2.5 ? [(rule.y0 + rule.y1) / 2] : [rule.y0, rule.y1]) {
      const key = Math.round(y / 1.5);
      spans.set(key, (spans.get(key) ?? 0) + across);
    }
  }
  const found: number[] = [];
  for (const [key, across] of [...spans].sort(([a], [b]) => b - a)) {
    if (across < 0.7 * width) continue;
    const y = key * 1.5;
    if (found.length === 0 || (found.at(-1) ?? 0) - y > 3) found.push(y);
  }
  return found;
}

/** How many rows at the top name the columns. */
function namesOf(drafts: readonly Draft[], lines: readonly number[]): number {
  if (drafts.length < 2) return 0;
  const columns = new Map<number, [numbers: number, all: number]>();
  for (const { cells } of drafts) {
    for (const { column, words } of cells) {
      const count = columns.get(column) ?? [0, 0];
      columns.set(column, [count[0] + (NUMBER.test(textOf(words)) ? 1 : 0), count[1] + 1]);
    }
  }
  const numeric = [...columns].filter(([column, [numbers, all]]) => column > 0 && numbers >= 0.5 * all && all > 1);
  if (numeric.length > 0 && columns.size > 2) {
    const isNumeric = new Set(numeric.map(([column]) => column));
    const first = drafts.findIndex(({ cells }) =>
      cells.some(({ column, words }) => isNumeric.has(column) && NUMBER.test(textOf(words)) && !/^(19|20)\d\d$/.test(textOf(words))),
    );
    if (first > 0 && first <= Math.max(3, drafts.length / 3)) {
      // A title of the first rows stands between the names and the values.
      const leftmost = smallest(columns.keys());
      let names = first;
      while (names > 1 && drafts[names - 1].cells.length === 1 && drafts[names - 1].cells[0].column === leftmost) names--;
      return names === 1 && drafts[0].cells.length === 1 ? 0 : names;
    }
    if (first !== 0) return 0;
  }
  const bold = (draft: Draft) => draft.cells.every(({ words }) => words.every((word) => word.bold));
  let boldRows = 0;
  while (boldRows < drafts.length && bold(drafts[boldRows])) boldRows++;
  if (boldRows > 0 && boldRows < drafts.length && boldRows <= 4 && drafts[0].cells.length > 1) return boldRows;
  if (numeric.length > 0) return 0;
  // A rule below the first rows and none between the next two; in a grid of three columns or more, the first row.
  const ruled = (index: number) =>
    index + 1 < drafts.length && lines.some((y) => y < drafts[index].row.y && y > drafts[index + 1].row.y);
  for (let index = 0; index < Math.min(3, drafts.length - 2); index++) {
    if (!ruled(index)) continue;
    const words = drafts.slice(0, index + 1).flatMap(({ cells }) => cells.flatMap((cell) => cell.words));
    const short = words.length <= 4 * (index + 1) * columns.size && !words.some((word) => /^\W*\d/.test(word.text));
    if (!ruled(index + 1)) return short ? index + 1 : 0;
    return short && columns.size > 2 && drafts[0].cells.length === columns.size ? index + 1 : 0;
  }
  return 0;
}

/** Puts the lines of one row of the table together. */
function mergeLines(
  drafts: readonly Draft[],
  lines: readonly number[],
  names: number,
  columns: number,
): { kind: TableRow['kind']; drafts: Draft[] }[] {
  const result: { kind: TableRow['kind']; drafts: Draft[] }[] = [];
  const distances = drafts.slice(1).map(({ row }, index) => drafts[index].row.y - row.y);
  const sorted = distances.slice(Math.max(0, names - 1)).sort((a, b) => a - b);
  const least = sorted[Math.floor(sorted.length / 5)] ?? 0;
  const wide = sorted.filter((distance) => distance > 1.25 * least).length;
  const inside = lines.filter((y) => y < drafts[0].row.y && y > drafts[drafts.length - 1].row.y);
  const grid = inside.length >= 0.4 * drafts.length || (inside.length >= 3 && inside.length >= 0.2 * drafts.length);
  drafts.forEach((draft, index) => {
    const kind = index < names ? 'names' : 'values';
    const last = result.at(-1);
    const above = drafts[index - 1];
    if (!last || last.kind !== kind) {
      result.push({ kind, drafts: [draft] });
      return;
    }
    const together =
      kind === 'names'
        ? !spansOnly(above)
        : grid
          ? !inside.some((y) => y < above.row.y && y > draft.row.y)
          : wide >= 0.2 * sorted.length && wide > 0
            ? distances[index - 1] <= 1.15 * least && isRest(draft, columns)
            : isContinuation(above, draft, columns);
    if (together) last.drafts.push(draft);
    else result.push({ kind, drafts: [draft] });
  });
  return result;
}

/** A row of names that each stand over several columns is a row of its own. */
const spansOnly = (draft: Draft): boolean => draft.cells.some((cell) => cell.columns > 1);

/** A line that may continue the row above: its first column is empty, or it has nothing else. */
const isRest = (draft: Draft, columns: number): boolean =>
  columns > 1 &&
  (draft.cells.length === 1 ||
    draft.cells.every(({ column, words }) => column > 0 && !NUMBER.test(textOf(words))));

function isContinuation(above: Draft, draft: Draft, columns: number): boolean {
  const [first] = draft.cells;
  if (first.column === 0) {
    const begun = above.cells[0];
    if (draft.cells.length > 1 || begun.column !== 0 || above.cells.length === 1) return false;
    return /^\p{Ll}/u.test(first.words[0].text) || first.words[0].x0 > begun.words[0].x0 + 0.5 * draft.row.size;
  }
  if (draft.cells.length > columns / 2) return false;
  return draft.cells.every(({ column, words }) => {
    const over = above.cells.find((cell) => cell.column === column);
    return over !== undefined && (draft.cells.length === 1 || !NUMBER.test(textOf(words)));
  });
}

/** Labels that are indented below others are one column with them, if no row has both. */
function joinLabels(rows: readonly TableRow[]): void {
  const cells = rows.flatMap((row) => row.cells);
  const [first, second] = [...new Set(cells.map((cell) => cell.column))].sort((a, b) => a - b);
  const both = rows.some((row) => row.cells[0]?.column === first && row.cells[1]?.column === second);
  const labels = cells.filter((cell) => cell.column === second);
  if (both || second === undefined || labels.some((cell) => NUMBER.test(cell.lines[0].text))) return;
  for (const cell of labels) {
    cell.columns += cell.column - first;
    cell.column = first;
  }
}

/** Columns that no row fills were parted by a title above the table. */
function dropEmptyColumns(rows: readonly TableRow[]): void {
  const cells = rows.flatMap((row) => row.cells);
  const filled = [...new Set(cells.map((cell) => cell.column))].sort((a, b) => a - b);
  for (const cell of cells) {
    const last = filled.findLastIndex((column) => column < cell.column + cell.columns);
    cell.column = filled.indexOf(cell.column);
    cell.columns = last - cell.column + 1;
  }
}

/** A cell that stands alone in its row over rows with values is their title. */
function markGroups(rows: readonly TableRow[]): void {
  rows.forEach((row, index) => {
    const next = rows[index + 1];
    if (row.kind !== 'values' || row.cells.length !== 1 || !next || next.kind !== 'values') return;
    if (row.cells[0].column === 0 && (next.cells.length > 1 || rows[index + 2]?.cells.length > 1)) row.kind = 'group';
  });
}
