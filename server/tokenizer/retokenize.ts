/** After an edit only the changed part is tokenised again, between two places that no piece crosses. */

import { firstFrom } from '../text/binary-search.js';
import { changedStretch } from '../text/changed-stretch.js';
import type { Pieces } from './pieces.js';
import type { TextTokenizer } from './text-tokenizer.js';

/**
 * Pieces of the whole of `text`, given those of an older text: the same as `tokenizer.encodeAsync(text)`.
 * @throws AskBertError Cancelled
 */
export async function retokenize(
  tokenizer: TextTokenizer,
  text: string,
  old: { text: string; pieces: Pieces },
  signal?: AbortSignal,
  onProgress?: (doneUnits: number, totalUnits: number) => void,
): Promise<Pieces> {
  const { from, to } = changedStretch(old.text, text, tokenizer.isBoundary);
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
