/** Words are compared by the hash of their stem, so that "licences" is found by "licence". */
import { stemmer } from 'stemmer';
import { isNotEnglish, isOtherFunctionWord } from './language.js';

/** A run of letters and digits with their marks; a single Chinese or Japanese character. */
export const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{M}\p{N}]+/gu;
/** Longer ones are encoded data. */
const MAX_WORD_UNITS = 64;
/** Cache size for stems: a word is stemmed once, not at each place. */
const MAX_KNOWN = 100_000;
const known = new Map<string, number>();

/** A match of {@link WORD} in the form in which words are compared. */
export const wordOf = (match: string): string => match.slice(0, MAX_WORD_UNITS).toLowerCase();

/** The words of a text, in lower case. */
export const wordsOf = (text: string): string[] => Array.from(text.matchAll(WORD), ([word]) => wordOf(word));

/** Stem hash of a word in lower case. */
export function stemOf(word: string): number {
  let stem = known.get(word);
  if (stem === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    stem = hash(stemmer(word));
    known.set(word, stem);
  }
  return stem;
}

/** Words that occur in any text: not the topic of a question. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  wordsOf(
    `a an and any are as at be been but by can could did do does for from had has have how i if in into is it its many
    me much my no not of on or our shall should so than that the their them then there these they this those to was
    we were what when where which who whom whose why will with would you your`,
  ),
);
const COMMON = new Set([...COMMON_WORDS].map(stemOf));

/** True for only marks and common words ("in the"); "no" has a meaning. */
export const saysNothing = (text: string): boolean =>
  !/\p{S}/u.test(text) && wordsOf(text).every((word) => word !== 'no' && COMMON.has(stemOf(word)));

/** The distinct stems that a question is about, also in another language; all stems if it has only common words. */
export function stemsOfQuestion(question: string): number[] {
  const words = wordsOf(question);
  const isOther = isNotEnglish(words, COMMON_WORDS);
  const telling = words.filter((word) => !COMMON.has(stemOf(word)) && !(isOther && isOtherFunctionWord(word)));
  return [...new Set((telling.length > 0 ? telling : words).map(stemOf))];
}

/** FNV-1a. With a million stems, about one question word in 4,000 collides with another stem. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
