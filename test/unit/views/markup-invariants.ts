/** What tests of markup views share. */
import assert from 'node:assert/strict';
import type { ReadingView } from '../../../server/views/base/reading-view.js';

/** Every word is in the text, as often as it is listed. Words must not be parts of each other. */
export function checkWords(view: ReadingView, words: readonly string[]): void {
  const found = new Set(view.text.match(/[\p{L}\p{N}]+/gu) ?? []);
  for (const word of words) assert.ok(found.has(word), `${word} is lost: ${JSON.stringify(view.text)}`);
}
