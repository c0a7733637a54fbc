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
