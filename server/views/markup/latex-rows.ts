/** The rows of a LaTeX table while its cells go by. */
import { type Flow, Rows } from '../base/flow.js';

export class LatexRows {
  readonly #rows: Rows;
  #column = 0;
  /** Where the cell begins in what the row shows. */
  #from = 0;
  #titles: string[] | undefined = [];

  constructor(
    private readonly flow: Flow,
    path: readonly string[],
  ) {
    this.#rows = new Rows(flow, path, () => {});
    this.#begin();
  }

  /** The next cell of the row. */
  cell(): void {
    this.#end();
    this.#rows.cell(++this.#column, 0, 0);
  }

  /** The cell takes so many columns: what follows stands under later headers. */
  span(columns: number): void {
    if (columns > 1 && columns < 1000) this.#column += Math.floor(columns) - 1;
  }

  row(): void {
    this.#end();
    // The first row with any text is the header.
    if (this.#titles && this.flow.begun) {
      this.#rows.headers = this.#titles;
      this.#titles = undefined;
    }
    this.#begin();
  }

  #begin(): void {
    this.#rows.begin();
    this.#column = 0;
    this.#from = 0;
    this.#rows.cell(0, 0, 0);
  }

  #end(): void {
    if (this.#titles) this.#titles[this.#column] = this.flow.heard.slice(this.#from).trim();
    this.#from = this.flow.heard.length;
  }
}
