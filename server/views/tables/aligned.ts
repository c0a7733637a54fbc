/**
 * Tables in plain text whose columns are separated only by white space, with or without a ruler (`---- ----`) under
 * their names: as written by `ps`, `df` and `kubectl get`, and by people.
 */

import { isBlank } from '../base/characters.js';
import type { Line } from '../base/text-lines.js';
import { hasHeader, keyColumn } from './headers.js';
import type { FoundTable } from './ruled.js';
import { type Row, type Table, trimmed } from './table.js';

const TAB = 8;
/** Wider lines are not rows of a readable table. */
const MAX_WIDTH = 500;
/** Lines that may directly precede or follow the table. */
const MOST_OUTSIDE = 2;
/** White space between two columns; less is enough if enough lines have it. */
const WIDE = 2;
const LINES_FOR_NARROW = 5;
/** Maximum average number of words in a cell, except in the last column: beyond it the columns are separate texts. */
const MOST_WORDS = 5;
const BULLET = /^(?:[-*+•‣]|\(?\d{1,3}[.)])\s/;
const RULER = /^[-=─━═]+(?:[ \t]+[-=─━═]+)*$/;

interface Column {
  start: number;
  end: number;
  /** Hardly any white space precedes the next one. */
  narrow?: boolean | undefined;
}

interface Field {
  start: number;
  end: number;
}

/** A table in lines `from`..`to`, between which none is blank. */
export function findAligned(text: string, lines: readonly Line[], from: number, to: number): FoundTable | undefined {
  if (to - from < 2) return undefined;
  for (let before = 0; before <= MOST_OUTSIDE; before++) {
    for (let behind = 0; behind <= MOST_OUTSIDE; behind++) {
      const first = from + before;
      const last = to - behind;
      if (last - first < 2) break;
      const table = alignedTable(text, lines.slice(first, last));
      if (table) return { table, from: first, to: last };
    }
  }
  return undefined;
}

function alignedTable(text: string, all: readonly Line[]): Table | undefined {
  const ruler = all.findIndex((line, i) => i > 0 && i < 4 && isRuler(text, line));
  const lines = all.filter((line, i) => i === ruler || !isRuler(text, line));
  const under = ruler < 0 ? -1 : lines.indexOf(all[ruler]);
  const body = lines.filter((_, i) => i !== under);
  if (body.some((line) => line.indent + line.end - line.start > MAX_WIDTH)) return undefined;
  const drawn = under >= 0 && /[ \t]/.test(text.slice(all[ruler].start, all[ruler].end));
  if (drawn) return tableOf(text, body, rulerColumns(text, all[ruler]), under, true);
  return (
    tableOf(text, body, gutterColumns(text, body, true), under, false) ??
    // Without names of columns a narrow gap means nothing.
    tableOf(text, body, gutterColumns(text, body, false), under, false)
  );
}

/** @param under lines above the ruler; -1: there is none */
function tableOf(
  text: string,
  body: readonly Line[],
  columns: readonly Column[],
  under: number,
  drawn: boolean,
): Table | undefined {
  if (columns.length < 2) return undefined;
  const rows = body.map((line) => fieldsOf(text, line, columns));
  const cells = rows.map((row) => row.map((field) => (field ? text.slice(field.start, field.end) : '')));
  // A line with one cell at either end is a title or a note.
  if (!rows[0] || [rows[0], rows[rows.length - 1]].some((row) => row.filter(Boolean).length < 2)) return undefined;
  const header = under > 0 ? under : isHeading(cells) ? 1 : 0;
  if (header === 0 && columns.some(({ narrow }) => narrow)) return undefined;
  if (!drawn && !isTable(cells, header, under > 0)) return undefined;
  const found: Row[] = [];
  rows.forEach((row, i) => {
    const shown = row.flatMap((field, column) => (field ? [{ column, parts: [field] }] : []));
    const before = found.at(-1);
    const kind = i < header ? 'names' : 'values';
    // One cell, and not in the first column: the row above continues.
    const goesOn = shown.length === 1 && shown[0].column > 0 && before?.kind === kind;
    if (goesOn || (kind === 'names' && before)) found[found.length - 1] = { kind, cells: [...before!.cells, ...shown] };
    else found.push({ kind, cells: shown });
  });
  return { rows: found, key: keyColumn(cells.slice(header)) };
}

const isRuler = (text: string, { start, end }: Line): boolean =>
  end - start > 2 && end - start <= MAX_WIDTH && RULER.test(text.slice(start, end));

/** Names of columns: in capitals, or of another kind than the cells below. */
function isHeading(cells: readonly (readonly string[])[]): boolean {
  return isCapitals(cells[0]) || hasHeader(cells, true);
}

const isCapitals = (row: readonly string[]): boolean =>
  row.filter((cell) => cell !== '').length > 1 &&
  row.every((cell) => !/\p{Ll}/u.test(cell)) &&
  row.filter((cell) => /\p{Lu}/u.test(cell)).length >= 0.6 * row.length;

