/**
 * BERT's tokeniser: cleaning, accents, case, words and punctuation, then the longest pieces of the vocabulary.
 * The ids and offsets are those of Hugging Face tokenizers (BertNormalizer, BertPreTokenizer, WordPiece), with two
 * things settled here:
 * - Special pieces written in a text are plain text: "[SEP]" is "[", "sep", "]", so that no document can forge a
 *   separator (Hugging Face with `encode_special_tokens`).
 * - A lone surrogate, which Hugging Face cannot be given, is removed like the other characters of category C.
 */
import { afterSpace } from '../text/changed-stretch.js';
import { CHUNK, ChunkedTokenizer, type PieceEncoder } from './chunked.js';
import type { Pieces } from './pieces.js';
import type { TokenizerOptions } from './unicode/characters.js';
import { Action, CharacterTable } from './unicode/characters.js';
import { codePointAt, unitsOf } from './unicode/code-points.js';
import { orderMarks } from './unicode/ordering.js';
import {
  CHINESE,
  COMBINES,
  DECOMPOSES,
  KIND_MASK,
  Kind,
  LOWERS,
  NONSPACING,
  unicodeProperties,
} from './unicode/properties.js';
import { edgeHash, PieceTrie, type Vocabulary } from './vocabulary.js';

/** A word of more code points, normalised, is one [UNK] (`max_input_chars_per_word`). */
const MAX_WORD_CODE_POINTS = 100;
/** Units kept of a word: as many as a word within the limit can have, plus one that is overwritten by the rest. */
const WORD_UNITS = 2 * MAX_WORD_CODE_POINTS + 1;

export class Tokenizer extends ChunkedTokenizer {
  readonly #table: CharacterTable;

  constructor(
    readonly vocabulary: Vocabulary,
    readonly options: TokenizerOptions,
  ) {
    super();
    this.#table = new CharacterTable(options);
  }

  readonly isBoundary = afterSpace;

  protected encoder(text: string, start: number, end: number): PieceEncoder {
    return new Encoder(this.vocabulary, this.#table, text, start, end);
  }
}

/**
 * One pass over a text. It can stop anywhere, even within a word, and continue: the word so far is part of its state.
 */
class Encoder implements PieceEncoder {
  readonly #table: CharacterTable;
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  readonly #trie: PieceTrie;
  readonly #unkId: number;
  #position: number;

  // The word so far: its first WORD_UNITS - 1 normalised units and the last one, each with its range in the text.
  readonly #word = new Uint16Array(WORD_UNITS);
  readonly #unitStarts = new Int32Array(WORD_UNITS);
  readonly #unitEnds = new Int32Array(WORD_UNITS);
  #wordUnits = 0;
  /** How many of its units are the second half of a surrogate pair. */
  #wordPairs = 0;

  #count = 0;
  #capacity: number;
  #ids: Int32Array;
  #starts: Int32Array;
  #ends: Int32Array;
  #wordStarts: Uint8Array;

  readonly #parts = new Int32Array(4);
  readonly #small = new Int32Array(4);

  constructor(vocabulary: Vocabulary, table: CharacterTable, text: string, start: number, end: number) {
    this.#table = table;
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#trie = vocabulary.trie;
    this.#unkId = vocabulary.unkId;
    this.#position = start;
    this.#capacity = WORD_UNITS + Math.ceil(Math.min(end - start, CHUNK) / 3);
    this.#ids = new Int32Array(this.#capacity);
    this.#starts = new Int32Array(this.#capacity);
    this.#ends = new Int32Array(this.#capacity);
    this.#wordStarts = new Uint8Array(this.#capacity);
  }

  /** Units read so far. */
  get done(): number {
    return this.#position - this.#start;
  }

  /** Reads on to `limit`, or a little further if characters belong together. */
  run(limit: number): void {
    const text = this.#text;
    const table = this.#table;
    const word = this.#word;
    const unitStarts = this.#unitStarts;
    const unitEnds = this.#unitEnds;
    const { actions, outputs } = table;
    let at = this.#position;
    let units = this.#wordUnits;
    while (at < limit) {
      const unit = text.charCodeAt(at);
      const action = actions[unit];
      if (action === Action.Word) {
        const i = units < WORD_UNITS ? units : WORD_UNITS - 1;
        word[i] = outputs[unit];
        unitStarts[i] = at++;
        unitEnds[i] = at;
        units++;
      } else if (action === Action.Space) {
        at++;
        if (units > 0) {
          this.#endWord(units);
          units = 0;
        }
      } else if (action === Action.Isolated) {
        if (units > 0) this.#endWord(units);
        word[0] = outputs[unit];
        unitStarts[0] = at++;
        unitEnds[0] = at;
        this.#endWord(1);
        units = 0;
      } else if (action === Action.Removed) {
        at++;
      } else if (action === Action.Complex) {
        this.#wordUnits = units;
        at = this.#readComplex(at);
        units = this.#wordUnits;
      } else {
        table.fillPage(unit);
      }
    }
    this.#position = at;
    this.#wordUnits = units;
  }

