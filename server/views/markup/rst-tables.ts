/** Tables of reStructuredText, grids and simple ones, row by row with their headers. */
import { isSpace } from '../base/characters.js';
import type { Flow, Line } from '../base/flow.js';
import { TableRows } from '../base/table-rows.js';
import { rstInline } from './rst-inline.js';

const SIMPLE_BORDER = /^=+(?: +=+)+$/;
const GRID_BORDER = /^\+(?:[-=]+\+)+$/;
const SPAN_LINE = /^[-= ]+$/;
const GRID_RULE = /^[-=+ |]*$/;

interface Cell {
  column: number;
  start: number;
  end: number;
}

/** @returns index after the table; -1: no simple table begins at this line */
export function simpleTable(flow: Flow, lines: readonly Line[], at: number, path: readonly string[]): number {
  const { file } = flow;
  const { from, to, start } = lines[at];
  if (file[from] !== '=' || !SIMPLE_BORDER.test(file.slice(from, to))) return -1;
  const borders = [at];
  const isBorder = (i: number): boolean =>
    file[lines[i].from] === '=' && lines[i].from - lines[i].start === from - start;
  for (let i = at + 1; i < lines.length; i++) {
    if (!isBorder(i) || !/^[= ]+$/.test(file.slice(lines[i].from, lines[i].to))) {
      // Text beyond the columns ends a possible table.
      if (lines[i].from < lines[i].to && lines[i].from - lines[i].start < from - start) break;
      continue;
    }
    borders.push(i);
    const after = lines[i + 1];
    if (borders.length >= 3 || !after || after.from === after.to) break;
  }
  if (borders.length < 2) return -1;
  const columns = simpleColumns(file.slice(start, to));
  const header = borders.length > 2 ? borders[1] : -1;
  const last = borders.at(-1)!;
  const rows = new TableRows(flow);
  let fresh = true;
  for (let i = at + 1; i < last; i++) {
    const line = lines[i];
    if (i === header) fresh = true;
    else if (line.from === line.to || SPAN_LINE.test(file.slice(line.from, line.to))) fresh = true;
    else {
      const cells = simpleCells(file, line, columns);
      // A row whose first cell is empty continues the previous one.
      if (fresh || cells[0]?.column === 0) rows.beginRow(i < header, path);
      fresh = false;
      for (const { column, start: a, end: b } of cells) {
        rows.beginCell(column, i < header);
        rstInline(flow, a, b);
      }
    }
  }
  rows.endRow();
  flow.end();
  return last + 1;
}

function simpleColumns(border: string): number[] {
  const columns: number[] = [];
  for (let i = 0; i < border.length; i++) if (border[i] === '=' && border[i - 1] !== '=') columns.push(i);
  return columns;
}

function simpleCells(file: string, line: Line, columns: readonly number[]): Cell[] {
  const cells: Cell[] = [];
  for (let c = 0; c < columns.length; ) {
    const column = c;
    const start = line.start + columns[c];
    if (start >= line.to && c > 0) break;
    do c++;
    while (
      // Text in the gap between two columns: the cell spans both.
      c < columns.length &&
      line.start + columns[c] < line.to &&
      !isSpace(file.charCodeAt(line.start + columns[c] - 1))
    );
    const cell = trimmed(
      file,
      c === 1 ? line.from : start,
      c < columns.length ? line.start + columns[c] : line.to,
      line.to,
    );
    if (cell) cells.push({ column, ...cell });
  }
  return cells;
}

/** @returns index after the table; -1: no grid begins at this line */
export function gridTable(flow: Flow, lines: readonly Line[], at: number, path: readonly string[]): number {
  const { file } = flow;
  const first = lines[at];
  if (file[first.from] !== '+' || !GRID_BORDER.test(file.slice(first.from, first.to))) return -1;
  const indent = first.from - first.start;
  let end = at + 1;
  while (
    end < lines.length &&
    lines[end].from < lines[end].to &&
    lines[end].from - lines[end].start === indent &&
    '+|'.includes(file[lines[end].from])
  ) {
    end++;
  }
  if (end - at < 3) return -1;
  const bounds: number[] = [];
  for (let i = first.from; i < first.to; i++) if (file[i] === '+') bounds.push(i - first.start);
  let header = -1;
  for (let i = at + 1; i < end && header < 0; i++) {
    if (file[lines[i].from] === '+' && file[lines[i].from + 1] === '=') header = i;
  }
  const rows = new TableRows(flow);
  rows.beginRow(header > at, path);
  for (let i = at + 1; i < end; i++) {
    const line = lines[i];
    if (file[line.from] === '+' || GRID_RULE.test(file.slice(line.from, line.to))) {
      // A rule, unless some cells continue across it.
      rows.beginRow(i < header, path);
      if (GRID_RULE.test(file.slice(line.from, line.to))) continue;
    }
    for (const { column, start, end: stop } of gridCells(file, line, bounds)) {
      rows.beginCell(column, i < header);
      rstInline(flow, start, stop);
    }
  }
  rows.endRow();
  flow.end();
  return end;
}

function gridCells(file: string, line: Line, bounds: readonly number[]): Cell[] {
  const cells: Cell[] = [];
  for (let c = 0; c + 1 < bounds.length; ) {
    const column = c;
    const start = line.start + bounds[c] + 1;
    do c++;
    while (c + 1 < bounds.length && !'|+'.includes(file[line.start + bounds[c]] ?? '|'));
    // Wide characters shift the following text: nothing of the line is lost.
    const end = c + 1 < bounds.length ? line.start + bounds[c] : line.to;
    let cell = trimmed(file, start, end, line.to);
    if (cell && c + 1 >= bounds.length && '|+'.includes(file[cell.end - 1])) {
      cell = trimmed(file, cell.start, cell.end - 1, line.to);
    }
    if (cell && !GRID_RULE.test(file.slice(cell.start, cell.end))) cells.push({ column, ...cell });
  }
  return cells;
}

function trimmed(file: string, start: number, end: number, limit: number): { start: number; end: number } | undefined {
  end = Math.min(end, limit);
  while (start < end && isSpace(file.charCodeAt(start))) start++;
  while (end > start && isSpace(file.charCodeAt(end - 1))) end--;
  return start < end ? { start, end } : undefined;
}
