/**
 * The Unicode properties that BERT's basic tokeniser uses, of the Unicode version of Hugging Face tokenizers
 * (see scripts/make-unicode-tables.py). Decoded once, at the first character that is not ASCII.
 */
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
/** Has another lower-case form. */
export const LOWERS = 32;
/** Its canonical combining class is not 0. */
export const COMBINES = 64;

const CODE_POINTS = 0x110000;
const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;

/** Sorted keys, each with a list of code points: `values[offsets[i] .. offsets[i + 1]]`. */
class CodePointMap {
  private readonly keys: Int32Array;
  private readonly offsets: Int32Array;
  private readonly values: Int32Array;

  constructor(entries: [key: number, values: number[]][]) {
    this.keys = Int32Array.from(entries, (entry) => entry[0]);
    this.values = Int32Array.from(entries.flatMap((entry) => entry[1]));
    this.offsets = new Int32Array(entries.length + 1);
    for (let i = 0; i < entries.length; i++) this.offsets[i + 1] = this.offsets[i] + entries[i][1].length;
  }

  forEachFirst(visit: (key: number, first: number) => void): void {
    for (let i = 0; i < this.keys.length; i++) visit(this.keys[i], this.values[this.offsets[i]]);
  }

  /** Writes the list of a key that is present to `into`; returns its length. */
  read(key: number, into: Int32Array): number {
    let low = 0;
    let high = this.keys.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    const first = this.offsets[low];
    const count = this.offsets[low + 1] - first;
    for (let i = 0; i < count; i++) into[i] = this.values[first + i];
    return count;
  }
}

export class UnicodeProperties {
  /** [0x110000] kind and property bits of every code point. */
  readonly classes = new Uint8Array(CODE_POINTS);
  private readonly decompositions: CodePointMap;
  private readonly lowerCase: CodePointMap;
  /** Rank of the canonical combining class; only the order of the classes matters. */
  private readonly ranks = new Map<number, number>();

  constructor() {
    this.readClasses();
    this.decompositions = this.readDecompositions();
    this.lowerCase = this.readLowerCase();
    this.readRanks();
    const { classes } = this;
    for (let cp = HANGUL_FIRST; cp <= HANGUL_LAST; cp++) classes[cp] |= DECOMPOSES;
  }

  /** Full canonical decomposition of a code point with `DECOMPOSES`, to `into` ([4] or longer); returns its length. */
  decompose(cp: number, into: Int32Array): number {
    if (cp < HANGUL_FIRST || cp > HANGUL_LAST) return this.decompositions.read(cp, into);
    const index = cp - HANGUL_FIRST;
    const tail = index % 28;
    into[0] = 0x1100 + Math.floor(index / 588);
    into[1] = 0x1161 + Math.floor((index % 588) / 28);
    into[2] = 0x11a7 + tail;
    return tail === 0 ? 2 : 3;
  }

  /** Lower-case form of a code point with `LOWERS`, to `into` ([4] or longer); returns its length. */
  lower(cp: number, into: Int32Array): number {
    return this.lowerCase.read(cp, into);
  }

  /** 0 for a starter, else the rank of its canonical combining class. */
  rank(cp: number): number {
    return this.ranks.get(cp) ?? 0;
  }

  private readClasses(): void {
    const { classes } = this;
    const numbers = decode(CLASSES);
    let cp = 0;
    for (const n of numbers) {
      const end = cp + (n >>> 4);
      if ((n & 15) !== 0) classes.fill(n & 15, cp, end);
      cp = end;
    }
  }

  private readDecompositions(): CodePointMap {
    const numbers = decode(DECOMPOSITIONS);
    const entries: [number, number[]][] = [];
    let cp = 0;
    let first = 0;
    for (let i = 0; i < numbers.length; ) {
      const head = numbers[i++];
      cp += head >>> 3;
      first += unzigzag(numbers[i++]);
      const values = [first];
      for (let rest = (head & 7) - 1; rest > 0; rest--) values.push(numbers[i++]);
      entries.push([cp, values]);
      this.classes[cp] |= DECOMPOSES;
    }
    return new CodePointMap(entries);
  }

  private readLowerCase(): CodePointMap {
    const entries: [number, number[]][] = [];
    const runs = decode(LOWER_CASE);
    let end = 0;
    for (let i = 0; i < runs.length; i += 3) {
      const stride = (runs[i] & 1) + 1;
      const start = end + (runs[i] >>> 1);
      end = start + stride * (runs[i + 1] - 1);
      const difference = unzigzag(runs[i + 2]);
      for (let cp = start; cp <= end; cp += stride) entries.push([cp, [cp + difference]]);
    }
    const several = decode(LOWER_CASE_SEVERAL);
    for (let i = 0; i < several.length; i += 2 + several[i + 1]) {
      entries.push([several[i], several.slice(i + 2, i + 2 + several[i + 1])]);
    }
    for (const entry of entries) this.classes[entry[0]] |= LOWERS;
    return new CodePointMap(entries.sort((a, b) => a[0] - b[0]));
  }

  private readRanks(): void {
    const runs = decode(COMBINING);
    let cp = 0;
    for (let i = 0; i < runs.length; i += 3) {
      cp += runs[i];
      for (let count = runs[i + 1]; count > 0; count--, cp++) {
        this.ranks.set(cp, runs[i + 2]);
        this.classes[cp] |= COMBINES;
      }
    }
    // A mark that decomposes combines as its parts do.
    this.decompositions.forEachFirst((key, first) => {
      if ((this.classes[first] & COMBINES) !== 0) this.classes[key] |= COMBINES;
    });
  }
}

function decode(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  const numbers: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    let n = bytes[i] & 127;
    for (let shift = 7; bytes[i] > 127; shift += 7) n |= (bytes[++i] & 127) << shift;
    numbers.push(n);
  }
  return numbers;
}

const unzigzag = (n: number): number => (n >>> 1) ^ -(n & 1);

let properties: UnicodeProperties | undefined;

/** The tables, decoded at the first call. */
export function unicodeProperties(): UnicodeProperties {
  properties ??= new UnicodeProperties();
  return properties;
}
