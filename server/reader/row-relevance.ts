/**
 * Which table cells a word of the question refers to. In a row distance does not count: a word in one cell refers to
 * the others of its row and to no other row; the name of a column refers to the cells below it.
 */
import { firstFrom } from '../text/binary-search.js';
import { WORD } from '../text/stems.js';
import type { ReadingView } from '../views/base/reading-view.js';

/**
 * A cell counts as the word itself if it has hardly more characters: such a cell is part of the question, not the
 * answer.
 */
const MOST_OF_CELL = 2;
const LONGEST_WORD = 64;
const WORD_HERE = new RegExp(WORD.source, 'u');

/** Rows of a view's tables. */
export class TableCells {
  readonly #view: ReadingView;
  /** [rows] places in the view. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** Units of text in all rows. */
  readonly length: number;

  private constructor(view: ReadingView, rows: readonly { start: number; end: number }[]) {
    this.#view = view;
    this.#starts = Int32Array.from(rows, ({ start }) => start);
    this.#ends = Int32Array.from(rows, ({ end }) => end);
    this.length = rows.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** @returns undefined: there is no table */
  static of(view: ReadingView): TableCells | undefined {
    if (view.cells.length === 0) return undefined;
    return new TableCells(
      view,
      view.blocks.filter(({ kind }) => kind === 'tableRow'),
    );
  }

  get rows(): number {
    return this.#starts.length;
  }

  /** The row at a place; -1: none. */
  rowAt(place: number): number {
    const row = firstFrom(this.#starts, place + 1) - 1;
    return row >= 0 && place < this.#ends[row] ? row : -1;
  }

  /** Whether a place is in inserted text: the name of a column. */
  isName(place: number): boolean {
    return !this.#view.standsInFile(place, place + 1);
  }

  /**
   * Stretches of rows that a word refers to: start and end alternately, ascending.
   * @param places of the word in rows, ascending
   */
  toldBy(places: readonly number[]): number[] {
    const told: number[] = [];
    for (let i = 0; i < places.length; ) {
      const row = this.rowAt(places[i]);
      const end = this.#ends[row];
      /** Cells that contain the word, and those whose column it names. */
      const values = new Set<number>();
      const names = new Set<number>();
      let asked = -1;
      for (; i < places.length && places[i] < end; i++) {
        const cell = firstFrom(this.#view.cells, places[i] + 1) - 1;
        // A name before an inserted cell of a row above refers to that cell.
        if (this.isName(places[i]) && this.#hasText(cell, end)) names.add(cell);
        else {
          values.add(cell);
          if (this.#isMost(cell, end, places[i])) asked = cell;
        }
      }
      this.#tell(told, row, values, names, asked);
    }
    return told;
  }

  #tell(told: number[], row: number, values: Set<number>, names: Set<number>, asked: number): void {
    const { cells } = this.#view;
    const end = this.#ends[row];
    for (let cell = firstFrom(cells, this.#starts[row]); cell < cells.length && cells[cell] < end; cell++) {
      const isValue = values.size > 1 || (values.size === 1 && cell !== asked);
      if (!isValue && !names.has(cell)) continue;
      const from = cells[cell];
      const to = this.#cellEnd(cell, end);
      if (told.at(-1) === from) told[told.length - 1] = to;
      else told.push(from, to);
    }
  }

  #cellEnd(cell: number, rowEnd: number): number {
    const { cells } = this.#view;
    return cell + 1 < cells.length ? Math.min(rowEnd, cells[cell + 1]) : rowEnd;
  }

  #hasText(cell: number, rowEnd: number): boolean {
    return this.#view.standsInFile(this.#view.cells[cell], this.#cellEnd(cell, rowEnd));
  }

  /** @param word its position in the cell */
  #isMost(cell: number, rowEnd: number, word: number): boolean {
    const units = WORD_HERE.exec(this.#view.text.slice(word, word + LONGEST_WORD))?.[0].length ?? 1;
    const place = this.#view.toFile(this.#view.cells[cell], this.#cellEnd(cell, rowEnd));
    return place !== null && place.end - place.start <= MOST_OF_CELL * units;
  }
}