function isTable(cells: readonly (readonly string[])[], header: number, ruled: boolean): boolean {
  const columns = cells[0].length;
  const body = cells.slice(header);
  if (body.length === 0 || (header === 0 && body.length < 3)) return false;
  if (body.length < 2 && !ruled && !(isCapitals(cells[0]) && columns > 2)) return false;
  let filled = 0;
  for (let column = 0; column < columns; column++) {
    const texts = body.map((row) => row[column]).filter((cell) => cell !== '');
    filled += texts.length;
    // Texts side by side, or a list of terms and definitions.
    const words = texts.reduce((sum, cell) => sum + cell.split(/\s+/).length, 0) / Math.max(1, texts.length);
    if (words > MOST_WORDS && (column + 1 < columns || columns === 2)) return false;
  }
  if (filled < 0.6 * body.length * columns) return false;
  const first = cells.map((row) => row[0]);
  if (first.filter((cell) => /[:=]$/.test(cell)).length > 0.5 * first.length) return false;
  if (first.some((cell, i) => BULLET.test(`${cell} ${cells[i][1]}`))) return false;
  return columns > 2 || header > 0;
}

/** Columns given by the ruler; each extends to the start of the next one. */
function rulerColumns(text: string, line: Line): Column[] {
  const columns: Column[] = [];
  eachColumn(text, line, (unit, column, _, before) => {
    if (isBlank(unit)) return;
    if (before < 0 || isBlank(before)) columns.push({ start: column, end: Number.POSITIVE_INFINITY });
  });
  for (let i = 0; i + 1 < columns.length; i++) columns[i].end = columns[i + 1].start;
  if (columns.length > 0) columns[0].start = 0;
  return columns;
}

/** Columns between gaps that are blank in all lines. @param narrow a single space may be a gap */
function gutterColumns(text: string, lines: readonly Line[], narrow: boolean): Column[] {
  const used = new Uint8Array(MAX_WIDTH + TAB + 1);
  const named = new Uint8Array(used.length);
  // How many lines have text right before a place.
  const before = new Uint32Array(used.length + 1);
  let widest = 0;
  const [head] = lines;
  for (const line of lines) {
    eachColumn(text, line, (unit, column) => {
      if (isBlank(unit) || column >= used.length) return;
      used[column] = 1;
      if (line === head) named[column] = 1;
      before[column + 1]++;
      widest = Math.max(widest, column + 1);
    });
  }
  const columns: Column[] = [];
  let start = -1;
  for (let at = 0; at <= widest; ) {
    if (at < widest && used[at] === 1) {
      if (start < 0) start = at;
      at++;
      continue;
    }
    let end = at;
    while (end < widest && used[end] === 0) end++;
    const isNarrow = end - at < WIDE && end < widest;
    const enough = lines.length >= LINES_FOR_NARROW && before[at] >= 0.7 * lines.length;
    // A name ends or begins right there and the next one is far away.
    const apart = at > 0 && named[at - 1] !== named[end] && named.indexOf(1, end) >= 0;
    if (start >= 0 && (!isNarrow || (narrow && (enough || apart)))) {
      columns.push({ start, end: at, narrow: isNarrow });
      start = -1;
    }
    at = Math.max(end, at + 1);
  }
  return withNames(columns, named);
}

/** A gap that leaves one side without a name is one between two words of a cell. */
function withNames(columns: readonly Column[], named: Uint8Array): Column[] {
  const kept: Column[] = [];
  for (const column of columns) {
    const before = kept.at(-1);
    const isNamed = ({ start, end }: Column) => named.subarray(start, end).includes(1);
    if (before?.narrow && !(isNamed(before) && isNamed(column))) {
      kept[kept.length - 1] = { start: before.start, end: column.end, narrow: column.narrow };
    } else kept.push(column);
  }
  return kept;
}

/** The text of a line in each column, without white space around it. */
function fieldsOf(text: string, line: Line, columns: readonly Column[]): (Field | undefined)[] {
  const starts = columns.map(() => -1);
  const ends = columns.map(() => -1);
  let which = 0;
  eachColumn(text, line, (unit, column, offset, before) => {
    // A word that reaches over the end of its column stays whole.
    const inWord = before >= 0 && !isBlank(before) && !isBlank(unit);
    while (!inWord && which + 1 < columns.length && column >= columns[which + 1].start) which++;
    if (isBlank(unit)) return;
    if (starts[which] < 0) starts[which] = offset;
    ends[which] = offset + 1;
  });
  return columns.map((_, i) => (starts[i] < 0 ? undefined : trimmed(text, starts[i], ends[i])));
}

/** Iterates over a line with the column of each unit, tabs expanded. */
function eachColumn(
  text: string,
  line: Line,
  visit: (unit: number, column: number, offset: number, before: number) => void,
): void {
  let column = line.indent;
  let before = -1;
  for (let offset = line.start; offset < line.end; offset++) {
    const unit = text.charCodeAt(offset);
    visit(unit, column, offset, before);
    before = unit;
    column = unit === 9 ? column + TAB - (column % TAB) : column + 1;
  }
}
