/**
 * Typing errors in a question: a word that is neither in the document nor in the model's vocabulary is compared with
 * the words of both. If only one correction is possible, it is used; if several are, they help to find the place.
 *
 * Nothing tells which words of a question in another language are right: such a question is unchanged, and similar
 * words of the document only help to find the place.
 *
 * Time is linear in the document's different words; numbers, identifiers and quoted words are unchanged.
 */
import { append, smallest } from '../text/arrays.js';
import { isNotEnglish } from '../text/language.js';
import { COMMON_WORDS, stemOf, WORD, wordOf, wordsOf } from '../text/stems.js';
import type { PieceVocabulary } from '../tokenizer/text-tokenizer.js';
import type { WordIndex } from './word-index.js';

export interface Spelling {
  /** The question with its corrections; as asked if there are none. */
  question: string;
  /** Words of the document that may have been meant if it is not clear. */
  perhaps: string[];
}

/** Limits: words of a question, and different words of a document. */
const MOST_UNKNOWN = 16;
const MOST_FORMS = 200_000;
const LONGEST = 32;
/** Ids of a vocabulary in the order of frequency: later words are rare enough to be typing errors of "when". */
const RARE = 10_000;
const ASKING: ReadonlySet<string> = new Set(['who', 'whom', 'whose', 'what', 'which', 'when', 'where', 'why', 'how']);
const MOST_PERHAPS = 3;
const NONE: ReadonlySet<string> = new Set();

/** Costs of changes: an omitted letter is the most common error after two transposed ones. */
const SWAPPED = 0.8;
const LEFT_OUT = 0.9;
const DOUBLED = 0.9;
const OTHER = 1.1;
const TOO_MANY = 1.2;
/** Added if the first letter differs, and for a rare word. */
const FIRST_LETTER = 0.5;
const RARE_WORD = 0.3;
/** Endings that a known word may have without being a typing error. */
const ENDING =
  /(?:e?s|e?d|e?rs?|ors?|ings?|ions?|ly|al(?:ly)?|y|ies|ied|e?n|ments?|ness|[ai]ble|ive|ous|ful|less|i[sz]e[sd]?|ists?|ism|ity)$/;
/** Less for "which" and the like where the question begins. */
const BEGINS = 0.3;
/** A correction is clear if the next one costs at least this much more. */
const CLEAR = 0.25;

/** Maximum number of changes by word length: one for four letters, two from eight on. */
const costLimit = (length: number): number => (length < 4 ? 1 : length < 8 ? 1.6 : 2.2);

/** The whole words of a model's vocabulary, read when the first word is looked up: few questions need it. */
export class Dictionary {
  readonly #vocabulary: Pick<PieceVocabulary, 'size' | 'wordOf'>;
  /** By length: words with their ids. */
  readonly #byLength = new Map<number, { word: string; id: number }[]>();
  readonly #ids = new Map<string, number>();

  constructor(vocabulary: Pick<PieceVocabulary, 'size' | 'wordOf'>) {
    this.#vocabulary = vocabulary;
  }

  #read(): void {
    const vocabulary = this.#vocabulary;
    for (let id = 0; id < vocabulary.size; id++) {
      const word = vocabulary.wordOf(id)?.toLowerCase() ?? '';
      if (word.length < 2 || word.length > LONGEST || !/^\p{L}+$/u.test(word) || this.#ids.has(word)) continue;
      this.#ids.set(word, id);
      const same = this.#byLength.get(word.length);
      if (same) same.push({ word, id });
      else this.#byLength.set(word.length, [{ word, id }]);
    }
  }

