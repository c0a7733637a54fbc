/**
 * The byte-level tokeniser of RoBERTa: words with the space before them, as bytes, merged pair by pair. The ids and
 * offsets are those of Hugging Face tokenizers (ByteLevel, BPE, RobertaProcessing), with three things settled here:
 * - Special pieces written in a text are plain text, so that no document can forge a separator (Hugging Face with
 *   `encode_special_tokens`).
 * - A lone surrogate, which Hugging Face cannot be given, is read as U+FFFD.
 * - A word of more than 64 Ki units is read as several.
 * Pieces that share a character all have its range.
 */
import type { BytePieces } from './byte-pieces.js';
import { BufferedEncoder, ChunkedTokenizer, type PieceEncoder } from './chunked.js';
import type { Merges } from './merges.js';
import { codePointAt, unitsOf } from './unicode/code-points.js';
import { Letter, letterClasses } from './unicode/letters.js';

const LONGEST_WORD = 64 * 1024;
/** Words whose pieces are remembered; all are forgotten when there are too many. */
const REMEMBERED = 30_000;
/** Longer words are not remembered. */
const REMEMBERED_UNITS = 40;

const SPACE = 0x20;
const APOSTROPHE = 0x27;

export interface ByteLevelOptions {
  /** The text begins with a space, which is added if it has none. */
  readonly addPrefixSpace: boolean;
  /** Spaces at the edges of a piece are left out of its range. */
  readonly trimOffsets: boolean;
}

