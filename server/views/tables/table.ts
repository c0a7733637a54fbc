/**
 * A table whose cells are known by their places in the file: as found by the readers of CSV and plain-text tables, and
 * its output to a view. (Markup with markup in its cells writes them one by one: `TableRows`.)
 */
import { isBlank } from '../base/characters.js';
import type { Part } from '../base/data-writer.js';
import { Prose } from '../base/prose.js';
import { TableRows } from '../base/table-rows.js';
import type { ViewBuilder } from '../base/view-builder.js';

export interface Cell {
  column: number;
  /** Ranges of the file in order, each with replacement characters if needed; a space is shown between two lines. */
  parts: readonly Part[];
}

export interface Row {
  /** `names`: its cells name the columns; `text`: a line among the rows, such as a title, in one cell. */
  kind: 'names' | 'values' | 'text';
  /** In the order of the file; a cell of several lines has all of them. Cells without text are left out. */
  cells: readonly Cell[];
}

export interface Table {
  rows: Iterable<Row>;
  /** Names of the columns, if they are not shown as a row. */
  names?: readonly string[];
  /** The column that identifies a row; -1: none. */
  key: number;
}

/** Units of a row after which its identifying cell is repeated. */
const LONG_ROW = 300;
/** A longer cell is not repeated. */
const MAX_KEY = 80;

/** Adds the rows of a table to a view, a block each. */
export function writeTable(builder: ViewBuilder, table: Table, path: readonly string[]): void {
  const prose = new Prose(builder);
  const rows = new TableRows(prose);
  if (table.names) rows.name(table.names);
  for (const { kind, cells } of table.rows) {
    if (cells.length === 0) continue;
    if (kind === 'text') {
      rows.endRow();
      prose.begin('paragraph', path);
      for (const { parts } of cells) show(prose, parts);
      prose.end();
      continue;
    }
    const head = kind === 'names';
    rows.beginRow(head, path);
    const key = head ? '' : keyOf(builder.file, table, cells);
    let said = builder.length;
    for (const { column, parts } of cells) {
      const long = key !== '' && column !== table.key && builder.length - said > LONG_ROW;
      if (long) said = builder.length;
      rows.beginCell(column, head, 1, 1, long ? rows.named(table.key, key) : '');
      show(prose, parts);
    }
  }
  rows.endRow();
  prose.end();
}

function show(prose: Prose, parts: readonly Part[]): void {
  for (const { start, end, text } of parts) {
    if (text === undefined) prose.show(start, end);
    else if (text === ' ') prose.space();
    else prose.decode(text, start, end);
  }
}

function keyOf(file: string, { key }: Table, cells: readonly Cell[]): string {
  if (key < 0) return '';
  const text = cells
    .filter(({ column }) => column === key)
    .map((cell) => textOf(file, cell))
    .join(' ');
  return text.length <= MAX_KEY ? text : '';
}

/** The visible text of a cell. */
export const textOf = (file: string, { parts }: Cell): string =>
  parts.map(({ start, end, text }) => text ?? file.slice(start, end)).join('');

/** A range without the white space around it; undefined: it is only white space. */
export function trimmed(file: string, start: number, end: number): Part | undefined {
  while (start < end && isBlank(file.charCodeAt(start))) start++;
  while (end > start && isBlank(file.charCodeAt(end - 1))) end--;
  return start < end ? { start, end } : undefined;
}
