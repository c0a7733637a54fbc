/**
 * The common model of tables in all formats: rows of cells as prose, every cell after the name of its column,
 * "Setting: timeout; Default: 30 s." Readers of a format report where rows and cells begin and show the text in
 * between.
 *
 * The form is the one that measures best: of 62 questions about 13 small tables (CSV, TSV, psql, mysql, columns, HTML,
 * Markdown) 57 have the right first answer; without the period after rows without column names 55, with "Setting:
 * timeout," 53, "Setting timeout," 50, "Setting is timeout," 49, "Setting: timeout." 45, "Setting = timeout;" 42, and
 * with bars between the cells 33. Naming empty cells ("Default: none") does not help (56).
 *
 * What is inserted (names of columns, punctuation, the text of a cell that extends from a row above) is context for the
 * model and never an answer; an answer stays in its cell.
 */
import type { BlockKind } from './reading-view.js';

/** A longer header is not repeated before its cells, nor a longer cell in the rows that it spans. */
const MAX_HEADER = 100;
/** Columns whose header is known. */
const MAX_COLUMNS = 1000;
/** Limits for the columns and rows of one cell, and for the columns in which spans are tracked. */
const MAX_SPAN = 100;

/** Target of the rows: {@link Prose}, {@link Flow}. */
export interface RowWriter {
  /** Whether the block has a visible character. */
  readonly started: boolean;
  begin(kind: BlockKind, path: readonly string[], between?: string): unknown;
  end(): unknown;
  /** Inserted before the next visible character, instead of white space. */
  lead(text: string): void;
  /** Like `lead`, and a cell begins with it. @param above a cell inserted before it */
  cell(lead: string, above?: string): void;
  insert(text: string): void;
  space(): unknown;
  /** The block so far names the following text: it is hardly an answer. */
  key(): void;
  keep(): void;
  kept(): string;
}

interface Row {
  path: readonly string[];
  /** Its cells apparently name the columns. */
  header: boolean;
  /** Whether it is one by its position, regardless of its cells. */
  head: boolean;
  /** The block is open. */
  open: boolean;
  names: string[];
  /** That have begun. */
  cells: number;
  /** Of the next cell. */
  column: number;
}

interface Cell {
  column: number;
  columns: number;
  rows: number;
}

export class TableRows {
  readonly #writer: RowWriter;
  #headers: string[] = [];
  #row: Row | undefined;
  #cell: Cell | undefined;
  /** By column: how many more rows a cell from above spans, and its text. */
  #spans = new Map<number, { rows: number; text: string }>();

  constructor(writer: RowWriter) {
    this.#writer = writer;
  }

  /** Whether text belongs to a row. */
  get inRow(): boolean {
    return this.#row?.open ?? false;
  }

  /** Begins a row. @param head it names the columns */
  beginRow(head: boolean, path: readonly string[]): void {
    this.endRow();
    this.#row = { path, header: true, head, open: true, names: [], cells: 0, column: 0 };
    this.#writer.begin('tableRow', path, '\n');
  }

  /** Sets names of columns that are not in a row. */
  name(names: readonly string[]): void {
    this.#headers = names.slice(0, MAX_COLUMNS).map((name) => (name.length <= MAX_HEADER ? name : ''));
  }

  /** A text with the name of a column, as it is inserted before a further cell. */
  named(column: number, text: string): string {
    const name = this.#headers[column] ?? '';
    return `; ${name === '' ? '' : `${name}: `}${text}`;
  }

  /** Begins the next cell of an HTML table. @param header `th` */
  nextCell(header: boolean, path: readonly string[], columns = 1, rows = 1): void {
    this.endCell();
    if (!this.#row) this.beginRow(false, path);
    const row = this.#row!;
    let above = '';
    for (let span = this.#spans.get(row.column); span; span = this.#spans.get(row.column)) {
      if (span.text !== '') {
        const text = this.named(row.column, span.text);
        above += this.#writer.started || above !== '' ? text : text.slice(2);
      }
      row.column++;
    }
    const width = Math.min(columns, MAX_SPAN);
    if (rows > 1) {
      for (let i = row.column; i < Math.min(row.column + width, MAX_SPAN); i++) {
        this.#spans.set(i, { rows: Math.min(rows, MAX_SPAN), text: '' });
      }
    }
    this.beginCell(row.column, header || row.head, width, rows, above);
    row.column += width;
  }

  /**
   * Begins a cell; the one before it ends, unless it is the same, which is then continued.
   * @param header it names its column, if all cells of the row do
   * @param above inserted before it as a separate cell
   */
  beginCell(column: number, header: boolean, columns = 1, rows = 1, above = ''): void {
    const writer = this.#writer;
    if (this.#cell?.column === column && this.#row?.open) {
      writer.space();
      return;
    }
    this.endCell();
    const row = this.#row;
    if (!row) return;
    if (!row.open) {
      // The text between the cells was a separate block.
      writer.begin('tableRow', row.path, '\n');
      row.open = true;
    }
    if (!header) row.header = false;
    row.cells++;
    const name = header ? '' : (this.#headers[column] ?? '');
    writer.cell((writer.started || above !== '' ? '; ' : '') + (name === '' ? '' : `${name}: `), above);
    if (row.header || rows > 1) writer.keep();
    this.#cell = { column, columns, rows };
  }

  /** The cell spans this many columns. */
  widen(columns: number): void {
    if (this.#cell) this.#cell.columns = columns;
  }

  endCell(): void {
    const cell = this.#cell;
    if (!cell) return;
    const row = this.#row;
    if (row?.header || cell.rows > 1) {
      const text = this.#writer.kept();
      const known = text.length <= MAX_HEADER ? text : '';
      const last = Math.min(cell.column + cell.columns, MAX_COLUMNS);
      if (row?.header) {
        // The name may continue on another line of the row.
        for (let i = cell.column; i < last; i++) row.names[i] = row.names[i] ? `${row.names[i]} ${known}` : known;
      }
      const span = this.#spans.get(cell.column);
      if (cell.rows > 1 && span && !row?.header) span.text = known;
    }
    this.#cell = undefined;
    this.#writer.lead('');
  }

  /** The block ends because another one begins inside the row; the row continues with its next cell. */
  breakRow(): void {
    this.endCell();
    const row = this.#row;
    if (!row?.open) return;
    // The model sees no line ends: without punctuation it takes the last cell for one of the next row.
    if (row.cells > 1 || this.#headers.length > 0) this.#writer.insert('.');
    if (row.header && row.names.length > 1) this.#writer.key();
    this.#writer.end();
    row.open = false;
  }

  endRow(): void {
    this.breakRow();
    const row = this.#row;
    if (!row) return;
    this.#row = undefined;
    if (row.header) this.#name(row);
    for (const [column, span] of this.#spans) {
      if (span.rows <= 1) this.#spans.delete(column);
      else span.rows--;
    }
  }

  #name({ names, head }: Row): void {
    // A single cell under the headers is the title of a group of rows.
    if (this.#headers.length > 0 && !head && names.length < 2) return;
    names.forEach((name, column) => {
      if (name !== '') this.#headers[column] = name;
    });
  }
}