  /** Ends the last word and returns the pieces. */
  finish(): Pieces {
    this.#flush();
    const count = this.#count;
    const take = <T extends Int32Array | Uint8Array>(array: T): T =>
      (array.length === count ? array : array.slice(0, count)) as T;
    this.#ids = take(this.#ids);
    this.#starts = take(this.#starts);
    this.#ends = take(this.#ends);
    this.#wordStarts = take(this.#wordStarts);
    return { length: count, ids: this.#ids, starts: this.#starts, ends: this.#ends, wordStarts: this.#wordStarts };
  }

  /** Splits the word of `units` units, at least one, into pieces. */
  #endWord(units: number): void {
    const pairs = this.#wordPairs;
    this.#wordPairs = 0;
    if (this.#count + WORD_UNITS > this.#capacity) this.#grow();
    const word = this.#word;
    const unitStarts = this.#unitStarts;
    const unitEnds = this.#unitEnds;
    const unkId = this.#unkId;
    const ids = this.#ids;
    const starts = this.#starts;
    const ends = this.#ends;
    const wordStarts = this.#wordStarts;
    const { slots, mask } = this.#trie;
    const first = this.#count;
    let count = first;
    let from = units - pairs > MAX_WORD_CODE_POINTS ? units : 0;
    let isKnown = from === 0;
    while (from < units) {
      let node = from === 0 ? PieceTrie.WORD : PieceTrie.CONTINUATION;
      let best = -1;
      let to = from;
      for (let i = from; i < units; i++) {
        const unit = word[i];
        // PieceTrie.find inlined: this is the inner loop.
        let slot = edgeHash(node, unit) & mask;
        while (slots[slot] !== -1 && (slots[slot] !== node || slots[slot + 1] !== unit)) slot = (slot + 4) & mask;
        if (slots[slot] === -1) break;
        node = slots[slot + 2];
        const id = slots[slot + 3];
        if (id >= 0) {
          best = id;
          to = i + 1;
        }
      }
      if (best < 0) {
        isKnown = false;
        break;
      }
      ids[count] = best;
      starts[count] = unitStarts[from];
      ends[count] = unitEnds[to - 1];
      wordStarts[count++] = from === 0 ? 1 : 0;
      from = to;
    }
    if (!isKnown) {
      ids[first] = unkId;
      starts[first] = unitStarts[0];
      ends[first] = unitEnds[Math.min(units, WORD_UNITS) - 1];
      wordStarts[first] = 1;
      count = first + 1;
    }
    this.#count = count;
  }

  #flush(): void {
    if (this.#wordUnits > 0) this.#endWord(this.#wordUnits);
    this.#wordUnits = 0;
  }

  /** Ensures room for another word; estimates the size of the rest from the text so far. */
  #grow(): void {
    const done = Math.max(this.#unitStarts[0] - this.#start, 1);
    const expected = Math.ceil((this.#count / done) * (this.#end - this.#start) * 1.05);
    const atLeast = Math.ceil(this.#capacity * 1.25) + WORD_UNITS;
    this.#capacity = Math.max(atLeast, Math.min(expected + WORD_UNITS, this.#capacity * 64));
    const enlarge = <T extends Int32Array | Uint8Array>(array: T, larger: T): T => {
      larger.set(array);
      return larger;
    };
    this.#ids = enlarge(this.#ids, new Int32Array(this.#capacity));
    this.#starts = enlarge(this.#starts, new Int32Array(this.#capacity));
    this.#ends = enlarge(this.#ends, new Int32Array(this.#capacity));
    this.#wordStarts = enlarge(this.#wordStarts, new Uint8Array(this.#capacity));
  }

  /** Reads one character (or a starter with its marks) that the table has no single unit for; returns what follows. */
  #readComplex(at: number): number {
    const table = this.#table;
    const parts = this.#parts;
    const text = this.#text;
    const properties = unicodeProperties();
    const { classes } = properties;
    const cp = codePointAt(text, at, this.#end);
    const next = at + unitsOf(cp);
    const bits = classes[cp];
    const kind = bits & KIND_MASK;
    if (kind === Kind.Removed) return next;
    if (kind === Kind.Space) {
      this.#flush();
      return next;
    }
    const isPadded = table.chineseChars && (bits & CHINESE) !== 0;
    if (isPadded) this.#flush();
    if (table.stripAccents) {
      let count = 1;
      parts[0] = cp;
      if ((bits & DECOMPOSES) !== 0) count = properties.decompose(cp, parts);
      for (let i = 0; i < count; i++) {
        if ((classes[parts[i]] & (COMBINES | NONSPACING)) === COMBINES) return this.#readMarks(at);
      }
      for (let i = 0; i < count; i++) this.#push(parts[i], at, next);
    } else {
      this.#push(cp, at, next);
    }
    if (isPadded) this.#flush();
    return next;
  }

  /** The marks around `at`, one of which is kept, in canonical order. */
  #readMarks(at: number): number {
    return orderMarks(this.#text, at, this.#start, this.#end, unicodeProperties(), (cp, start, end) =>
      this.#push(cp, start, end),
    );
  }

  /** Adds a decomposed code point to the word, unless it is an accent to strip. */
  #push(cp: number, start: number, end: number): void {
    const properties = unicodeProperties();
    const table = this.#table;
    const small = this.#small;
    const bits = properties.classes[cp];
    if (table.stripAccents && (bits & NONSPACING) !== 0) return;
    const isPunctuation = (bits & KIND_MASK) === Kind.Punctuation;
    if (isPunctuation) this.#flush();
    let count = 1;
    small[0] = cp;
    if (table.lowerCase && (bits & LOWERS) !== 0) count = properties.lower(cp, small);
    for (let i = 0; i < count; i++) {
      const output = small[i];
      if (output > 0xffff) {
        this.#pushUnit(0xd800 + ((output - 0x10000) >> 10), start, end);
        this.#pushUnit(0xdc00 + (output & 0x3ff), start, end);
        this.#wordPairs++;
      } else {
        this.#pushUnit(output, start, end);
      }
    }
    if (isPunctuation) this.#flush();
  }

  #pushUnit(unit: number, start: number, end: number): void {
    const i = Math.min(this.#wordUnits++, WORD_UNITS - 1);
    this.#word[i] = unit;
    this.#unitStarts[i] = start;
    this.#unitEnds[i] = end;
  }
}
