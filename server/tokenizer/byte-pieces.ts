/** Vocabulary of a byte-level tokeniser: each piece is written with one letter for each of its bytes. */
import type { PieceVocabulary } from './text-tokenizer.js';

export interface SpecialIds {
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
}

/** GPT-2's letter for each byte: itself if it is visible, else the next one from U+0100 on. */
const LETTERS: readonly string[] = (() => {
  const isVisible = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
})();
/** What a space is written as. */
const SPACE = LETTERS[0x20];
const byteOf = new Map(LETTERS.map((letter, byte) => [letter, byte]));

export class BytePieces implements PieceVocabulary {
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  /** [256] the piece of each byte; -1: there is none. */
  readonly byteIds: Int32Array;
  /** [size] spaces that a piece begins and ends with. */
  readonly leading: Uint16Array;
  readonly trailing: Uint16Array;

  /** @param ids of the pieces, as written in the vocabulary; @param pieces by their ids */
  constructor(
    readonly ids: ReadonlyMap<string, number>,
    readonly pieces: readonly (string | undefined)[],
    { clsId, sepId, padId }: SpecialIds,
  ) {
    this.clsId = clsId;
    this.sepId = sepId;
    this.padId = padId;
    this.byteIds = Int32Array.from(LETTERS, (letter) => ids.get(letter) ?? -1);
    this.leading = new Uint16Array(pieces.length);
    this.trailing = new Uint16Array(pieces.length);
    for (const [id, piece] of pieces.entries()) {
      if (!piece?.includes(SPACE)) continue;
      let count = 0;
      while (piece[count] === SPACE) count++;
      this.leading[id] = count;
      count = 0;
      while (piece[piece.length - 1 - count] === SPACE) count++;
      this.trailing[id] = count;
    }
  }

  get size(): number {
    return this.pieces.length;
  }

  wordOf(id: number): string | undefined {
    const piece = this.pieces[id];
    return piece?.startsWith(SPACE) ? textOf(piece.slice(1)) : undefined;
  }

  idOfWord(word: string): number | undefined {
    const letters = Array.from(Buffer.from(word, 'utf8'), (byte) => LETTERS[byte]).join('');
    return this.ids.get(SPACE + letters);
  }

  /** Bytes that no piece stands for. */
  get missingBytes(): number[] {
    return Array.from(this.byteIds.keys()).filter((byte) => this.byteIds[byte] < 0);
  }
}

function textOf(letters: string): string | undefined {
  const bytes = Array.from(letters, (letter) => byteOf.get(letter) ?? -1);
  return bytes.includes(-1) ? undefined : Buffer.from(bytes).toString('utf8');
}
