/** What the basic tokeniser does with each UTF-16 unit under given options, as one flat table. */
import {
  CHINESE,
  COMBINES,
  DECOMPOSES,
  KIND_MASK,
  Kind,
  LOWERS,
  NONSPACING,
  type UnicodeProperties,
  unicodeProperties,
} from './properties.js';

/** The switches of BERT's basic tokeniser, as in Hugging Face's BertTokenizer. */
export interface TokenizerOptions {
  /** `do_lower_case`. */
  lowerCase: boolean;
  /** `strip_accents`; null = as lowerCase. */
  stripAccents: boolean | null;
  /** `tokenize_chinese_chars`. */
  chineseChars: boolean;
}

export const Action = {
  /** The table is not filled in here yet: call {@link CharacterTable.fillPage}. */
  Unfilled: 0,
  /** One unit of a word: `outputs`. */
  Word: 1,
  /** Ends a word. */
  Space: 2,
  /** A separate word of one unit: `outputs`. */
  Isolated: 3,
  /** Has no output, and does not end a word. */
  Removed: 4,
  /** Surrogates, several outputs, or a mark that takes part in canonical ordering. */
  Complex: 5,
} as const;

const UNITS = 0x10000;

export class CharacterTable {
  /** [0x10000] an {@link Action} for each unit. */
  readonly actions = new Uint8Array(UNITS);
  /** [0x10000] the normalised unit of Word and Isolated. */
  readonly outputs = new Uint16Array(UNITS);
  readonly lowerCase: boolean;
  readonly stripAccents: boolean;
  readonly chineseChars: boolean;
  readonly #parts = new Int32Array(4);
  readonly #small = new Int32Array(4);

  constructor(options: TokenizerOptions) {
    this.lowerCase = options.lowerCase;
    this.stripAccents = options.stripAccents ?? options.lowerCase;
    this.chineseChars = options.chineseChars;
    this.#fillAscii();
  }

  /** Fills in the page of 256 units that a unit beyond ASCII belongs to. */
  fillPage(unit: number): void {
    const properties = unicodeProperties();
    const page = unit & 0xff00;
    for (let i = Math.max(page, 0x80); i < page + 0x100; i++) this.actions[i] = this.#classify(i, properties);
  }

  #fillAscii(): void {
    const { actions, outputs } = this;
    for (let unit = 0; unit < 0x80; unit++) {
      const letter = String.fromCharCode(unit);
      outputs[unit] = this.lowerCase ? letter.toLowerCase().charCodeAt(0) : unit;
      if (/[\t\n\r ]/.test(letter)) actions[unit] = Action.Space;
      else if (unit < 0x20 || unit === 0x7f) actions[unit] = Action.Removed;
      else actions[unit] = /[0-9A-Za-z]/.test(letter) ? Action.Word : Action.Isolated;
    }
  }

  #classify(unit: number, properties: UnicodeProperties): number {
    const { classes } = properties;
    const parts = this.#parts;
    const small = this.#small;
    const bits = classes[unit];
    if (unit >= 0xd800 && unit <= 0xdfff) return Action.Complex;
    if ((bits & KIND_MASK) === Kind.Removed) return Action.Removed;
    if ((bits & KIND_MASK) === Kind.Space) return Action.Space;
    let output = unit;
    if (this.stripAccents) {
      let count = 1;
      parts[0] = unit;
      if ((bits & DECOMPOSES) !== 0) count = properties.decompose(unit, parts);
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const part = classes[parts[i]];
        if ((part & NONSPACING) !== 0) continue;
        if ((part & COMBINES) !== 0) return Action.Complex;
        output = parts[i];
        kept++;
      }
      if (kept === 0) return Action.Removed;
      if (kept > 1) return Action.Complex;
    }
    if (this.lowerCase && (classes[output] & LOWERS) !== 0) {
      if (properties.lower(output, small) > 1) return Action.Complex;
      output = small[0];
    }
    if (output >= UNITS) return Action.Complex;
    this.outputs[unit] = output;
    if (this.chineseChars && (bits & CHINESE) !== 0) return Action.Isolated;
    return (classes[output] & KIND_MASK) === Kind.Punctuation ? Action.Isolated : Action.Word;
  }
}
