/** What every tokeniser shares: a text is read at once, or in chunks between which others get their turn. */
import { breathe, throwIfAborted } from '../errors.js';
import type { IsBoundary } from '../text/changed-stretch.js';
import { PieceBuffer, type Pieces } from './pieces.js';
import type { PieceVocabulary, TextTokenizer } from './text-tokenizer.js';

/** UTF-16 units between two yields of `encodeAsync`: about 10 ms. */
export const CHUNK = 128 * 1024;

/** One pass over a text. It can stop anywhere and continue. */
export interface PieceEncoder {
  /** Units read so far. */
  readonly done: number;
  /** Reads on to `limit`, or further if characters belong together. */
  run(limit: number): void;
  finish(): Pieces;
}

/** An encoder whose pieces are collected as they are found. */
export abstract class BufferedEncoder<T extends TextTokenizer> implements PieceEncoder {
  protected readonly pieces: PieceBuffer;
  protected position: number;

  constructor(
    readonly tokenizer: T,
    readonly text: string,
    readonly start: number,
    readonly end: number,
  ) {
    this.position = start;
    this.pieces = new PieceBuffer(Math.ceil((end - start) / 4));
  }

  get done(): number {
    return this.position - this.start;
  }

  abstract run(limit: number): void;

  finish(): Pieces {
    return this.pieces.finish();
  }
}

export abstract class ChunkedTokenizer implements TextTokenizer {
  abstract readonly vocabulary: PieceVocabulary;
  abstract readonly isBoundary: IsBoundary;

  protected abstract encoder(text: string, start: number, end: number): PieceEncoder;

  encode(text: string, start = 0, end = text.length): Pieces {
    const encoder = this.#begin(text, start, end);
    encoder.run(end);
    return encoder.finish();
  }

  async encodeAsync(
    text: string,
    start = 0,
    end = text.length,
    signal?: AbortSignal,
    onProgress?: (doneUnits: number, totalUnits: number) => void,
  ): Promise<Pieces> {
    throwIfAborted(signal);
    const encoder = this.#begin(text, start, end);
    for (let limit = start + CHUNK; limit < end; limit += CHUNK) {
      encoder.run(limit);
      onProgress?.(encoder.done, end - start);
      await breathe(signal);
    }
    encoder.run(end);
    onProgress?.(end - start, end - start);
    return encoder.finish();
  }

  #begin(text: string, start: number, end: number): PieceEncoder {
    if (!(start >= 0 && start <= end && end <= text.length)) {
      throw new RangeError(`The range ${start}..${end} is outside the text of ${text.length} units.`);
    }
    return this.encoder(text, start, end);
  }
}