  idOf(word: string): number | undefined {
    if (this.#ids.size === 0) this.#read();
    return this.#ids.get(word);
  }

  /** Words whose length differs by two at most. */
  *about(length: number): Generator<{ word: string; id: number }> {
    for (let l = length - 2; l <= length + 2; l++) yield* this.#byLength.get(l) ?? [];
  }
}

const formsOf = new WeakMap<WordIndex, Map<number, string[]>>();

/** The different words of a document by their length. */
function forms(index: WordIndex): Map<number, string[]> {
  let byLength = formsOf.get(index);
  if (byLength) return byLength;
  byLength = new Map();
  const seen = new Set<string>();
  for (const [match] of index.text.matchAll(WORD)) {
    if (match.length < 3 || match.length > LONGEST) continue;
    const word = wordOf(match);
    if (seen.has(word) || !/^[\p{L}\p{M}]+$/u.test(word)) continue;
    seen.add(word);
    const same = byLength.get(word.length);
    if (same) same.push(word);
    else byLength.set(word.length, [word]);
    if (seen.size === MOST_FORMS) break;
  }
  formsOf.set(index, byLength);
  return byLength;
}

export interface SpellingOptions {
  /** Names are left unchanged, and the document's words alone do not correct: another document may have the word. */
  onlyKnownWords?: boolean | undefined;
}

/** @param index of the document; undefined: no document, only the dictionary is used */
export function spellingOf(
  question: string,
  index: WordIndex | undefined,
  dictionary: Dictionary,
  { onlyKnownWords = false }: SpellingOptions = {},
): Spelling {
  const perhaps: string[] = [];
  let corrected = '';
  let from = 0;
  let unknown = 0;
  const isForeign = isNotEnglish(wordsOf(question), COMMON_WORDS);
  for (const match of question.matchAll(WORD)) {
    const word = wordOf(match[0]);
    if (unknown === MOST_UNKNOWN || !isPlainWord(question, match) || index?.has(stemOf(word))) continue;
    if (COMMON_WORDS.has(word)) continue;
    const id = dictionary.idOf(word);
    if (id !== undefined && id < RARE) continue;
    const isName = /^\p{Lu}/u.test(match[0]) && question.slice(0, match.index).trim() !== '';
    if (isName && (onlyKnownWords || word.length < 5)) continue;
    unknown++;
    // A rare word of the vocabulary can only be a misspelling of the first word of a question.
    const begins = question.slice(0, match.index).trim() === '';
    if (id !== undefined && !begins) continue;
    const sources = {
      common: isForeign ? NONE : id === undefined ? COMMON_WORDS : ASKING,
      index: id === undefined && !onlyKnownWords ? index : undefined,
      dictionary: id === undefined && !isName && !isForeign ? dictionary : undefined,
    };
    const found = candidatesOf(word, sources, index, isName, begins);
    const [best, next] = found;
    if (!best) continue;
    if (isForeign || (next && next.cost - best.cost < CLEAR)) {
      append(
        perhaps,
        found
          .filter(({ cost }) => cost - best.cost < CLEAR)
          .map((one) => one.word)
          .slice(0, MOST_PERHAPS),
      );
      continue;
    }
    corrected += question.slice(from, match.index) + inCase(best.word, match[0]);
    from = match.index + match[0].length;
  }
  return { question: corrected + question.slice(from), perhaps };
}

/** Only letters, not next to characters of identifiers, addresses and quotations. */
function isPlainWord(question: string, { 0: word, index }: RegExpExecArray): boolean {
  if (word.length < 3 || word.length > LONGEST || !/^\p{L}\p{Ll}+$/u.test(word)) return false;
  const before = question[index - 1] ?? ' ';
  const after = question.slice(index + word.length, index + word.length + 2);
  return !/[\w$@/\\#.:`"“'’=<>*+-]/.test(before) && !/^(?:[$@/\\#`"”'’=<>*+_(-]|[.:]\S)/.test(after);
}

/** Words that may have been meant, the likeliest first, only the first of each stem. */
function candidatesOf(
  word: string,
  {
    common,
    index,
    dictionary,
  }: { common: ReadonlySet<string>; index?: WordIndex | undefined; dictionary?: Dictionary | undefined },
  here: WordIndex | undefined,
  isName: boolean,
  begins: boolean,
): { word: string; cost: number }[] {
  const limit = isName ? 1 : costLimit(word.length);
  const byStem = new Map<number, { word: string; cost: number }>();
  const consider = (candidate: string, more: number) => {
    const cost = distance(word, candidate, limit);
    if (cost > limit || isInflection(word, candidate)) return;
    const other = candidate[0] === word[0] ? 0 : FIRST_LETTER;
    if (isName && other > 0) return;
    const stem = stemOf(candidate);
    const known = byStem.get(stem);
    const total = cost + more + other;
    if (!known || total < known.cost) byStem.set(stem, { word: candidate, cost: total });
  };
  for (const candidate of common) consider(candidate, begins && ASKING.has(candidate) ? -BEGINS : 0);
  if (index) {
    const byLength = forms(index);
    for (let l = word.length - 2; l <= word.length + 2; l++)
      for (const form of byLength.get(l) ?? []) consider(form, 0);
  }
  if (dictionary) {
    for (const { word: candidate, id } of dictionary.about(word.length)) {
      // A word missing from the document can still be correct: a dictionary does not have every word.
      if (candidate.length < 3 || (here && !here.has(stemOf(candidate)))) continue;
      consider(candidate, id >= RARE ? RARE_WORD : 0);
    }
  }
  return [...byStem.values()].sort((a, b) => a.cost - b.cost);
}

/** Whether two words differ only by their ending: "violator" is not a misspelling of "violation". */
function isInflection(word: string, candidate: string): boolean {
  const ending = ENDING.exec(word);
  // A doubled last letter is not an ending.
  if (ending?.[0].length === 1 && ending[0] === word.at(-2)) return false;
  return ending !== null && ending.index >= 3 && candidate.startsWith(word.slice(0, ending.index));
}

/**
 * Cost of having typed `typed` for `meant` (optimal string alignment with costs of typing errors); any number above
 * `limit` if it exceeds that.
 */
export function distance(typed: string, meant: string, limit: number): number {
  const rows = typed.length;
  const columns = meant.length;
  if (Math.abs(rows - columns) > 2) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: columns + 1 }, (_, j) => j * LEFT_OUT);
  for (let i = 1; i <= rows; i++) {
    const row = [i * TOO_MANY];
    let least = row[0];
    for (let j = 1; j <= columns; j++) {
      const same = typed[i - 1] === meant[j - 1];
      const extra = i > 1 && typed[i - 1] === typed[i - 2] ? DOUBLED : TOO_MANY;
      let cost = Math.min(last[j - 1] + (same ? 0 : OTHER), last[j] + extra, row[j - 1] + LEFT_OUT);
      if (i > 1 && j > 1 && typed[i - 1] === meant[j - 2] && typed[i - 2] === meant[j - 1] && !same) {
        cost = Math.min(cost, before[j - 2] + SWAPPED);
      }
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit && smallest(last) > limit) return Number.POSITIVE_INFINITY;
    before = last;
    last = row;
  }
  return last[columns];
}

const inCase = (word: string, as: string): string =>
  /^\p{Lu}/u.test(as) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
