/**
 * Tables in plain text whose columns are separated only by white space, with or without a ruler (`---- ----`) under
 * their names: as written by `ps`, `df` and `kubectl get`, and by people.
 */

import { largest } from '../../text/arrays.js';
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
  const filled = new FilledColumns(text, lines, from, to);
  for (let before = 0; before <= MOST_OUTSIDE; before++) {
    for (let behind = 0; behind <= MOST_OUTSIDE; behind++) {
      const first = from + before;
      const last = to - behind;
      if (last - first < 2) break;
      const table = alignedTable(text, lines.slice(first, last), (body) => filled.of(first, last, body));
      if (table) return { table, from: first, to: last };
    }
  }
  return undefined;
}

/** @param filledBy the columns in which these lines, all but the rulers, have text */
function alignedTable(
  text: string,
  all: readonly Line[],
  filledBy: (body: readonly Line[]) => Filled,
): Table | undefined {
  const ruler = all.findIndex((line, i) => i > 0 && i < 4 && isRuler(text, line));
  const lines = all.filter((line, i) => i === ruler || !isRuler(text, line));
  const under = ruler < 0 ? -1 : lines.indexOf(all[ruler]);
  const body = lines.filter((_, i) => i !== under);
  if (body.some((line) => line.indent + line.end - line.start > MAX_WIDTH)) return undefined;
  const drawn = under >= 0 && /[ \t]/.test(text.slice(all[ruler].start, all[ruler].end));
  if (drawn) return tableOf(text, body, rulerColumns(text, all[ruler]), under, true);
  if (body.length === 0) return undefined;
  const filled = filledBy(body);
  return (
    tableOf(text, body, gutterColumns(filled, true), under, false) ??
    // Without names of columns a narrow gap means nothing.
    tableOf(text, body, gutterColumns(filled, false), under, false)
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
  end - start > 2 && end - start <= MAX_WIDTH && '-=─━═'.includes(text[start]) && RULER.test(text.slice(start, end));

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

/** In which columns several lines have text. */
interface Filled {
  lines: number;
  /** 1: at least one line has text there. */
  used: Uint8Array;
  /** 1: the first line has. */
  named: Uint8Array;
  /** How many lines have text right before a place. */
  before: Uint32Array;
  widest: number;
}

const PLACES = MAX_WIDTH + TAB + 1;

/** The columns of each line of a block are counted once, for all tables that it may contain. */
class FilledColumns {
  readonly #text: string;
  readonly #lines: readonly Line[];
  readonly #inner: { from: number; to: number };
  /** Of the lines that are in every table of the block. */
  readonly #shared = nothingFilled(PLACES);
  readonly #ofLine = new Map<Line, number[]>();
  /** Columns of the widest line. */
  readonly #width: number;

  constructor(text: string, lines: readonly Line[], from: number, to: number) {
    this.#text = text;
    this.#lines = lines;
    this.#inner = { from: from + MOST_OUTSIDE, to: Math.max(from + MOST_OUTSIDE, to - MOST_OUTSIDE) };
    for (const line of lines.slice(this.#inner.from, this.#inner.to)) {
      if (isRuler(text, line)) continue;
      this.#shared.lines++;
      eachFilled(text, line, (column) => fill(this.#shared, column));
    }
    const outside = [...lines.slice(from, this.#inner.from), ...lines.slice(this.#inner.to, to)];
    const widths = outside.map((line) => (this.#columnsOf(line).at(-1) ?? -1) + 1);
    this.#width = largest([this.#shared.widest, ...widths]);
  }

  /** Of a table of lines `first`..`last`; `body` is all of these but the rulers, at least one. */
  of(first: number, last: number, body: readonly Line[]): Filled {
    const { from, to } = this.#inner;
    const hasInner = first <= from && to <= last;
    const { lines, widest, used, before } = this.#shared;
    const width = this.#width;
    const all = nothingFilled(width);
    if (hasInner) {
      all.used.set(used.subarray(0, width));
      all.before.set(before.subarray(0, width + 1));
      Object.assign(all, { lines, widest });
    }
    for (let i = first; i < last; i++) {
      const line = this.#lines[i];
      const isCounted = hasInner && from <= i && i < to;
      if (!isCounted && !isRuler(this.#text, line)) this.#add(all, this.#columnsOf(line));
    }
    for (const column of this.#columnsOf(body[0])) all.named[column] = 1;
    return all;
  }

  #add(all: Filled, columns: readonly number[]): void {
    all.lines++;
    for (const column of columns) fill(all, column);
  }

  /** Of a line that several tables are tried with. */
  #columnsOf(line: Line): number[] {
    let columns = this.#ofLine.get(line);
    if (!columns) {
      const found: number[] = [];
      eachFilled(this.#text, line, (column) => void found.push(column));
      this.#ofLine.set(line, found);
      columns = found;
    }
    return columns;
  }
}

function fill(all: Filled, column: number): void {
  all.used[column] = 1;
  all.before[column + 1]++;
  all.widest = Math.max(all.widest, column + 1);
}

function eachFilled(text: string, line: Line, visit: (column: number) => void): void {
  eachColumn(text, line, (unit, column) => {
    if (!isBlank(unit) && column < PLACES) visit(column);
  });
}

const nothingFilled = (width: number): Filled => ({
  lines: 0,
  used: new Uint8Array(width),
  named: new Uint8Array(width),
  before: new Uint32Array(width + 1),
  widest: 0,
});

/** Columns between gaps that are blank in all lines. @param narrow a single space may be a gap */
function gutterColumns({ lines, used, named, before, widest }: Filled, narrow: boolean): Column[] {
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
    const enough = lines >= LINES_FOR_NARROW && before[at] >= 0.7 * lines;
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
