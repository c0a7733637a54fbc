/**
 * Where a document repeats the question: in a list of questions, an issue, a test. All its words stand there, and yet
 * none of them is the answer, nor does what stands beside it answer it for that.
 */
import { stemOf, WORD, wordsOf } from '../text/stems.js';
import type { WordIndex } from './word-index.js';

/** A shorter question may well stand in a sentence that answers it. */
const FEWEST_WORDS = 4;
/** The model reads no more of a question. */
const MOST_WORDS = 64;
/** Share of the question's words that stand in its order, one beside the other. */
const SHARE = 0.8;
const LONGEST_WORD = 1000;
/** The word at the beginning of a text. */
const WORD_HERE = new RegExp(`^(?:${WORD.source})`, 'u');
/** What an answer would have in their place: it must be there, too. Of other questions the first word. */
const ASKING = new Set(['who', 'whom', 'whose', 'what', 'which', 'when', 'where', 'why', 'how'].map(stemOf));

/** Stretches of the text from the first word of a repetition to its last: start and end of each alternately, ascending. */
export function repetitionsOf({ text, words }: WordIndex, question: string): number[] {
  const stems = wordsOf(question).slice(0, MOST_WORDS).map(stemOf);
  if (stems.length < FEWEST_WORDS) return [];
  const asking = Math.max(
    0,
    stems.findIndex((stem) => ASKING.has(stem)),
  );
  const { starts, stems: all } = words;
  const stretches: number[] = [];
  for (let at = all.indexOf(stems[asking]); at >= 0; at = all.indexOf(stems[asking], at + 1)) {
    const first = at - asking;
    const same = stems.reduce((sum, stem, i) => sum + Number(stem === all[first + i]), 0);
    if (same < SHARE * stems.length) continue;
    const start = starts[Math.max(0, first)];
    const last = starts[Math.min(starts.length, first + stems.length) - 1];
    const end = last + (WORD_HERE.exec(text.slice(last, last + LONGEST_WORD))?.[0].length ?? 1);
    // Nearly the same a word further on: one.
    if (stretches.length > 0 && start < stretches[stretches.length - 1]) stretches[stretches.length - 1] = end;
    else stretches.push(start, end);
  }
  return stretches;
}
