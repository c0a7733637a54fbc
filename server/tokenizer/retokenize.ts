/** After an edit only the changed part is tokenised again: no piece crosses white space. */

import { firstFrom } from '../text/binary-search.js';
import type { Pieces } from './pieces.js';
import type { Tokenizer } from './tokenizer.js';

/** Units compared at a time. */
const CHUNK = 16 * 1024;

/**
 * Pieces of the whole of `text`, given those of an older text: the same as `tokenizer.encodeAsync(text)`.
 * @throws AskBertError Cancelled
 */
export async function retokenize(
  tokenizer: Tokenizer,
  text: string,
  old: { text: string; pieces: Pieces },
  signal?: AbortSignal,
  onProgress?: (doneUnits: number, totalUnits: number) => void,
): Promise<Pieces> {
  const { from, to } = changedStretch(old.text, text);
  const grown = text.length - old.text.length;
  const middle = await tokenizer.encodeAsync(text, from, to, signal, onProgress);
  const head = firstFrom(old.pieces.starts, from);
  const tail = firstFrom(old.pieces.starts, to - grown);
  const kept = old.pieces.length - tail;
  const length = head + middle.length + kept;
  const ids = new Int32Array(length);
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  const wordStarts = new Uint8Array(length);
  const put = (from: Pieces, first: number, last: number, at: number) => {
    ids.set(from.ids.subarray(first, last), at);
    starts.set(from.starts.subarray(first, last), at);
    ends.set(from.ends.subarray(first, last), at);
    wordStarts.set(from.wordStarts.subarray(first, last), at);
  };
  put(old.pieces, 0, head, 0);
  put(middle, 0, middle.length, head);
  put(old.pieces, tail, old.pieces.length, head + middle.length);
  if (grown !== 0) {
    for (let p = head + middle.length; p < length; p++) {
      starts[p] += grown;
      ends[p] += grown;
    }
  }
  return { length, ids, starts, ends, wordStarts };
}

/**
 * The range of the new text outside of which both texts are equal, widened to places between two words. The text after
 * `to` in the new text follows `to` minus the growth in the old one.
 */
export function changedStretch(old: string, text: string): { from: number; to: number } {
  const shorter = Math.min(old.length, text.length);
  const head = commonHead(old, text, shorter);
  const tail = commonTail(old, text, shorter - head);
  let from = head;
  while (from > 0 && !(from < head && isBoundary(text, from))) from--;
  let to = text.length - tail;
  while (to < text.length && !(to > text.length - tail && isBoundary(text, to))) to++;
  return { from, to };
}

/** After white space and before a character that does not combine with the previous one, as a mark or a joiner may. */
function isBoundary(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  if (before !== 32 && before !== 9 && before !== 10 && before !== 13) return false;
  return text.charCodeAt(at) < 128 || /[\p{L}\p{N}]/u.test(text[at]);
}

function commonHead(a: string, b: string, limit: number): number {
  let at = 0;
  while (at + CHUNK <= limit && a.slice(at, at + CHUNK) === b.slice(at, at + CHUNK)) at += CHUNK;
  while (at < limit && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

function commonTail(a: string, b: string, limit: number): number {
  const from = (text: string, units: number) => text.slice(text.length - units, text.length - units + CHUNK);
  let units = 0;
  while (units + CHUNK <= limit && from(a, units + CHUNK) === from(b, units + CHUNK)) units += CHUNK;
  while (units < limit && a.charCodeAt(a.length - units - 1) === b.charCodeAt(b.length - units - 1)) units++;
  return units;
}
