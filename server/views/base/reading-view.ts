/**
 * A reading view: the prose that a reader sees in a document, with an exact map between its characters and the file's.
 *
 * The view's text is made of segments in the order of the file:
 *  - copied: the same characters are in the file, one for one;
 *  - decoded: they represent other characters of the file (`&amp;` → `&`), as a whole (one for one if both have the
 *    same length);
 *  - inserted: they are not in the file (a space where two lines are joined, the header of a table before a
 *    cell). They are context for the model and never the edge of an answer.
 * Parts of the file in no segment (markup, comment markers, indentation) are hidden.
 *
 * Offsets are UTF-16 units; ranges are half-open.
 */
import type { OffsetRange } from '../../protocol.js';
import { firstFrom } from '../../text/binary-search.js';
import { FIELD_KINDS, type FieldKind } from './fields.js';

export type BlockKind =
  | 'paragraph'
  | 'heading'
  | 'listItem'
  | 'tableRow'
  | 'code'
  | 'comment'
  | 'value'
  | 'logLine'
  | 'message'
  | 'frontMatter';

/** A unit of prose. Blocks are in the order of the view and do not overlap; inserted space separates them. */
export interface Block {
  /** In the view. */
  readonly start: number;
  readonly end: number;
  readonly kind: BlockKind;
  /**
   * Headings or keys above it, outermost first: ["Install", "Linux"]. The same array for adjacent blocks of one
   * section.
   */
  readonly path: readonly string[];
  /** For a value with its key before it: start of the value. */
  readonly valueStart?: number;
}

export class ReadingView {
  readonly #viewStarts: Int32Array;
  readonly #fileStarts: Int32Array;
  readonly #fileEnds: Int32Array;
  /**
   * Segments as a struct of arrays, ordered by place; viewStarts has one more entry, the length of the text.
   * @param fileStarts -1: inserted
   * @param fileEnds equal to the file start plus the view length for copied segments; -1: inserted
   */
  constructor(
    readonly text: string,
    readonly blocks: readonly Block[],
    viewStarts: Int32Array,
    fileStarts: Int32Array,
    fileEnds: Int32Array,
    /** Places of the view, ascending, where a cell of a table begins, with the header that is inserted before it. */
    readonly cells: Int32Array = new Int32Array(0),
    /** [cells] the field kind of each, as index in `FIELD_KINDS`. */
    readonly cellKinds: Uint8Array = new Uint8Array(cells.length),
    /** Decoded text is shown in place of a transport encoding (mail): an answer is the decoded text. */
    readonly isEncoded: boolean = false,
  ) {
    this.#viewStarts = viewStarts;
    this.#fileStarts = fileStarts;
    this.#fileEnds = fileEnds;
  }

  get segmentCount(): number {
    return this.#fileStarts.length;
  }

