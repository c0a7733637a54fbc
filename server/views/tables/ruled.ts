/**
 * Tables in plain text whose cells are separated by vertical lines: grids (`+---+`, box drawing), output of psql and
 * mysql, pipe tables of Markdown and Org. Read line by line with exact positions.
 */
import type { Line } from '../base/text-lines.js';
import { hasHeader, keyColumn } from './headers.js';
import { type Cell, type Row, type Table, textOf, trimmed } from './table.js';

export interface FoundTable {
  table: Table;
  /** Index of the first line, and after the last one. */
  from: number;
  to: number;
}

const SEPARATORS = '|│┃║';
const RULE = /^[-=+|:~ ─━═│┃║┄┈┌┐└┘├┤┬┴┼╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬┏┓┗┛┣┫┳┻╋╭╮╰╯]+$/;
const RULE_STROKE = /[-=~─━═┄┈]{2}|[-:]-+|-[:|+]/;
const CROSSING = /[+|┌└├┬┴┼╔╚╠╦╩╬╞╪┏┗┣╭╰]/;
/** Longer lines are not rows of a readable table. */
const MAX_LINE = 5000;
const MAX_COLUMNS = 200;

/** A line of a table: a rule, or cells. */
interface TableLine {
  rule: boolean;
  /** For a rule: doubled, as under the names of columns. */
  double: boolean;
  /** It begins with an upright line. */
  opened: boolean;
  /** Ranges between the separators, with the white space around the text. */
  fields: { start: number; end: number }[];
}

/** The first table of this kind in lines `from`..`to`, between which none is blank. */
export function findRuled(text: string, lines: readonly Line[], from: number, to: number): FoundTable | undefined {
  for (let i = from; i < to; ) {
    let end = i;
    const found: TableLine[] = [];
    for (; end < to; end++) {
      const line = tableLine(text, lines[end]);
      if (!line) break;
      found.push(line);
    }
    const table = end > i ? tableOf(text, found) : undefined;
    if (table) return { table, from: i, to: end };
    i = Math.max(end, i + 1);
  }
  return undefined;
}

/** @returns undefined: it belongs to no table */
function tableLine(text: string, { start, end }: Line): TableLine | undefined {
  if (end - start > MAX_LINE || end - start < 2) return undefined;
  const line = text.slice(start, end);
  if (RULE.test(line)) {
    return RULE_STROKE.test(line) && CROSSING.test(line)
      ? { rule: true, double: /[=═]/.test(line), opened: false, fields: [] }
      : undefined;
  }
  const fields: TableLine['fields'] = [];
  let at = start;
  for (let i = start; i <= end; i++) {
    if (i < end && (!SEPARATORS.includes(text[i]) || text[i - 1] === '\\')) continue;
    fields.push({ start: at, end: i });
    at = i + 1;
  }
  if (fields.length === 1 || fields.length > MAX_COLUMNS) return undefined;
  // The outer lines are not columns.
  const opened = fields[0].start === fields[0].end;
  if (opened) fields.shift();
  if (fields.length > 1 && fields[fields.length - 1].start === fields[fields.length - 1].end) fields.pop();
  return { rule: false, double: false, opened, fields };
}

function tableOf(text: string, all: readonly TableLine[]): Table | undefined {
  const firstCells = all.findIndex(({ rule }) => !rule);
  if (firstCells < 0) return undefined;
  const rules = all.filter(({ rule }) => rule).length;
  const cellLines = all.filter(({ rule }) => !rule);
  // Where no line is drawn on the outside, a first cell is empty.
  const [head] = cellLines;
  if (!head.opened)
    for (const { opened, fields } of cellLines)
      if (opened) fields.unshift({ start: fields[0].start - 1, end: fields[0].start - 1 });
  const widths = new Set(cellLines.map(({ fields }) => fields.length));
  // Without a rule a vertical line may be anything: the lines must agree.
  const drawn = rules > 0 && (cellLines.length > 1 || rules > 1);
  if (!drawn && (cellLines.length < 2 || widths.size > 1 || head.fields.length < 2)) return undefined;
  if (!drawn && head.fields.length < 3 && cellLines.length < 3) return undefined;
  const groups = groupsOf(all);
  const body = groups.slice(1);
  const plain = groups.flat().map(({ fields }) => fields.map(({ start, end }) => text.slice(start, end).trim()));
  const first = groups[0];
  const ruledHeader = body.length > 0 && (firstCells === 0 || groups.length === 2 || isDouble(all));
  const header = ruledHeader ? first.length : hasHeader(plain) ? 1 : 0;
  const multi = body.length > 1 && (isDouble(all) || hasOpenLines(text, groups));
  const rows: Row[] = [];
  let left = header;
  for (const group of groups) {
    let row: { kind: Row['kind']; cells: Cell[] } | undefined;
    let goesOn = false;
    for (const line of group) {
      const names = left > 0;
      if (left > 0) left--;
      if (!row || !(multi || goesOn || (ruledHeader && names))) {
        row = { kind: names ? 'names' : 'values', cells: [] };
        rows.push(row);
      }
      goesOn = false;
      for (const [column, field] of line.fields.entries()) {
        const wraps =
          text[field.end - 1] === '+' && field.end - field.start > 1 && text[field.start] === ' ' && firstCells === 0;
        const part = trimmed(text, field.start, wraps ? field.end - 1 : field.end);
        goesOn ||= wraps;
        if (part) row.cells.push({ column, parts: [part] });
      }
    }
  }
  const values = rows
    .filter(({ kind }) => kind === 'values')
    .map(({ cells }) => {
      const row: string[] = [];
      for (const cell of cells) row[cell.column] ??= textOf(text, cell);
      return Array.from(row, (cell) => cell ?? '');
    });
  return { rows, key: keyColumn(values) };
}

/** Lines with cells between two rules. */
function groupsOf(all: readonly TableLine[]): TableLine[][] {
  const groups: TableLine[][] = [];
  let open: TableLine[] | undefined;
  for (const line of all) {
    if (line.rule) open = undefined;
    else if (open) open.push(line);
    else {
      open = [line];
      groups.push(open);
    }
  }
  return groups;
}

/** A double rule under the names, single ones elsewhere: rows take several lines. */
const isDouble = (all: readonly TableLine[]): boolean =>
  all.some(({ double }) => double) && all.some(({ rule, double }) => rule && !double);

/** Whether a line that is not the first between two rules leaves a cell empty: then they are one row. */
const hasOpenLines = (text: string, groups: readonly TableLine[][]): boolean =>
  groups.some((group) =>
    group.slice(1).some(({ fields }) => fields.some(({ start, end }) => text.slice(start, end).trim() === '')),
  );
