/** The sentence around an answer for a table, whose reader does not have the text of the document. */
import type { Answer } from '../protocol.js';
import { oneLine } from '../text/one-line.js';

/** UTF-16 units of what is shown. */
const MOST = 1000;

/**
 * The sentence in one line; of a longer one, what is around the answer, with "…" where it is cut. Undefined: unknown.
 * @param text of the document
 */
export function sentenceText(text: string, { start, end, sentence }: Answer): string | undefined {
  if (!sentence) return undefined;
  const room = Math.max(0, MOST - (end - start));
  const from = Math.max(sentence.start, start - Math.floor(room / 2));
  const to = Math.min(sentence.end, Math.max(from + MOST, start + 1));
  const words = oneLine(text.slice(from, to)).trim();
  return `${from > sentence.start ? '…' : ''}${words}${to < sentence.end ? '…' : ''}`;
}
