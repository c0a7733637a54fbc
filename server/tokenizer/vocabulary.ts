/** WordPiece vocabulary: the pieces of vocab.txt by line number, and the trie that finds the longest one. */
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { lastUpTo } from '../text/binary-search.js';
import type { PieceVocabulary } from './text-tokenizer.js';

/** The longest piece that makes sense, in UTF-16 units: words of more than 100 characters are never split. */
const LONGEST_PIECE = 256;
/** "#": two of them begin a continuation piece. */
const HASH = 0x23;
const remedy = () =>
  t("Get vocab.txt again from the model's own repository, in the version that matches its config.json.");

/** Pieces found by their UTF-16 units: an open-addressing hash table of edges, four numbers for each slot. */
export class PieceTrie {
  /** Node of pieces that begin a word. */
  static readonly WORD = 0;
  /** Node of continuation pieces, without their "##". */
  static readonly CONTINUATION = 1;

  /** Slot `s`: parent node (-1: free), unit, child node, id of the piece that ends there (-1: none). */
  slots: Int32Array;
  /** Index mask of `slots`; always ends on a slot's first number. */
  mask: number;
  #nodes = 2;
  #edges = 0;

  /** @param pieces expected number of pieces, for the first size of the table */
  constructor(pieces: number) {
    let size = 1024;
    while (size < pieces * 4) size *= 2;
    this.slots = new Int32Array(size * 4).fill(-1);
    this.mask = (size - 1) * 4;
  }

  /** Index of the slot of an edge, or of the free slot where it belongs. */
  find(node: number, unit: number): number {
    const { slots, mask } = this;
    let slot = edgeHash(node, unit) & mask;
    while (slots[slot] !== -1 && (slots[slot] !== node || slots[slot + 1] !== unit)) slot = (slot + 4) & mask;
    return slot;
  }

  /** Adds `text[start .. end]`, not empty, under `root`; an existing piece gets the new id. */
  add(root: number, text: string, start: number, end: number, id: number): void {
    let node = root;
    let slot = -1;
    for (let i = start; i < end; i++) {
      const unit = text.charCodeAt(i);
      slot = this.find(node, unit);
      if (this.slots[slot] === -1) {
        if (this.#edges * 6 > this.mask + 4) {
          this.#grow();
          slot = this.find(node, unit);
        }
        this.slots[slot] = node;
        this.slots[slot + 1] = unit;
        this.slots[slot + 2] = this.#nodes++;
        this.#edges++;
      }
      node = this.slots[slot + 2];
    }
    this.slots[slot + 3] = id;
  }

  #grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(old.length * 2).fill(-1);
    this.mask = this.slots.length - 4;
    for (let from = 0; from < old.length; from += 4) {
      if (old[from] === -1) continue;
      const to = this.find(old[from], old[from + 1]);
      for (let i = 0; i < 4; i++) this.slots[to + i] = old[from + i];
    }
  }
}

/** Hash of an edge; `& trie.mask` makes it the index of a slot. */
export const edgeHash = (node: number, unit: number): number => {
  const h = Math.imul(node ^ Math.imul(unit, 0x9e3779b1), 0x85ebca6b);
  return h ^ (h >>> 15);
};

export class Vocabulary implements PieceVocabulary {
  readonly #text: string;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  readonly unkId: number;
  #builtTrie: PieceTrie | undefined;

  /**
   * @param starts [size] first unit of each line in `text`
   * @param ends [size] one past its last unit, white space at the end of the line left out
   */
  private constructor(text: string, starts: Int32Array, ends: Int32Array, file: string) {
    this.#text = text;
    this.#starts = starts;
    this.#ends = ends;
    this.clsId = this.#required('[CLS]', file);
    this.sepId = this.#required('[SEP]', file);
    this.padId = this.#required('[PAD]', file);
    this.unkId = this.#required('[UNK]', file);
  }

