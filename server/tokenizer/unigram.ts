/**
 * The Unigram tokeniser of XLM-RoBERTa (SentencePiece): characters are normalised, words begin with a mark, and the
 * pieces of a word are the likeliest ones. The ids and offsets are those of Hugging Face tokenizers (Precompiled,
 * WhitespaceSplit, Metaspace, Unigram), with these things settled here:
 * - Special pieces written in a text are plain text, so that no document can forge a separator.
 * - A lone surrogate is read as U+FFFD.
 * - Characters that the normaliser removes at the beginning of a text do not shift the offsets of all that follows.
 * - A word of more than 64 Ki units is read as several.
 * - A new word begins where a reader sees one: at a punctuation mark, and at each piece of a script without spaces.
 */
import type { Charsmap } from './charsmap.js';
import { BufferedEncoder, ChunkedTokenizer, type PieceEncoder } from './chunked.js';
import { sequenceEnd } from './graphemes.js';
import type { Pieces } from './pieces.js';
import { codePointAt, unitsOf } from './unicode/code-points.js';
import { Letter, letterClasses } from './unicode/letters.js';
import { MARK, type UnigramPieces } from './unigram-pieces.js';
import { PieceTrie } from './vocabulary.js';

const LONGEST_WORD = 64 * 1024;
const REPLACEMENT = 0xfffd;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

export class UnigramTokenizer extends ChunkedTokenizer {
  constructor(
    readonly vocabulary: UnigramPieces,
    /** Undefined: characters stay as they are. */
    readonly charsmap: Charsmap | undefined,
  ) {
    super();
  }

  /** Before white space that every normaliser keeps. */
  readonly isBoundary = (text: string, at: number): boolean =>
    isWhite(text.charCodeAt(at)) && !isWhite(text.charCodeAt(at - 1));

  protected encoder(text: string, start: number, end: number): PieceEncoder {
    return new UnigramEncoder(this, text, start, end);
  }
}

const isWhite = (unit: number): boolean => unit === 32 || unit === 9 || unit === 10 || unit === 13;

class UnigramEncoder extends BufferedEncoder<UnigramTokenizer> {
  readonly #classes = letterClasses();

  // The word so far: its normalised units, each with the range of its character in the text.
  #units = new Uint16Array(256);
  #from = new Int32Array(256);
  #to = new Int32Array(256);
  #length = 0;
  /** The last character that was added has the range of the one before it, since there were fewer in the text. */
  #isExtra = false;

  run(limit: number): void {
    const { text, end } = this;
    const { charsmap } = this.tokenizer;
    while (this.position < Math.min(limit, end)) {
      const at = this.position;
      if (!charsmap) {
        this.#keep(at);
        continue;
      }
      const next = sequenceEnd(text, at, this.start, end);
      const replacement = charsmap.of(text.slice(at, next));
      if (replacement !== undefined) this.#replace(at, next, replacement);
      else if (next === at + unitsOf(codePointAt(text, at, end))) this.#keep(at);
      else this.#readEach(at, next, charsmap);
    }
  }

  override finish(): Pieces {
    this.#endWord();
    return super.finish();
  }

