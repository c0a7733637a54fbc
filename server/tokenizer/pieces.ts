/** What the tokeniser returns to the rest of the reader. */

/** Pieces of a text, as a struct of arrays. Offsets are UTF-16 units in the text that was tokenised. */
export interface Pieces {
  readonly length: number;
  /** [length] vocabulary ids. */
  readonly ids: Int32Array;
  /** [length] first UTF-16 unit. */
  readonly starts: Int32Array;
  /** [length] one past the last UTF-16 unit. */
  readonly ends: Int32Array;
  /** [length] 1 where a basic token (word or punctuation mark) begins, 0 for a continuation piece. */
  readonly wordStarts: Uint8Array;
}

/** Whether a piece stands for white space only: byte-level tokenisers have such pieces, others none. */
export function isSpace(text: string, { starts, ends }: Pieces, piece: number): boolean {
  const start = starts[piece];
  if (start === ends[piece]) return true;
  const first = text.charCodeAt(start);
  // Letters are not tried.
  if (first > 0x20 && first < 0x80) return false;
  return text.slice(start, ends[piece]).trim() === '';
}

/** Collects the pieces of a text whose number is not known. */
export class PieceBuffer {
  #count = 0;
  #ids: Int32Array;
  #starts: Int32Array;
  #ends: Int32Array;
  #wordStarts: Uint8Array;

  /** @param expected number of pieces */
  constructor(expected: number) {
    const capacity = Math.max(16, expected);
    this.#ids = new Int32Array(capacity);
    this.#starts = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
    this.#wordStarts = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#count;
  }

  push(id: number, start: number, end: number, isWordStart: boolean): void {
    if (this.#count === this.#ids.length) this.#grow();
    const at = this.#count++;
    this.#ids[at] = id;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#wordStarts[at] = isWordStart ? 1 : 0;
  }

  finish(): Pieces {
    const length = this.#count;
    return {
      length,
      ids: this.#ids.slice(0, length),
      starts: this.#starts.slice(0, length),
      ends: this.#ends.slice(0, length),
      wordStarts: this.#wordStarts.slice(0, length),
    };
  }

  #grow(): void {
    const larger = <T extends Int32Array | Uint8Array>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    const capacity = 2 * this.#ids.length;
    this.#ids = larger(this.#ids, new Int32Array(capacity));
    this.#starts = larger(this.#starts, new Int32Array(capacity));
    this.#ends = larger(this.#ends, new Int32Array(capacity));
    this.#wordStarts = larger(this.#wordStarts, new Uint8Array(capacity));
  }
}
