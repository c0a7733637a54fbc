/**
 * The Unicode properties that BERT's basic tokeniser uses, in the Unicode version of Hugging Face tokenizers
 * (see scripts/make-unicode-tables.py). Decoded once, at the first character that is not ASCII.
 */
import { firstFrom } from '../../text/binary-search.js';
import { decodeNumbers } from './numbers.js';
import { CLASSES, COMBINING, DECOMPOSITIONS, LOWER_CASE, LOWER_CASE_SEVERAL } from './tables.js';

/** What cleaning and pre-tokenising do to a code point: the two low bits of its class. */
export const Kind = { Removed: 0, Space: 1, Word: 2, Punctuation: 3 } as const;
export const KIND_MASK = 3;
/** General category Mn: removed when accents are stripped. */
export const NONSPACING = 4;
/** A CJK ideograph, padded with spaces when `chineseChars` is on. */
export const CHINESE = 8;
/** Has a canonical decomposition. */
export const DECOMPOSES = 16;
/** Has a different lower-case form. */
export const LOWERS = 32;
/** Its canonical combining class is not 0. */
export const COMBINES = 64;

const CODE_POINTS = 0x110000;
const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;

export class UnicodeProperties {
  /** [0x110000] kind and property bits of every code point. */
  readonly classes = new Uint8Array(CODE_POINTS);
  /** Decompositions: sorted keys, each with the list `decomposed[offsets[i] .. offsets[i + 1]]`. */
  readonly #decomposing: number[] = [];
  readonly #offsets: number[] = [];
  readonly #decomposed: number[] = [];
  /** Lower-case mappings: sorted keys and their values; those to several code points are in the map. */
  readonly #lowering: number[] = [];
  readonly #lowered: number[] = [];
  readonly #loweredSeveral = new Map<number, number[]>();
  /** Rank of the canonical combining class; only the order of the classes matters. */
  readonly #ranks = new Map<number, number>();
  /** Ranks are 0 .. rankCount - 1. */
  rankCount = 1;

  constructor() {
    this.#readClasses();
    this.#readLowerCase();
    this.#readRanks();
    this.#readDecompositions();
  }

  /** Full canonical decomposition of a code point with `DECOMPOSES`, to `into` ([4] or longer); returns its length. */
  decompose(cp: number, into: Int32Array): number {
    if (cp >= HANGUL_FIRST && cp <= HANGUL_LAST) {
      const index = cp - HANGUL_FIRST;
      const tail = index % 28;
      into[0] = 0x1100 + Math.floor(index / 588);
      into[1] = 0x1161 + Math.floor((index % 588) / 28);
      into[2] = 0x11a7 + tail;
      return tail === 0 ? 2 : 3;
    }
    const at = firstFrom(this.#decomposing, cp);
    const first = this.#offsets[at];
    const count = this.#offsets[at + 1] - first;
    for (let i = 0; i < count; i++) into[i] = this.#decomposed[first + i];
    return count;
  }

  /** Lower-case form of a code point with `LOWERS`, to `into` ([4] or longer); returns its length. */
  lower(cp: number, into: Int32Array): number {
    const several = this.#loweredSeveral.get(cp);
    if (several === undefined) {
      into[0] = this.#lowered[firstFrom(this.#lowering, cp)];
      return 1;
    }
    into.set(several);
    return several.length;
  }

  /** 0 for a starter, otherwise the rank of its canonical combining class. */
  rank(cp: number): number {
    return this.#ranks.get(cp) ?? 0;
  }

  #readClasses(): void {
    const { classes } = this;
    let cp = 0;
    for (const n of decodeNumbers(CLASSES)) {
      const end = cp + (n >>> 4);
      if ((n & 15) !== 0) classes.fill(n & 15, cp, end);
      cp = end;
    }
    for (cp = HANGUL_FIRST; cp <= HANGUL_LAST; cp++) classes[cp] |= DECOMPOSES;
  }

  #readLowerCase(): void {
    const { classes } = this;
    const lowering = this.#lowering;
    const lowered = this.#lowered;
    const runs = decodeNumbers(LOWER_CASE);
    let end = 0;
    for (let i = 0; i < runs.length; i += 3) {
      const stride = (runs[i] & 1) + 1;
      const start = end + (runs[i] >>> 1);
      end = start + stride * (runs[i + 1] - 1);
      const difference = unzigzag(runs[i + 2]);
      for (let cp = start; cp <= end; cp += stride) {
        lowering.push(cp);
        lowered.push(cp + difference);
        classes[cp] |= LOWERS;
      }
    }
    const several = decodeNumbers(LOWER_CASE_SEVERAL);
    for (let i = 0; i < several.length; i += 2 + several[i + 1]) {
      this.#loweredSeveral.set(several[i], several.slice(i + 2, i + 2 + several[i + 1]));
      classes[several[i]] |= LOWERS;
    }
  }

  #readRanks(): void {
    const runs = decodeNumbers(COMBINING);
    let cp = 0;
    for (let i = 0; i < runs.length; i += 3) {
      cp += runs[i];
      this.rankCount = Math.max(this.rankCount, runs[i + 2] + 1);
      for (let count = runs[i + 1]; count > 0; count--, cp++) {
        this.#ranks.set(cp, runs[i + 2]);
        this.classes[cp] |= COMBINES;
      }
    }
  }

  #readDecompositions(): void {
    const { classes } = this;
    const decomposing = this.#decomposing;
    const offsets = this.#offsets;
    const decomposed = this.#decomposed;
    const numbers = decodeNumbers(DECOMPOSITIONS);
    let cp = 0;
    let first = 0;
    for (let i = 0; i < numbers.length; ) {
      const head = numbers[i++];
      cp += head >>> 3;
      first += unzigzag(numbers[i++]);
      decomposing.push(cp);
      offsets.push(decomposed.length);
      decomposed.push(first);
      for (let rest = (head & 7) - 1; rest > 0; rest--) decomposed.push(numbers[i++]);
      // A character that decomposes to marks is a mark.
      classes[cp] |= DECOMPOSES | (classes[first] & COMBINES);
    }
    offsets.push(decomposed.length);
  }
}

const unzigzag = (n: number): number => (n >>> 1) ^ -(n & 1);

let properties: UnicodeProperties | undefined;

/** The tables, decoded at the first call. */
export function unicodeProperties(): UnicodeProperties {
  properties ??= new UnicodeProperties();
  return properties;
}
