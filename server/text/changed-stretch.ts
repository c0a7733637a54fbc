/** Which part of a text was changed, in whole words. */

/** Units compared at a time. */
const CHUNK = 16 * 1024;

/** Whether a place, which is neither the beginning nor the end of the text, is between two words. */
export type IsBoundary = (text: string, at: number) => boolean;

/**
 * The range of the new text outside of which both texts are equal, widened to places between two words. The text after
 * `to` in the new text follows `to` minus the growth in the old one.
 */
export function changedStretch(
  old: string,
  text: string,
  isBoundary: IsBoundary = afterSpace,
): { from: number; to: number } {
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
export function afterSpace(text: string, at: number): boolean {
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
