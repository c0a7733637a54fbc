/** Where the pages are in the column that is scrolled, also for more pages than a browser can scroll over. Pure. */
import type { Size } from './geometry.js';

/** CSS pixels between pages and around them. */
export const GAP = 12;
/** Browsers cut off what is higher, in CSS pixels. */
const MAX_HEIGHT = 15_000_000;

/** A place in the column that stays meaningful when sizes change. */
export interface Anchor {
  /** Index of the page. */
  index: number;
  /** How much of it is above, 0..1; the gap after it counts as its end. */
  part: number;
}

export class Layout {
  /** Upper edge of each page, and in the end the height of the column. */
  readonly #tops: Float64Array;
  readonly #sizes: readonly Size[];
  readonly width: number;

  /** @param sizes of the pages in CSS pixels, at least one */
  constructor(sizes: readonly Size[]) {
    this.#sizes = sizes;
    this.#tops = new Float64Array(sizes.length + 1);
    let top = GAP;
    let width = 0;
    sizes.forEach((size, index) => {
      this.#tops[index] = top;
      top += size.height + GAP;
      width = Math.max(width, size.width);
    });
    this.#tops[sizes.length] = top;
    this.width = width + 2 * GAP;
  }

  get height(): number {
    return this.#tops[this.#sizes.length] ?? 0;
  }

  topOf(index: number): number {
    return this.#tops[index] ?? 0;
  }

  sizeOf(index: number): Size {
    return this.#sizes[index] ?? { width: 1, height: 1 };
  }

  /** Index of the page at a height; a gap belongs to the page above it. */
  at(y: number): number {
    let low = 0;
    let high = this.#sizes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.topOf(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  anchorAt(y: number): Anchor {
    const index = this.at(y);
    const part = (y - this.topOf(index)) / this.sizeOf(index).height;
    return { index, part: Math.min(1, Math.max(0, part)) };
  }

  yOf({ index, part }: Anchor): number {
    return this.topOf(index) + part * this.sizeOf(index).height;
  }
}

/**
 * The height that is scrolled, and the place in the column for every place of the scroll bar: the same, unless the
 * column is higher than browsers allow.
 */
export class ScrollScale {
  readonly scrolled: number;
  readonly #factor: number;

  /** @param height of the column @param view height of what is seen of it */
  constructor(height: number, view: number) {
    this.scrolled = Math.min(height, MAX_HEIGHT);
    const range = this.scrolled - view;
    this.#factor = range > 0 && height > this.scrolled ? (height - view) / range : 1;
  }

  get isOneToOne(): boolean {
    return this.#factor === 1;
  }

  toColumn(scrollTop: number): number {
    return scrollTop * this.#factor;
  }

  toScrollTop(y: number): number {
    return y / this.#factor;
  }
}