  /** The view's range and the file's range of a segment; null: inserted. */
  segment(i: number): { view: OffsetRange; file: OffsetRange | null } {
    const view = { start: this.#viewStarts[i], end: this.#viewStarts[i + 1] };
    return { view, file: this.#fileStarts[i] < 0 ? null : { start: this.#fileStarts[i], end: this.#fileEnds[i] } };
  }

  /** Whether a view range includes any text from the file. */
  standsInFile(start: number, end: number): boolean {
    return this.toFile(start, end) !== null;
  }

  /**
   * The file's range of a range of the view, from its first to its last character in the file, including markup
   * between them. Null: all of it is inserted. A part of a decoded segment gives all of it.
   */
  toFile(start: number, end: number): OffsetRange | null {
    let first = this.#at(start);
    let last = this.#at(end - 1);
    if (end <= start) return null;
    while (first <= last && this.#fileStarts[first] < 0) first++;
    while (last >= first && this.#fileStarts[last] < 0) last--;
    if (first > last) return null;
    return {
      start: this.#copied(first)
        ? this.#fileStarts[first] + Math.max(0, start - this.#viewStarts[first])
        : this.#fileStarts[first],
      end: this.#copied(last)
        ? this.#fileStarts[last] + Math.min(end, this.#viewStarts[last + 1]) - this.#viewStarts[last]
        : this.#fileEnds[last],
    };
  }

  /** The file's ranges of a view range without the markup between them, in order, adjacent ones joined. */
  partsInFile(start: number, end: number): OffsetRange[] {
    const parts: OffsetRange[] = [];
    for (let i = this.#at(start); i < this.segmentCount && this.#viewStarts[i] < end; i++) {
      const part = this.toFile(Math.max(start, this.#viewStarts[i]), Math.min(end, this.#viewStarts[i + 1]));
      if (!part) continue;
      const before = parts.at(-1);
      if (before && before.end === part.start) before.end = part.end;
      else parts.push(part);
    }
    return parts;
  }

  /** The view range of a file range; null: all of it is hidden. */
  fromFile(start: number, end: number): OffsetRange | null {
    let from = -1;
    let to = -1;
    for (let i = this.#firstEndingAfter(start); i < this.segmentCount; i++) {
      const begin = this.#fileStarts[i];
      if (begin < 0) continue;
      if (begin >= end) break;
      if (this.#fileEnds[i] <= start) continue;
      const copied = this.#copied(i);
      if (from < 0) from = this.#viewStarts[i] + (copied ? Math.max(0, start - begin) : 0);
      to = copied ? this.#viewStarts[i] + Math.min(end, this.#fileEnds[i]) - begin : this.#viewStarts[i + 1];
    }
    return from < 0 || to <= from ? null : { start: from, end: to };
  }

  /**
   * The part of a view range around `span` without meaningful inserted text: the header of a table may precede a cell,
   * a space separate two lines.
   */
  withoutInserted(range: OffsetRange, span: OffsetRange): OffsetRange {
    let { start, end } = range;
    const says = (i: number) =>
      this.#fileStarts[i] < 0 && /\S/.test(this.text.slice(this.#viewStarts[i], this.#viewStarts[i + 1]));
    for (let i = this.#at(span.start) - 1; i >= 0 && this.#viewStarts[i + 1] > start; i--) {
      if (says(i)) start = this.#viewStarts[i + 1];
    }
    for (let i = this.#at(Math.max(0, span.end - 1)) + 1; i < this.segmentCount && this.#viewStarts[i] < end; i++) {
      if (says(i)) end = this.#viewStarts[i];
    }
    return { start, end };
  }

  /** The block at a place of the view; undefined between two. */
  blockAt(place: number): Block | undefined {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const block = this.blocks[middle];
      if (block.end <= place) low = middle + 1;
      else if (block.start > place) high = middle - 1;
      else return block;
    }
    return undefined;
  }

  /** The limits of an answer at a place of the view: its cell, otherwise its block; undefined between two blocks. */
  unitAt(place: number): OffsetRange | undefined {
    const block = this.blockAt(place);
    if (!block) return undefined;
    const next = firstFrom(this.cells, place + 1);
    const start = next > 0 ? Math.max(block.start, this.cells[next - 1]) : block.start;
    return { start, end: next < this.cells.length ? Math.min(block.end, this.cells[next]) : block.end };
  }

  /** The kind of the cell or field at a place of the view; outside of them `text`. */
  fieldAt(place: number): FieldKind {
    const next = firstFrom(this.cells, place + 1);
    const block = next > 0 ? this.blockAt(place) : undefined;
    return block && this.cells[next - 1] >= block.start ? FIELD_KINDS[this.cellKinds[next - 1]] : 'text';
  }

  #copied(i: number): boolean {
    return this.#fileEnds[i] - this.#fileStarts[i] === this.#viewStarts[i + 1] - this.#viewStarts[i];
  }

  /** The segment of a place in the view. */
  #at(place: number): number {
    let low = 0;
    let high = this.segmentCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#viewStarts[middle] <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** A segment at or before the first whose file range ends after a place of the file. */
  #firstEndingAfter(place: number): number {
    let low = 0;
    let high = this.segmentCount;
    while (low < high) {
      const middle = (low + high) >> 1;
      // Inserted segments have no place: use the nearest one after them.
      let known = middle;
      while (known < high && this.#fileStarts[known] < 0) known++;
      if (known < high && this.#fileEnds[known] <= place) low = known + 1;
      else high = middle;
    }
    return low;
  }
}
