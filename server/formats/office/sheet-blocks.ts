/** A sheet as blocks: tables, titles above them and remarks below, from its cells (XLSX, ODS). */
import { append } from '../../text/arrays.js';
import type { ExtractedBuilder } from '../builder.js';
import { type GridCell, type GridRow, rowsOf } from '../table-rows.js';

export interface SheetRow extends GridRow {
  /** From 0. */
  row: number;
  /** In the order of the columns, without empty ones. */
  cells: readonly GridCell[];
}

/** Empty rows over which a table goes on, if what follows has no names of its own. */
const MAX_GAP = 3;
const MAX_TITLE = 150;
/** A cell alone in its row that is longer is a remark, not a row. */
const MIN_REMARK = 60;

/** "C14". Both from 0. */
export function cellAddress(row: number, column: number): string {
  let letters = '';
  for (let left = column; left >= 0; left = Math.floor(left / 26) - 1) {
    letters = String.fromCharCode(65 + (left % 26)) + letters;
  }
  return `${letters}${row + 1}`;
}

/** Column of "C14" or "C", from 0; -1: not an address. */
export function columnOf(address: string): number {
  const letters = /^\$?([A-Za-z]{1,3})/.exec(address)?.[1].toUpperCase() ?? '';
  let column = -1;
  for (const letter of letters) column = (column + 1) * 26 + letter.charCodeAt(0) - 65;
  return column;
}

/** Row of "C14", from 0; -1: not an address. */
export const rowOf = (address: string): number => Number(/\$?(\d{1,8})$/.exec(address)?.[1] ?? 0) - 1;

/** Adds the rows of a sheet. @param level of the headings that are titles of tables */
export function addSheet(builder: ExtractedBuilder, rows: readonly SheetRow[], level: number): void {
  let table: SheetRow[] = [];
  let hasNames = false;
  const flush = (): void => {
    if (table.length > 0) builder.table(rowsOf(table));
    table = [];
  };
  for (const group of groupsOf(rows)) {
    const first = group.findIndex(({ cells }) => cells.length > 1);
    const gap = table.length > 0 ? group[0].row - table[table.length - 1].row : 0;
    if (first < 0) {
      // A title within a table is one of its rows, if the table goes on below it.
      flush();
      for (const row of group) single(builder, row, level, false);
      continue;
    }
    const last = lastOf(group);
    const body = group.slice(first, last + 1);
    const names = rowsOf(body).some(({ kind }) => kind === 'names');
    const goesOn = table.length > 0 && gap <= MAX_GAP && !names && hasNames && fits(body, table);
    if (goesOn) append(table, [...group.slice(0, first), ...body]);
    else {
      flush();
      for (const row of group.slice(0, first)) single(builder, row, level, true);
      table = [...body];
      hasNames = names;
    }
    if (last + 1 < group.length) {
      flush();
      for (const row of group.slice(last + 1)) single(builder, row, level, false);
    }
  }
  flush();
}

/** Rows without an empty row between them. */
function groupsOf(rows: readonly SheetRow[]): SheetRow[][] {
  const groups: SheetRow[][] = [];
  for (const row of rows) {
    if (row.cells.length === 0) continue;
    const group = groups.at(-1);
    if (group && group[group.length - 1].row + 1 >= row.row) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

/** The last row of the table: what stands alone below it are remarks. */
function lastOf(group: readonly SheetRow[]): number {
  let last = group.length - 1;
  while (last > 0 && group[last].cells.length === 1 && isRemark(group[last].cells[0])) last--;
  // All rows up to the end that have one cell are remarks, or none is.
  return group[last].cells.length > 1 ? last : group.length - 1;
}

const isRemark = ({ text, column, columns }: GridCell): boolean =>
  text.length >= MIN_REMARK ||
  (column === 0 && (columns ?? 1) > 1) ||
  /^[*†‡(\d]+[\s)]|^(?:notes?|source|remarks?)\b/i.test(text);

/** Whether a group has cells only where the table has. */
function fits(body: readonly SheetRow[], table: readonly SheetRow[]): boolean {
  const columns = new Set(table.slice(0, 50).flatMap(({ cells }) => cells.map(({ column }) => column)));
  return body.slice(0, 50).every(({ cells }) => cells.every(({ column }) => columns.has(column)));
}

/** A cell alone in its row: a title or a remark. */
function single(builder: ExtractedBuilder, { cells }: SheetRow, level: number, isAbove: boolean): void {
  const [{ text, isBold, place }] = cells;
  if (place) builder.place(place);
  const isTitle = text.length <= MAX_TITLE && !/[.;,]$/.test(text) && (isBold || isAbove) && /\p{L}/u.test(text);
  if (isTitle) builder.block('heading', text, level);
  else builder.block('paragraph', text);
}