  /** The characters of a sequence that is not replaced as a whole. */
  #readEach(start: number, end: number, charsmap: Charsmap): void {
    for (let at = start; at < end; at = this.position) {
      const next = at + unitsOf(codePointAt(this.text, at, end));
      const replacement = charsmap.of(this.text.slice(at, next));
      if (replacement === undefined) this.#keep(at);
      else this.#replace(at, next, replacement);
    }
  }

  #keep(at: number): void {
    const cp = codePointAt(this.text, at, this.end);
    const next = at + unitsOf(cp);
    this.#add((cp & 0xfffff800) === 0xd800 ? REPLACEMENT : cp, at, next);
    this.#isExtra = false;
    this.position = next;
  }

  /** Characters take the ranges of those that they replace, one by one; further ones that of the last. */
  #replace(start: number, end: number, replacement: string): void {
    let at = start;
    let next = start + unitsOf(codePointAt(this.text, start, end));
    if (replacement === '') this.#remove(start, next);
    let count = 0;
    for (const character of replacement) {
      if (count++ > 0 && next < end) {
        at = next;
        next = at + unitsOf(codePointAt(this.text, at, end));
        this.#isExtra = false;
      } else this.#isExtra = count > 1;
      this.#add(character.codePointAt(0)!, at, next);
    }
    this.position = end;
  }

  /** A removed character gives its range to a character that had none of its own. */
  #remove(start: number, end: number): void {
    if (!this.#isExtra || this.#length === 0) return;
    this.#isExtra = false;
    const isPair = (this.#units[this.#length - 1] & 0xfc00) === 0xdc00;
    for (let i = this.#length - (isPair ? 2 : 1); i < this.#length; i++) {
      this.#from[i] = start;
      this.#to[i] = end;
    }
  }

  #add(cp: number, from: number, to: number): void {
    if (this.#classes[cp] === Letter.Space) {
      this.#endWord();
      return;
    }
    if (this.#length >= LONGEST_WORD) this.#endWord();
    if (cp > 0xffff) {
      this.#addUnit(0xd800 + ((cp - 0x10000) >> 10), from, to);
      this.#addUnit(0xdc00 + (cp & 0x3ff), from, to);
    } else this.#addUnit(cp, from, to);
  }

  #addUnit(unit: number, from: number, to: number): void {
    if (this.#length === this.#units.length) {
      const larger = <T extends Uint16Array | Int32Array>(array: T, into: T): T => {
        into.set(array);
        return into;
      };
      this.#units = larger(this.#units, new Uint16Array(2 * this.#length));
      this.#from = larger(this.#from, new Int32Array(2 * this.#length));
      this.#to = larger(this.#to, new Int32Array(2 * this.#length));
    }
    this.#units[this.#length] = unit;
    this.#from[this.#length] = from;
    this.#to[this.#length++] = to;
  }

  /** The word with its mark; a mark within it begins another one. */
  #endWord(): void {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    if (this.#units[0] !== MARK) {
      // The mark has the range of the first character.
      this.#length = length;
      this.#addUnit(0, 0, 0);
      this.#length = 0;
      this.#units.copyWithin(1, 0, length);
      this.#from.copyWithin(1, 0, length);
      this.#to.copyWithin(1, 0, length);
      this.#units[0] = MARK;
      this.#split(length + 1);
    } else this.#split(length);
  }

  #split(length: number): void {
    for (let first = 0; first < length; ) {
      let last = first + 1;
      while (last < length && this.#units[last] !== MARK) last++;
      this.#likeliest(first, last);
      first = last;
    }
  }

  // Of the likeliest pieces that end at a unit: their score, where the last one begins, and its id.
  #scores = new Float64Array(0);
  #begins = new Int32Array(0);
  #ids = new Int32Array(0);

  /** Viterbi's path through `units[first .. last]`. */
  #likeliest(first: number, last: number): void {
    const { trie, scores: scoreOf, unkId, unknownScore } = this.tokenizer.vocabulary;
    const length = last - first;
    if (this.#scores.length <= length) {
      this.#scores = new Float64Array(2 * length + 16);
      this.#begins = new Int32Array(2 * length + 16);
      this.#ids = new Int32Array(2 * length + 16);
    }
    const scores = this.#scores;
    const begins = this.#begins.fill(-1, 0, length + 1);
    const ids = this.#ids;
    const { slots } = trie;
    scores[0] = 0;
    const offer = (at: number, to: number, id: number, score: number) => {
      if (begins[to] >= 0 && score <= scores[to]) return;
      scores[to] = score;
      begins[to] = at;
      ids[to] = id;
    };
    for (let at = 0; at < length; ) {
      const size = (this.#units[first + at] & 0xfc00) === 0xd800 ? 2 : 1;
      let isSingle = false;
      let node: number = PieceTrie.WORD;
      for (let to = at; to < length; ) {
        const slot = trie.find(node, this.#units[first + to]);
        if (slots[slot] === -1) break;
        node = slots[slot + 2];
        const id = slots[slot + 3];
        to++;
        if (id < 0) continue;
        offer(at, to, id, scoreOf[id] + scores[at]);
        isSingle ||= to === at + size;
      }
      if (!isSingle) offer(at, at + size, unkId, unknownScore + scores[at]);
      at += size;
    }
    this.#push(first, length);
  }

  /** Pieces in order, unknown ones that follow each other as one. */
  #push(first: number, length: number): void {
    const { unkId } = this.tokenizer.vocabulary;
    const begins = this.#begins;
    const ids = this.#ids;
    // The path is followed from its end: `ends[at]` is where the piece that begins at a unit ends.
    const ends = this.#scores;
    for (let to = length; to > 0; ) {
      let from = begins[to];
      const id = ids[to];
      while (id === unkId && from > 0 && ids[from] === unkId) from = begins[from];
      ends[from] = to;
      to = from;
    }
    for (let at = 0; at < length; ) {
      const to = ends[at];
      const isStart = at === 0 || this.#isWordStart(first + at);
      this.pieces.push(ids[to], this.#from[first + at], this.#to[first + to - 1], isStart);
      at = to;
    }
  }

  #isWordStart(at: number): boolean {
    const units = this.#units;
    if (units[at - 1] === MARK) return false;
    // Halves of pairs are neither letters nor marks: rare letters begin words of their own.
    const before = units[at - 1];
    const here = units[at];
    const isLetter = (unit: number) => this.#classes[unit] === Letter.Letter || this.#classes[unit] === Letter.Number;
    if (here >= 0x300 && /\p{M}/u.test(String.fromCharCode(here))) return false;
    if (!isLetter(here) || !isLetter(before)) return true;
    return here >= 0xe00 && UNSPACED.test(String.fromCharCode(here));
  }
}
