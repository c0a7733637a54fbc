/** Gutters: upright strips of white that part columns of text or of a table. */
import type { Row } from './rows.js';

export interface Gutter {
  x0: number;
  x1: number;
  /** Rows along which it runs, inclusive. */
  first: number;
  last: number;
  /** Rows with text on its left, on its right, and on both sides. */
  left: number;
  right: number;
  both: number;
}

/** Strips narrower than this part of an em are spaces between words. */
const NARROWEST = 0.55;
const MOST_BINS = 1500;

/** White between the words of rows, on a grid of equal bins. */
export class Whitespace {
  readonly #rows: readonly Row[];
  readonly #bins: number;
  readonly #width: number;
  readonly #x0: number;
  /** Of each bin, for each row, how many of the rows before have ink in it: `rows + 1` values a bin. */
  readonly #ink: Int32Array;
  readonly #stride: number;
  readonly #em: number;

  constructor(rows: readonly Row[], em: number) {
    this.#rows = rows;
    this.#em = em;
    this.#x0 = rows.reduce((least, row) => Math.min(least, row.x0), Number.POSITIVE_INFINITY);
    const x1 = rows.reduce((most, row) => Math.max(most, row.x1), this.#x0);
    this.#width = Math.max((x1 - this.#x0) / MOST_BINS, em / 10, 0.01);
    this.#bins = Math.min(MOST_BINS, Math.ceil((x1 - this.#x0) / this.#width) + 1);
    this.#stride = rows.length + 1;
    const ink = new Int32Array(this.#bins * this.#stride);
    for (const [index, row] of rows.entries()) {
      for (const word of row.words) {
        const to = this.#bin(word.x1 - 0.05 * em);
        for (let bin = this.#bin(word.x0 + 0.05 * em); bin <= to; bin++) ink[bin * this.#stride + index + 1] = 1;
      }
    }
    for (let begin = 0; begin < ink.length; begin += this.#stride) {
      for (let at = begin + 1; at < begin + this.#stride; at++) ink[at] += ink[at - 1];
    }
    this.#ink = ink;
  }

  /** How many of the rows from one to another have ink in a bin. */
  #inked(bin: number, first: number, last: number): number {
    const begin = bin * this.#stride;
    return this.#ink[begin + last + 1] - this.#ink[begin + first];
  }

  #bin(x: number): number {
    return Math.max(0, Math.min(this.#bins - 1, Math.floor((x - this.#x0) / this.#width)));
  }

  /** The gutter along the most rows, the widest of those; undefined: there is none. */
  longest(): Gutter | undefined {
    let best: Gutter | undefined;
    let score = 0;
    // A run that is also one of the bin before belongs to a gutter that was looked at.
    let before = new Set<number>();
    for (let bin = 1; bin < this.#bins - 1; bin++) {
      const runs = new Set<number>();
      for (const [first, last] of this.#runs(bin)) {
        if (last - first < 1) continue;
        const key = first * this.#rows.length + last;
        runs.add(key);
        if (before.has(key)) continue;
        const gutter = this.#widened(bin, first, last);
        const value = this.#value(gutter);
        if (value > score) [best, score] = [gutter, value];
      }
      before = runs;
    }
    return best;
  }

  /** Gutters along (nearly) all rows from one to another, from left to right. */
  all(first: number, last: number, narrowest = NARROWEST): Gutter[] {
    const found: Gutter[] = [];
    const rows = last - first + 1;
    const allowed = rows >= 8 ? Math.floor(rows * 0.1) : 0;
    for (let bin = 1; bin < this.#bins - 1; bin++) {
      if (this.#inked(bin, first, last) > allowed) continue;
      let end = bin;
      while (end + 1 < this.#bins && this.#inked(end + 1, first, last) <= allowed) end++;
      const gutter = this.#counted(bin, end, first, last);
      if (gutter.x1 - gutter.x0 >= narrowest * this.#em && gutter.left > 0 && gutter.right > 0) found.push(gutter);
      bin = end;
    }
    return found;
  }

  /** Stretches of rows without ink in a bin that have text on both sides. */
  *#runs(bin: number): Generator<[number, number]> {
    const begin = bin * this.#stride;
    let first = 0;
    for (let row = 0; row <= this.#rows.length; row++) {
      if (row < this.#rows.length && this.#ink[begin + row + 1] === this.#ink[begin + row]) continue;
      if (row > first) yield [first, row - 1];
      first = row + 1;
    }
  }

  #widened(bin: number, first: number, last: number): Gutter {
    const empty = (at: number) => this.#inked(at, first, last) === 0;
    let [from, to] = [bin, bin];
    while (from > 0 && empty(from - 1)) from--;
    while (to + 1 < this.#bins && empty(to + 1)) to++;
    return this.#counted(from, to, first, last);
  }

  #counted(from: number, to: number, first: number, last: number): Gutter {
    const x0 = this.#x0 + from * this.#width;
    const x1 = this.#x0 + (to + 1) * this.#width;
    const middle = (x0 + x1) / 2;
    const gutter: Gutter = { x0, x1, first, last, left: 0, right: 0, both: 0 };
    for (let index = first; index <= last; index++) {
      const row = this.#rows[index];
      const left = row.x0 < middle;
      const right = row.x1 > middle;
      gutter.left += left ? 1 : 0;
      gutter.right += right ? 1 : 0;
      gutter.both += left && right ? 1 : 0;
    }
    return gutter;
  }

  /** Long ones before wide ones; 0: a gap between words, by chance one under the other. */
  #value({ x0, x1, left, right }: Gutter): number {
    const rows = Math.min(left, right);
    const width = (x1 - x0) / this.#em;
    const narrowest = rows >= 8 ? NARROWEST : rows >= 5 ? 0.8 : rows >= 3 ? 1.1 : 2;
    if (rows < 2 || width < narrowest) return 0;
    return rows * (1 + Math.min(width, 4) / 10);
  }
}
