/**
 * SentencePiece's normaliser (`precompiled_charsmap`): a double-array trie over UTF-8 bytes, whose values are places in
 * a list of replacements. As Hugging Face reads it, the shortest key at the beginning of a character sequence counts,
 * and replaces all of it.
 */
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

/** Bytes of a replacement; longer ones are damaged, and replace nothing. */
const LONGEST_REPLACEMENT = 256;

export class Charsmap {
  readonly #units: Uint32Array;
  readonly #replacements: Buffer;
  /** By the sequence: its replacement; null: none. */
  readonly #known = new Map<string, string | null>();

  /** @throws AskBertError ModelInvalid when it is damaged */
  constructor(file: string, base64: string) {
    const bytes = Buffer.from(base64, 'base64');
    const size = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
    if (size < 4 || size % 4 !== 0 || 4 + size > bytes.length) {
      throw new AskBertError(
        'ModelInvalid',
        t('{0}: the normaliser of {1} bytes is damaged, expected a trie and its replacements.', file, bytes.length),
        t("Get the tokenizer's files again from the model's own repository."),
      );
    }
    this.#units = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
    this.#replacements = bytes.subarray(4 + size);
  }

  /** What a character, or one with its marks, is replaced by; undefined: it stays. */
  of(sequence: string): string | undefined {
    let found = this.#known.get(sequence);
    if (found === undefined) {
      found = this.#find(sequence) ?? null;
      // Sequences of at most five bytes: their number is limited, but large.
      if (this.#known.size > 100_000) this.#known.clear();
      this.#known.set(sequence, found);
    }
    return found ?? undefined;
  }

  #find(sequence: string): string | undefined {
    const units = this.#units;
    let node = offsetOf(units[0]);
    for (const byte of Buffer.from(sequence, 'utf8')) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = units[node] ?? 0;
      if ((unit & 0x800000ff) !== byte) return undefined;
      node ^= offsetOf(unit);
      if ((unit >>> 8) & 1) return this.#replacementAt((units[node] ?? 0) & 0x7fffffff);
    }
    return undefined;
  }

  #replacementAt(start: number): string | undefined {
    if (start > this.#replacements.length) return undefined;
    const most = this.#replacements.subarray(start, start + LONGEST_REPLACEMENT + 1);
    const end = most.indexOf(0);
    if (end < 0 && most.length > LONGEST_REPLACEMENT) return undefined;
    return most.toString('utf8', 0, end < 0 ? undefined : end);
  }
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 512) >>> 6);