/** Pieces of a word: ids, and the range of each from the beginning of the word, spaces included. */
interface Word {
  readonly ids: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export class ByteLevelTokenizer extends ChunkedTokenizer {
  readonly #words = new Map<string, Word>();

  constructor(
    readonly vocabulary: BytePieces,
    readonly merges: Merges,
    readonly options: ByteLevelOptions,
  ) {
    super();
  }

  /**
   * Before white space after something else: no word goes on there, and what follows does not change what is before.
   * Nowhere if the first word of a text is different from others.
   */
  readonly isBoundary = (text: string, at: number): boolean => {
    if (this.options.addPrefixSpace) return false;
    const classes = letterClasses();
    return classes[text.charCodeAt(at)] === Letter.Space && classes[text.charCodeAt(at - 1)] !== Letter.Space;
  };

  protected encoder(text: string, start: number, end: number): PieceEncoder {
    return new ByteLevelEncoder(this, text, start, end);
  }

  /** @param hasPrefix a space is added before the text's first character, with its range */
  wordOf(text: string, start: number, end: number, hasPrefix: boolean): Word {
    if (hasPrefix || end - start > REMEMBERED_UNITS) return this.#read(text, start, end, hasPrefix);
    const key = text.slice(start, end);
    let word = this.#words.get(key);
    if (!word) {
      word = this.#read(text, start, end, false);
      if (this.#words.size >= REMEMBERED) this.#words.clear();
      // A part of a text would keep all of it in memory.
      this.#words.set(Buffer.from(key, 'utf16le').toString('utf16le'), word);
    }
    return word;
  }

  // Scratch of one word: for each byte its piece and the range of its character.
  #ids = new Int32Array(256);
  #from = new Int32Array(256);
  #to = new Int32Array(256);
  #lengths = new Int32Array(256);

  #read(text: string, start: number, end: number, hasPrefix: boolean): Word {
    const most = 3 * (end - start) + 1;
    if (this.#ids.length < most) {
      this.#ids = new Int32Array(2 * most);
      this.#from = new Int32Array(2 * most);
      this.#to = new Int32Array(2 * most);
      this.#lengths = new Int32Array(2 * most);
    }
    let count = 0;
    const { byteIds } = this.vocabulary;
    const add = (byte: number, at: number, to: number) => {
      this.#ids[count] = byteIds[byte];
      this.#from[count] = at - start;
      this.#to[count++] = to - start;
    };
    // The added space has the range of the character that it is put before, also if that is of the next word.
    if (hasPrefix) add(SPACE, start, start + unitsOf(codePointAt(text, start, text.length)));
    for (let at = start; at < end; ) {
      let cp = codePointAt(text, at, end);
      const next = at + unitsOf(cp);
      if ((cp & 0xfffff800) === 0xd800) cp = 0xfffd;
      if (cp < 0x80) add(cp, at, next);
      else {
        const rest = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
        add(([0, 0xc0, 0xe0, 0xf0][rest] | (cp >> (6 * rest))) & 255, at, next);
        for (let shift = 6 * (rest - 1); shift >= 0; shift -= 6) add(0x80 | ((cp >> shift) & 0x3f), at, next);
      }
      at = next;
    }
    const left = this.merges.apply(this.#ids, this.#lengths, count);
    const word = { ids: this.#ids.slice(0, left), from: new Int32Array(left), to: new Int32Array(left) };
    for (let i = 0, byte = 0; i < left; i++) {
      word.from[i] = this.#from[byte];
      byte += this.#lengths[i];
      word.to[i] = this.#to[byte - 1];
    }
    return word;
  }
}

class ByteLevelEncoder extends BufferedEncoder<ByteLevelTokenizer> {
  readonly #classes = letterClasses();

  run(limit: number): void {
    const { tokenizer, text, start, end } = this;
    if (this.position === start && start < end && tokenizer.options.addPrefixSpace) {
      if (text.charCodeAt(start) !== SPACE) this.#add(start, this.#prefixedEnd(), true);
    }
    while (this.position < Math.min(limit, end)) this.#add(this.position, this.#wordEnd(this.position), false);
  }

  #add(start: number, end: number, hasPrefix: boolean): void {
    const { ids, from, to } = this.tokenizer.wordOf(this.text, start, end, hasPrefix);
    for (let i = 0; i < ids.length; i++) {
      let first = start + from[i];
      let last = start + to[i];
      if (this.tokenizer.options.trimOffsets) {
        const leading = this.tokenizer.vocabulary.leading[ids[i]];
        const trailing = this.tokenizer.vocabulary.trailing[ids[i]];
        if (leading + trailing > 0) {
          const isFirst = this.pieces.length === 0 || first === this.start;
          // The space that was added is not in the text; several are never added.
          const own = isFirst && leading === 1 && this.tokenizer.options.addPrefixSpace ? 0 : leading;
          first = Math.min(first + own, last);
          if (hasPrefix && leading > 0 && trailing > 0) last = first;
          else last = Math.max(last - trailing, first);
        }
      }
      this.pieces.push(ids[i], first, last, i === 0);
    }
    this.position = end;
  }

  /** End of the first word with a space before it. */
  #prefixedEnd(): number {
    const { text, start, end } = this;
    const kind = this.#classes[codePointAt(text, start, end)];
    if (kind !== Letter.Space) return this.#runEnd(start, kind);
    const to = this.#runEnd(start, kind);
    return to < end ? to - 1 : to;
  }

  /** GPT-2's 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
  #wordEnd(at: number): number {
    const { text, end } = this;
    const classes = this.#classes;
    let first = codePointAt(text, at, end);
    let from = at;
    if (first === APOSTROPHE) {
      const units = this.#contraction(at + 1);
      if (units > 0) return at + 1 + units;
    } else if (first === SPACE && at + 1 < end) {
      const next = codePointAt(text, at + 1, end);
      if (classes[next] !== Letter.Space) {
        first = next;
        from = at + 1;
      }
    }
    const kind = classes[first];
    const to = this.#runEnd(from, kind);
    // The last white space before a word is a separate one, or the space of the word.
    return kind === Letter.Space && to < end && to - at > 1 ? to - 1 : to;
  }

  /** Units of what is after an apostrophe and belongs to it; 0: nothing does. */
  #contraction(at: number): number {
    if (at >= this.end) return 0;
    const first = this.text[at];
    if (first === 's' || first === 't' || first === 'm' || first === 'd') return 1;
    if (at + 1 >= this.end) return 0;
    const both = this.text.slice(at, at + 2);
    return both === 're' || both === 've' || both === 'll' ? 2 : 0;
  }

  /** Characters of one class. */
  #runEnd(from: number, kind: number): number {
    const { text } = this;
    const end = Math.min(this.end, from + LONGEST_WORD);
    const classes = this.#classes;
    let at = from;
    while (at < end) {
      const cp = codePointAt(text, at, this.end);
      if (classes[cp] !== kind) break;
      at += unitsOf(cp);
    }
    return at;
  }
}