  /**
   * Reads vocab.txt: UTF-8, one piece per line; ids are line numbers from 0. Line ends may be LF or CRLF; if a piece
   * occurs twice, the last line counts, as in Hugging Face.
   *
   * @param source the file's bytes, or its text
   * @param file name in messages
   * @throws AskBertError `ModelInvalid` when it is empty, not text, has a line that is too long for a piece, or lacks
   *   one of [CLS], [SEP], [PAD], [UNK]
   */
  static parse(source: Uint8Array | string, file = 'vocab.txt'): Vocabulary {
    const text = typeof source === 'string' ? source.replace(/^\ufeff/, '') : decode(source, file);
    const nul = text.indexOf('\0');
    if (nul >= 0)
      throw invalid(t('{0} is not a text file: found a NUL at character {1}, expected one piece per line.', file, nul));
    if (text.trim() === '') throw invalid(t('{0} is empty: found no piece, expected one piece per line.', file));
    const starts: number[] = [];
    const ends: number[] = [];
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      starts.push(start);
      const last = trimmedEnd(text, start, end);
      if (last - start > LONGEST_PIECE) {
        const [line, length] = [starts.length, last - start];
        throw invalid(
          t(
            '{0} is damaged: line {1} has {2} characters, expected a piece of at most {3}.',
            file,
            line,
            length,
            LONGEST_PIECE,
          ),
        );
      }
      ends.push(last);
      start = end + 1;
    }
    return new Vocabulary(text, Int32Array.from(starts), Int32Array.from(ends), file);
  }

  /** Number of lines; ids are 0 .. size - 1. */
  get size(): number {
    return this.#starts.length;
  }

  /** The piece of an id, e.g. "##ing"; throws a RangeError for an id outside 0 .. size - 1. */
  pieceOf(id: number): string {
    if (!(id >= 0 && id < this.size)) throw new RangeError(`Piece ${id} is outside 0..${this.size - 1}.`);
    return this.#text.slice(this.#starts[id], this.#ends[id]);
  }

  /** The id of a piece, undefined when there is none. Searches the text: not for inner loops. */
  idOf(piece: string): number | undefined {
    for (let at = this.#text.lastIndexOf(piece); at >= 0; at = at === 0 ? -1 : this.#text.lastIndexOf(piece, at - 1)) {
      const id = lastUpTo(this.#starts, at, this.size);
      if (this.#starts[id] === at && this.#ends[id] === at + piece.length) return id;
    }
    return undefined;
  }

  wordOf(id: number): string | undefined {
    const piece = this.pieceOf(id);
    return piece.startsWith('##') ? undefined : piece;
  }

  idOfWord(word: string): number | undefined {
    return this.idOf(word);
  }

  /** Built on first use. */
  get trie(): PieceTrie {
    this.#builtTrie ??= this.#buildTrie();
    return this.#builtTrie;
  }

  #buildTrie(): PieceTrie {
    const { size } = this;
    const text = this.#text;
    const starts = this.#starts;
    const ends = this.#ends;
    const trie = new PieceTrie(size);
    for (let id = 0; id < size; id++) {
      const start = starts[id];
      const end = ends[id];
      if (text.charCodeAt(start) === HASH && text.charCodeAt(start + 1) === HASH) {
        if (start + 2 < end) trie.add(PieceTrie.CONTINUATION, text, start + 2, end, id);
      } else if (start < end) {
        trie.add(PieceTrie.WORD, text, start, end, id);
      }
    }
    return trie;
  }

  #required(piece: string, file: string): number {
    const id = this.idOf(piece);
    if (id !== undefined) return id;
    throw invalid(t('{0} has no piece {1}: found {2} lines, expected {1} to be one of them.', file, piece, this.size));
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const message = t(
      '{0} is not a text file: found {1} bytes that are not UTF-8, expected one piece per line.',
      file,
      bytes.length,
    );
    throw new AskBertError('ModelInvalid', message, remedy(), {
      cause,
    });
  }
}

const invalid = (message: string): AskBertError => new AskBertError('ModelInvalid', message, remedy());

/** Hugging Face cuts Unicode white space at the end of a line (a carriage return above all). */
function trimmedEnd(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && isWhiteSpace(text.charCodeAt(last - 1))) last--;
  return last;
}

function isWhiteSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 9 && unit <= 13);
  if (unit === 0x85 || unit === 0xa0 || unit === 0x1680 || unit === 0x3000) return true;
  return (unit >= 0x2000 && unit <= 0x200a) || unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f;
}
