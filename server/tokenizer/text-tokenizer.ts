/** What sessions, windows and projection know of a tokeniser: not which it is. */
import type { IsBoundary } from '../text/changed-stretch.js';
import type { Pieces } from './pieces.js';

/** The pieces of a model, by their ids 0 .. size - 1. */
export interface PieceVocabulary {
  readonly size: number;
  /** Begins a window. */
  readonly clsId: number;
  /** Between question and text, and at the end. */
  readonly sepId: number;
  readonly padId: number;
  /** The characters of a piece that can be a whole word; undefined: it continues a word, or is not text. */
  wordOf(id: number): string | undefined;
  /** The piece of a whole word in a text; undefined: the word has several. Not for inner loops. */
  idOfWord(word: string): number | undefined;
}

export interface TextTokenizer {
  readonly vocabulary: PieceVocabulary;
  /** Places that a text can be cut at: its pieces are those of both parts. */
  readonly isBoundary: IsBoundary;

  /**
   * Pieces of `text[start .. end]`, without special ones; offsets count from the beginning of `text`.
   * The part is tokenised as if it were the whole text: a word cut by the range is what remains of it.
   *
   * @throws RangeError unless 0 <= start <= end <= text.length
   */
  encode(text: string, start?: number, end?: number): Pieces;

  /**
   * The same, in chunks of 128 Ki units, yielding to the event loop between two of them.
   *
   * @param onProgress called after each chunk with units done and total units
   * @throws AskBertError `Cancelled`, or the signal's own reason, once the signal is aborted
   */
  encodeAsync(
    text: string,
    start?: number,
    end?: number,
    signal?: AbortSignal,
    onProgress?: (doneUnits: number, totalUnits: number) => void,
  ): Promise<Pieces>;
}
