/** Detects the encoding of a text that is not UTF-8, for every file that is read. */
import { isUtf8 } from 'node:buffer';
import { analyse } from 'chardet';

/** A zero byte among this many first bytes makes a file binary, as in git and editors. */
export const BINARY_PROBE_BYTES = 8000;
/** Larger files that are not UTF-8 are refused: their encoding can only be guessed. */
const MAX_GUESSED_BYTES = 1024 * 1024;
/** Sample size for the detector, starting near the first non-ASCII byte. */
const DETECTOR_BYTES = 16 * 1024;
/** Out of 100; below, the detector's best guess is useless. */
const DETECTOR_CONFIDENCE = 20;

/** A text with its detected encoding. */
export interface GuessedText {
  text: string;
  /** As the WHATWG names it, such as windows-1252. */
  encoding: string;
}

/** The text of bytes in another encoding than UTF-8 and UTF-16; undefined: not a text, or unclear. */
export function decodeGuessed(bytes: Buffer): GuessedText | undefined {
  if (bytes.length > MAX_GUESSED_BYTES || bytes.includes(0) || isUtf8(bytes)) return undefined;
  const encoding = guessEncoding(bytes);
  return encoding === undefined ? undefined : { text: new TextDecoder(encoding).decode(bytes), encoding };
}

/** The encoding of bytes that are not UTF-8; undefined: none that is likely enough. */
function guessEncoding(bytes: Buffer): string | undefined {
  // Control characters that do not occur in text: the bytes are something else, such as compressed data.
  const odd = bytes.subarray(0, BINARY_PROBE_BYTES).filter((b) => b < 0x20 && !(b >= 0x08 && b <= 0x0d) && b !== 0x1b);
  if (odd.length > 0) return undefined;
  const first = bytes.findIndex((b) => b >= 0x80);
  const from = Math.max(0, first - DETECTOR_BYTES / 2);
  for (const { name, confidence } of analyse(bytes.subarray(from, from + DETECTOR_BYTES))) {
    if (confidence < DETECTOR_CONFIDENCE) return undefined;
    // A sample cut inside a character does not exclude other encodings, but these two are already excluded.
    if (name === 'UTF-8' || name === 'ASCII') continue;
    try {
      return new TextDecoder(name).encoding;
    } catch {
      // This platform cannot decode it.
    }
  }
  return undefined;
}
