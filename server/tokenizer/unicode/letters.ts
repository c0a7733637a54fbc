/**
 * Letters, numbers and white space as Hugging Face's byte-level pre-tokeniser knows them, in its Unicode version (see
 * scripts/make-unicode-tables.py). Decoded at the first use: only some models need it.
 */
import { LETTER_RUNS } from './letter-runs.js';
import { decodeNumbers } from './numbers.js';

export const Letter = { Other: 0, Letter: 1, Number: 2, Space: 3 } as const;

let classes: Uint8Array | undefined;

/** [0x110000] class of every code point; surrogates are `Other`. */
export function letterClasses(): Uint8Array {
  if (classes) return classes;
  classes = new Uint8Array(0x110000);
  let at = 0;
  for (const run of decodeNumbers(LETTER_RUNS)) {
    const end = at + (run >>> 4);
    classes.fill(run & 15, at, end);
    at = end;
  }
  return classes;
}
