import { type FieldKind, fieldNumber } from './fields.js';
import { IntList } from './int-list.js';
import { type Block, type BlockKind, ReadingView } from './reading-view.js';

/** Parts of a text that are kept apart. */
const MAX_PARTS = 4096;

/** Builds a view from front to back. Segments must come in the order of the file and not overlap in it. */
export class ViewBuilder {
  /** The latest parts of the text, and the joined earlier ones. */
  #text: string[] = [];
  #chunks: string[] = [];
  #length = 0;
  #viewStarts = new IntList();
  #fileStarts = new IntList();
  #fileEnds = new IntList();
  #blocks: Block[] = [];
  #cells = new IntList();
  #cellKinds = new IntList();
  #encoded = false;
  #open: { start: number; kind: BlockKind; path: readonly string[]; valueStart?: number } | undefined;
  #fileEnd = 0;

  /** @param file the whole text of the document */
  constructor(readonly file: string) {}

  /** Units of view text so far. */
  get length(): number {
    return this.#length;
  }

  /** The end of the last part of the file that was added. */
  get position(): number {
    return this.#fileEnd;
  }

  /** Shows a range of the file unchanged. */
  copy(start: number, end: number): this {
    if (end <= start) return this;
    this.#check(start, end);
    const last = this.#fileStarts.length - 1;
    // Adjacent copied ranges form one segment.
    const joins =
      last >= 0 &&
      this.#fileEnds.at(last) === start &&
      start - this.#fileStarts.at(last)! === this.#length - this.#viewStarts.at(last)!;
    if (joins) {
      this.#fileEnds.set(last, end);
      this.#append(this.file.slice(start, end));
    } else this.#segment(this.file.slice(start, end), start, end);
    this.#fileEnd = end;
    return this;
  }

  /** Shows other characters for a range of the file, as a whole. */
  decode(text: string, start: number, end: number): this {
    if (text === '' || end <= start) return this;
    if (text === this.file.slice(start, end)) return this.copy(start, end);
    this.#check(start, end);
    this.#segment(text, start, end);
    this.#fileEnd = end;
    return this;
  }

  /** Shows text that is not in the file. */
  insert(text: string): this {
    if (text !== '') this.#segment(text, -1, -1);
    return this;
  }

  /** Begins a block; the one before it ends, and inserted space keeps them apart. @param between between the two */
  block(kind: BlockKind, path: readonly string[], between = '\n\n'): this {
    this.endBlock();
    if (this.#length > 0) this.insert(between);
    this.#open = { start: this.#length, kind, path };
    return this;
  }

  /** The block so far is the key of the following value. */
  key(): this {
    if (this.#open) this.#open.valueStart = this.#length;
    return this;
  }

  /**
   * The following text is a new cell: no answer crosses its edge.
   * @param kind of a field of a record
   * @param ahead units of view text that are still before it, in order
   */
  cell(kind: FieldKind = 'text', ahead = 0): this {
    const number = kind === 'text' ? 0 : fieldNumber(kind);
    const place = this.#length + ahead;
    if (this.#cells.at(-1) === place) this.#cellKinds.set(this.#cells.length - 1, number);
    else {
      this.#cells.push(place);
      this.#cellKinds.push(number);
    }
    return this;
  }

  /** The shown text was decoded from a transport encoding. */
  encoded(): this {
    this.#encoded = true;
    return this;
  }

  endBlock(): this {
    if (this.#open && this.#length > this.#open.start) {
      const { start, kind, path, valueStart } = this.#open;
      this.#blocks.push({ start, end: this.#length, kind, path, ...(valueStart === undefined ? {} : { valueStart }) });
    }
    this.#open = undefined;
    return this;
  }

  build(): ReadingView {
    this.endBlock();
    const viewStarts = new Int32Array(this.#viewStarts.length + 1);
    viewStarts.set(this.#viewStarts.toArray());
    viewStarts[this.#viewStarts.length] = this.#length;
    return new ReadingView(
      [...this.#chunks, ...this.#text].join(''),
      this.#blocks,
      viewStarts,
      this.#fileStarts.toArray(),
      this.#fileEnds.toArray(),
      this.#cells.toArray(),
      Uint8Array.from(this.#cellKinds.toArray()),
      this.#encoded,
    );
  }

  #check(start: number, end: number): void {
    if (start < this.#fileEnd || end > this.file.length) {
      throw new RangeError(`segment ${start}..${end} after ${this.#fileEnd} of ${this.file.length}`);
    }
  }

  #segment(text: string, fileStart: number, fileEnd: number): void {
    this.#viewStarts.push(this.#length);
    this.#fileStarts.push(fileStart);
    this.#fileEnds.push(fileEnd);
    this.#append(text);
  }

  #append(text: string): void {
    this.#length += text.length;
    // Many short parts of a large text would take more memory than it.
    if (this.#text.push(text) >= MAX_PARTS) this.#chunks.push(this.#text.splice(0).join(''));
  }
}

/** The view of a text that is read as it is: one block. */
export function plainView(file: string): ReadingView {
  return new ViewBuilder(file).block('paragraph', []).copy(0, file.length).build();
}
