/** Words as they are compared: by the hash of their stem, so that "licences" is found by "licence". */
import { stemmer } from 'stemmer';

/** Letters and digits, with their marks, in a row; a Chinese or Japanese character alone. */
export const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{M}\p{N}]+/gu;
/** Longer ones are encoded data. */
const MAX_WORD_UNITS = 64;
/** Stems of words that were met, until there are so many: a word is stemmed once, not at each place. */
const MAX_KNOWN = 100_000;
const known = new Map<string, number>();

/** A match of {@link WORD} in the form in which words are compared. */
export const wordOf = (match: string): string => match.slice(0, MAX_WORD_UNITS).toLowerCase();

/** The words of a text, in lower case. */
export const wordsOf = (text: string): string[] => Array.from(text.matchAll(WORD), ([word]) => wordOf(word));

/** Of a word in lower case. */
export function stemOf(word: string): number {
  let stem = known.get(word);
  if (stem === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    stem = hash(stemmer(word));
    known.set(word, stem);
  }
  return stem;
}

/** Words that any text has: what a question asks with, not what it asks about. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  wordsOf(
    `a an and any are as at be been but by can could did do does for from had has have how i if in into is it its many
    me much my no not of on or our shall should so than that the their them then there these they this those to was
    we were what when where which who whom whose why will with would you your`,
  ),
);
const COMMON = new Set([...COMMON_WORDS].map(stemOf));

/** True for marks and common words alone ("in the"); "no" says something. */
export const saysNothing = (text: string): boolean =>
  !/\p{S}/u.test(text) && wordsOf(text).every((word) => word !== 'no' && COMMON.has(stemOf(word)));

/** The different stems that a question is about; of one that has only common words, all of them. */
export function stemsOfQuestion(question: string): number[] {
  const stems = wordsOf(question).map(stemOf);
  const telling = stems.filter((stem) => !COMMON.has(stem));
  return [...new Set(telling.length > 0 ? telling : stems)];
}

/** FNV-1a. Two of a million stems have the same one with any given word of a question once in 4,000 questions. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
