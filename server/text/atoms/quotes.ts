/** Short quoted names: `the job "nightly (arm64)"`. The marks themselves are no part of them. */
import type { Atom, Finder } from './atom.js';

const MOST_UNITS = 60;
const PAIRS = [
  ['"', '"'],
  ['“', '”'],
  ['„', '[“”]'],
  ['«', '»'],
  ['»', '«'],
  ['`', '`'],
];
/** A mark that opens stands at the beginning of a word, one that closes at the end of one. */
const quoted = PAIRS.map(
  ([open, close]) =>
    new RegExp(
      `(?<![\\p{L}\\p{N}${open}])${open}(?=[^\\s${open}])([^"“”„«»\`\\r\\n]{1,${MOST_UNITS}})(?<=\\S)${close}(?![\\p{L}\\p{N}])`,
      'gu',
    ),
);
/** More is speech, of which a part may well be the answer. */
const SPEECH = /[.!?;:,]\s|\s\S+\s\S+\s\S+\s/u;

export const quotes: Finder = (text) => {
  const found: Atom[] = [];
  for (const each of quoted) {
    for (const { index, 1: content } of text.matchAll(each)) {
      if (!SPEECH.test(content)) found.push({ start: index + 1, end: index + 1 + content.length });
    }
  }
  return found;
};
