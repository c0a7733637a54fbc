/**
 * Where a document repeats the question: in a list of questions, an issue, a test. All its words are there, but neither
 * they nor, for that reason alone, the adjacent text are the answer.
 */
import { stemOf, WORD, wordsOf } from '../text/stems.js';
import type { WordIndex } from './word-index.js';

/** A shorter question may well occur in a sentence that answers it. */
const FEWEST_WORDS = 4;
/** The model reads only this much of a question. */
const MOST_WORDS = 64;
/** Fraction of the question's words that occur in order, next to each other. */
const SHARE = 0.8;
const LONGEST_WORD = 1000;
/** The word at the beginning of a text. */
const WORD_HERE = new RegExp(`^(?:${WORD.source})`, 'u');
/** The word that an answer would replace: it must occur, too. For other questions the first word. */
const ASKING = new Set(['who', 'whom', 'whose', 'what', 'which', 'when', 'where', 'why', 'how'].map(stemOf));

/**
 * Stretches of the text from the first word of a repetition to its last: start and end of each alternately, ascending.
 */
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
    // A near-identical match one word later counts as the same.
    if (stretches.length > 0 && start < stretches[stretches.length - 1]) stretches[stretches.length - 1] = end;
    else stretches.push(start, end);
  }
  return stretches;
}

/** Maximum length of the answer below a repeated question, in units. */
const LONGEST_ANSWER = 1500;
/** A prefix of a question on its line: a number, "Q:". */
const BEFORE_QUESTION = /^[\s#>*_-]*(?:(?:Q|Question|Frage|F)?\s*\(?\d{0,3}[.):]*\s*)?["“*_]*$/i;

/**
 * Where the answers of repeated questions are, as in a list of frequent questions: below a line that is the question,
 * or after it on its line. Start and end of each alternately, ascending. None if another question follows, as in a
 * plain list of questions, or if the question is part of something else, as in a test.
 * @param stretches of {@link repetitionsOf}
 */
export function answersBelow(text: string, stretches: readonly number[]): number[] {
  const answers: number[] = [];
  for (let i = 0; i < stretches.length; i += 2) {
    const [start, end] = [stretches[i], stretches[i + 1]];
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    if (start - lineStart > 40 || !BEFORE_QUESTION.test(text.slice(lineStart, start))) continue;
    const limit = Math.min(text.length, end + LONGEST_ANSWER, stretches[i + 2] ?? text.length);
    const rest = /^[ \t]*([?:.!]?)["”*_ \t]*/.exec(text.slice(end, Math.min(limit, end + 40)));
    const from = end + (rest?.[0].length ?? 0);
    // The line continues: part of a text, unless it is a question with a marker and its answer.
    const marked = rest?.[1] === '?' && /[\d:.)]\s*$/.test(text.slice(lineStart, start));
    if (!marked && from < text.length && !/[\r\n]/.test(text[from])) continue;
    const to = nextQuestion(text, from, limit);
    const begin = from + /^\s*/.exec(text.slice(from, to))![0].length;
    if (begin < to) answers.push(begin, to);
  }
  return answers;
}

/** The start of the first line after a place that ends with a question mark, at most `limit`. */
function nextQuestion(text: string, from: number, limit: number): number {
  for (let start = from; start < limit; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 || newline > limit ? limit : newline;
    if (/\?["”*_)]*\s*$/.test(text.slice(Math.max(start, end - 20), end))) return start;
    start = end + 1;
  }
  return limit;
}
