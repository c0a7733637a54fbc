/** Tracks the rows of a LaTeX table. */
import type { Flow } from '../base/flow.js';
import { TableRows } from '../base/table-rows.js';

export class LatexRows {
  readonly #flow: Flow;
  readonly #path: readonly string[];
  readonly #rows: TableRows;
  #column = 0;
  /** The first row with any text names the columns. */
  #head = true;

  constructor(flow: Flow, path: readonly string[]) {
    this.#flow = flow;
    this.#path = path;
    this.#rows = new TableRows(flow);
    this.#begin();
  }

  /** The next cell of the row. */
  cell(): void {
    this.#rows.beginCell(++this.#column, this.#head);
  }

  /** The cell spans several columns: the following cells are under later headers. */
  span(columns: number): void {
    if (!(columns > 1 && columns < 1000)) return;
    this.#rows.widen(Math.floor(columns));
    this.#column += Math.floor(columns) - 1;
  }

  row(): void {
    if (this.#flow.started) this.#head = false;
    this.#rows.endRow();
    this.#begin();
  }

  end(): void {
    this.#rows.endRow();
  }

  #begin(): void {
    this.#rows.beginRow(this.#head, this.#path);
    this.#column = 0;
    this.#rows.beginCell(0, this.#head);
  }
}
