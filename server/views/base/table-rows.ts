/** Rows of a table as prose, every cell after the name of its column: "Setting: timeout; Default: 30 s." */
import type { Prose } from './prose.js';

/** A longer header is not repeated before its cells. */
const MAX_HEADER = 100;
/** Columns whose header is known. */
const MAX_COLUMNS = 1000;
/** Columns and rows that one cell spans, and columns in which spans are followed. */
const MAX_SPAN = 100;

interface Row {
  path: readonly string[];
  /** Its cells name the columns, as far as one knows. */
  header: boolean;
  /** Whether it is one by its place, whatever its cells are. */
  head: boolean;
  /** The block is open. */
  open: boolean;
  /** A header has been inserted. */
  named: boolean;
  names: string[];
  /** Of the next cell. */
  column: number;
}

export class TableRows {
  #headers: string[] = [];
  #row: Row | undefined;
  #cell: { column: number; columns: number } | undefined;
  /** By column: how many more rows a cell from above reaches into. */
  #spans = new Map<number, number>();

  constructor(private readonly prose: Prose) {}

  /** Whether text belongs to a row. */
  get inRow(): boolean {
    return this.#row?.open ?? false;
  }

  /** Begins a row. @param head it names the columns */
  beginRow(head: boolean, path: readonly string[]): void {
    this.endRow();
    this.#row = { path, header: true, head, open: true, named: false, names: [], column: 0 };
    this.prose.begin('tableRow', path, '\n');
  }

  /** Begins the next cell of an HTML table. @param header `th` */
  nextCell(header: boolean, path: readonly string[], columns = 1, rows = 1): void {
    this.endCell();
    if (!this.#row) this.beginRow(false, path);
    const row = this.#row!;
    while (this.#spans.has(row.column)) row.column++;
    const width = Math.min(columns, MAX_SPAN);
    if (rows > 1) {
      for (let i = row.column; i < Math.min(row.column + width, MAX_SPAN); i++) {
        this.#spans.set(i, Math.min(rows, MAX_SPAN));
      }
    }
    this.beginCell(row.column, header || row.head, width);
    row.column += width;
  }

  /** Begins a cell; the one before it ends. @param header it names its column, if all of the row do */
  beginCell(column: number, header: boolean, columns = 1): void {
    this.endCell();
    const { prose } = this;
    const row = this.#row;
    if (!row) return;
    if (!row.open) {
      // What stood between the cells was a block of its own.
      prose.begin('tableRow', row.path, '\n');
      row.open = true;
    }
    if (!header) row.header = false;
    const name = header ? '' : (this.#headers[column] ?? '');
    row.named ||= name !== '';
    prose.lead((prose.started ? '; ' : '') + (name === '' ? '' : `${name}: `));
    if (row.header) prose.keep();
    this.#cell = { column, columns };
  }

  endCell(): void {
    const cell = this.#cell;
    if (!cell) return;
    if (this.#row?.header) {
      const name = this.prose.kept();
      const last = Math.min(cell.column + cell.columns, MAX_COLUMNS);
      for (let i = cell.column; i < last; i++) this.#row.names[i] = name.length <= MAX_HEADER ? name : '';
    }
    this.#cell = undefined;
    this.prose.lead('');
  }

  /** The block ends because another one begins inside the row; the row goes on with its next cell. */
  breakRow(): void {
    this.endCell();
    const row = this.#row;
    if (!row?.open) return;
    if (row.named) this.prose.insert('.');
    this.prose.end();
    row.open = false;
    row.named = false;
  }

  endRow(): void {
    this.breakRow();
    const row = this.#row;
    if (!row) return;
    this.#row = undefined;
    if (row.header) this.#name(row);
    for (const [column, rows] of this.#spans) {
      if (rows <= 1) this.#spans.delete(column);
      else this.#spans.set(column, rows - 1);
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
