/** Vocabulary of a Unigram tokeniser: pieces with their scores, a mark where a word begins. */
import type { SpecialIds } from './byte-pieces.js';
import type { PieceVocabulary } from './text-tokenizer.js';
import { PieceTrie } from './vocabulary.js';

/** "▁" before each word. */
export const MARK = 0x2581;
const WORD = String.fromCharCode(MARK);
/** How much less likely than the least likely piece a character is that no piece has. */
const UNKNOWN = 10;

export class UnigramPieces implements PieceVocabulary {
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  /** [size] logarithms of probabilities. */
  readonly scores: Float64Array;
  readonly unknownScore: number;
  readonly #ids = new Map<string, number>();
  #trie: PieceTrie | undefined;

  /** @param special pieces that no text has */
  constructor(
    readonly pieces: readonly string[],
    scores: readonly number[],
    readonly unkId: number,
    readonly special: ReadonlySet<number>,
    { clsId, sepId, padId }: SpecialIds,
  ) {
    this.clsId = clsId;
    this.sepId = sepId;
    this.padId = padId;
    this.scores = Float64Array.from(scores);
    this.unknownScore = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - UNKNOWN;
    for (const [id, piece] of pieces.entries()) if (!special.has(id)) this.#ids.set(piece, id);
  }

  get size(): number {
    return this.pieces.length;
  }

  /** Built on first use. */
  get trie(): PieceTrie {
    if (this.#trie) return this.#trie;
    const trie = new PieceTrie(this.pieces.length);
    for (const [piece, id] of this.#ids) if (piece !== '') trie.add(PieceTrie.WORD, piece, 0, piece.length, id);
    this.#trie = trie;
    return trie;
  }

  wordOf(id: number): string | undefined {
    const piece = this.pieces[id];
    return piece?.startsWith(WORD) && !this.special.has(id) ? piece.slice(1) : undefined;
  }

  idOfWord(word: string): number | undefined {
    return this.#ids.get(WORD + word);
  }
}
