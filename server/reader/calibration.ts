/**
 * What makes scores comparable, and the numbers tuned by measurement: change them only with figures from the
 * document set.
 *
 * Logits of different windows have no common zero: in a window full of names every span scores higher. BERT's own null
 * score (start + end logit at [CLS]) is computed from the same window and rises and falls with it, so their
 * difference can be compared between windows, documents and lengths.
 */

import type { Answer, Grade } from '../protocol.js';
import { largest } from '../text/arrays.js';

/**
 * Penalty in logit units of a span in a code block compared with one in prose of the same document. An example shows
 * what the prose says, but is rarely the answer itself; a document of only code has no handicap.
 */
export const CODE_HANDICAP: number = 2;

/**
 * Penalty in logit units of the key before a value: it repeats the question's word ("which version") and looks like an
 * answer, but only names one. On the development half 3 and 5 units give the same F1.
 */
export const KEY_HANDICAP: number = 3;

/**
 * Maximum number of pieces of the heading path put before a window below those headings. Each one reduces the
 * window's own text by a piece; 0: no headings.
 */
export const HEADING_PIECES: number = 24;

/**
 * Bonus in logit units if all words of the question are right next to a span of a document, and the maximum distance
 * (UTF-16 units) at which a word counts. On the development half of test/documents F1 of the best answer
 * hardly differs between 6 and 12 units (74.6 to 75.8), 300 and 800 characters (74.9 to 76.0). A passage that is not a
 * document is read without it.
 */
export const RELEVANCE_WEIGHT: number = 10;
export const RELEVANCE_REACH: number = 600;

/**
 * Logit units by which the model's threshold for "no answer" is raised for documents. The model's own is set on
 * single passages of an encyclopedia, half of whose questions have no answer. Chosen on the development half of
 * test/documents (embedded model, -3.2): F1 over all questions is highest with 1 to 2.7, and half a point lower with
 * 0.7 or 3.
 */
export const DOCUMENT_LENIENCY: number = 2;

/**
 * Bonus in logit units of a span with the form that the question names: a mail address if one is asked for, the time
 * after "until" if the end is. In small documents (test/unit/reader/edges.test.ts has some of their kind) the model
 * finds such an address but prefers "no answer" by 3 to 5 units. No first answer of the development half of
 * test/documents depends on it.
 */
export const FORM_BONUS: number = 4;

/**
 * Penalty in logit units of a span that cannot have the form that the question asks for: no number or another word for
 * an amount for "how many", no digit for a telephone number. The name of the limit ("maximum number") stands next to
 * the words of the question and is not the answer: two first answers of the development half of test/documents are
 * wrong without it, by 3.9 and 4.1 units. Three questions without an answer get one that exceeds the threshold by
 * 0.8 to 5.8 units.
 */
export const LACKING_HANDICAP: number = 8;

/**
 * Bonus in logit units of a span in a field that the question asks for, if all its words are in that record, and
 * penalty in a field that it does not ask for. Chosen on 71 questions about ten logs (test/records), on which the view
 * was tuned as well: F1 of the best answer, of all questions, is 91.0 with 14 and 6 and 92.4 with 18 and 6. In an
 * earlier version, in which the words of the record did not count, it was 62.3 without both and 82.0 with 9 and 4. The
 * best wrong answer to a question without one has a margin of -8.8.
 */
export const FIELD_WEIGHT: number = 18;
export const FIELD_HANDICAP: number = 6;

/**
 * A span's score minus the null score of its own window, in logit units. Above 0: an answer is more likely than none.
 */
export const marginOf = (spanScore: number, windowNull: number): number => spanScore - windowNull;

/**
 * Divisor of a document's margins before they become probabilities. Chosen on the development half of
 * test/documents: with it the probability of the best answer is closest to how often it is right
 * (models/default/README.md).
 */
export const TEMPERATURE: number = 2.5;

/**
 * The softmax over values (scores or margins) and that of "no answer": returns the probability of any of them.
 * @param none -Infinity: there is always an answer
 */
export function likelihood(values: readonly number[], none: number, temperature = 1): (value: number) => number {
  const top = Math.max(none, largest(values));
  const weight = (value: number) => Math.exp((value - top) / temperature);
  const sum = values.reduce((total, value) => total + weight(value), weight(none));
  return (value) => weight(value) / sum;
}

/**
 * From which probability an answer is sure, and from which it is more than a guess. By the table of reliability in
 * models/default/README.md: from 0.8 on, 91 % (development half) and 94 % (test half) of the best answers are right;
 * from 0.2 to 0.8, 58 % and 47 %; below 0.2, 0 % and 4 %. Set again with a new model.
 */
export const grades: { readonly sure: number; readonly unsure: number } = { sure: 0.8, unsure: 0.2 };

/** @param none "no answer" was preferred: whatever is shown is a guess */
export function gradeOf(probability: number, none: boolean): Grade {
  if (none || probability < grades.unsure) return 'guess';
  return probability < grades.sure ? 'unsure' : 'sure';
}

/** Answers and their other places with the grades that follow from the decision. */
export const graded = <A extends Answer>(answers: readonly A[], none: boolean): A[] =>
  answers.map((answer) => ({
    ...answer,
    grade: gradeOf(answer.probability, none),
    ...(answer.also ? { also: graded(answer.also, none) } : {}),
  }));

/**
 * How many windows of ranked passages from many documents are read without a better answer before reading stops: after
 * an answer that passes its threshold, and while there is none. Measured with 28 questions
 * of the development half over 2,000 files, 250 passages each: the passage with the answer was never beyond the 17th,
 * and from 10 windows on as many best answers were right as with all 250. Real questions share fewer words with their
 * document: hence ten times that, some seconds on a processor. With these two numbers 101 questions of the development
 * half over all its 15 documents have the same best answers as without stopping, after 35 % of the text.
 */
export const patience = { answered: 100, unanswered: 200 };
