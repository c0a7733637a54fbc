/** Short quoted names: `the job "nightly (arm64)"`. The marks themselves are not part of them. */
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
/** An opening mark is at the beginning of a word, a closing one at the end. */
const quoted = PAIRS.map(
  ([open, close]) =>
    new RegExp(
      `(?<![\\p{L}\\p{N}${open}])${open}(?=[^\\s${open}])([^"“”„«»\`\\r\\n]{1,${MOST_UNITS}})(?<=\\S)${close}(?![\\p{L}\\p{N}])`,
      'gu',
    ),
);
/** Longer text is speech, of which a part may well be the answer. */
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
