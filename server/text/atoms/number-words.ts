/** Numbers in words, English and German: `eighteen seventy-two`, `two hundred and five`; `30 (thirty)` in contracts. */
import { type Atom, BEFORE, type Finder, GAP, pattern } from './atom.js';

const SIMPLE = new Set(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
  nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million millions billion billions trillion
  a and point half und eine einer einem einen eines null komma eineinhalb anderthalb million millionen milliarde milliarden
  billion billionen`.split(/\s+/),
);
/** German writes a number below a million as one word. */
const GERMAN =
  /^(?:(?:und|ein|eins|zwei|zwo|drei|vier|fünf|sechs|sech|sieben|sieb|acht|neun|zehn|elf|zwölf|zwanzig|dreißig|dreissig|zig|hundert|tausend))+$/u;
const MOST_UNITS = 60;
/** Words that only join those of a number, and are none by themselves. */
const JOINS = new Set(['a', 'and', 'point', 'half', 'und', 'komma', 'ein', 'eine', 'einer', 'einem', 'einen', 'eines']);
const WORDS = pattern(`${BEFORE}\\p{L}+(?:-\\p{L}+)*(?:${GAP}\\p{L}+(?:-\\p{L}+)*)+`);
const WORD = /\p{L}+(?:-\p{L}+)*/gu;

/** @param word without spaces */
export function isNumberWord(word: string): boolean {
  if (word.length > MOST_UNITS) return false;
  const lower = word.toLowerCase();
  return lower.split('-').every((part) => SIMPLE.has(part) || GERMAN.test(part));
}

/** Two and more words that are one number: `eighteen seventy-two`, `two million three hundred thousand`. */
export const numberWords: Finder = (text) =>
  Array.from(text.matchAll(WORDS)).flatMap(({ 0: words, index }) => {
    const found: Atom[] = [];
    let run: Atom | undefined;
    let count = 0;
    for (const { 0: word, index: at } of words.matchAll(WORD)) {
      const place = { start: index + at, end: index + at + word.length };
      if (!isNumberWord(word)) {
        if (run && count > 1) found.push(run);
        run = undefined;
        count = 0;
      } else if (!JOINS.has(word.toLowerCase())) {
        run = { start: run?.start ?? place.start, end: place.end };
        count++;
      }
    }
    return run && count > 1 ? [...found, run] : found;
  });
