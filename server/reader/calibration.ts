/**
 * What makes scores comparable, and the numbers to be set by measuring: change them only with figures of the
 * document set.
 *
 * Logits of different windows have no common zero: a window full of names scores every span higher. BERT's own null
 * score (start + end logit at [CLS]) is computed from the same window and rises and falls with it, so their
 * difference can be compared between windows, documents and lengths.
 */

/**
 * Logit units by which a span in a code block falls behind one in prose of the same document. An example shows what
 * the prose says, but is seldom the answer itself; where a document is nothing but code there is no handicap.
 */
export const codeHandicap: number = 2;

/**
 * Logit units by which the key before a value falls behind: it repeats the question's word ("which version") and looks
 * like an answer, but is the name of one. On the development half 3 and 5 units give the same F1.
 */
export const keyHandicap: number = 3;

/**
 * Pieces of a heading path at most that are given to the model before a window that begins below the headings. Each
 * costs the window a piece of its own text; 0: none are given.
 */
export const headingPieces: number = 24;

/**
 * Logit units that the words of the question are worth when all of them stand right beside a span of a document, and how
 * far (UTF-16 units) one may stand to count at all. On the development half of test/documents F1 of the best answer
 * hardly differs between 6 and 12 units (74.6 to 75.8), 300 and 800 characters (74.9 to 76.0). A passage that is no document
 * is read without.
 */
export const relevanceWeight: number = 10;
export const relevanceReach: number = 600;

/**
 * Logit units by which the model's threshold for "no answer" is raised where a document is read. The model's own is set on
 * single passages of an encyclopedia, half of whose questions have no answer. Chosen on the development half of
 * test/documents (embedded model, -1.1): F1 over all questions is highest with 4, and 2 points lower with 2 or 3.2, 1 point
 * with 5.
 */
export const documentLeniency: number = 4;

/**
 * Logit units that a span gains whose form the question names: a mail address where one is asked for, the time behind "until"
 * where the end is. In small documents (test/unit/reader/edges.test.ts has some of their kind) the model finds such an address and takes it
 * for no answer by 3 to 5 units. No first answer of the development half of test/documents depends on it.
 */
export const formBonus: number = 4;

/**
 * Logit units that a span gains in a field of a record that the question asks for, where all its words are in that record, and
 * loses in a field that it does not ask for. On 71 questions about ten logs F1 of the best answer (of all questions) is 62.3
 * without both, 77.8 with 6 and 3, 82.0 with 9 and 4; where the words of the record count as well, 91.0 with 14 and 6, 92.4 with
 * 18 and 6. The best wrong answer to a question without one has a margin of -8.8.
 */
export const fieldWeight: number = 18;
export const fieldHandicap: number = 6;

/** A span's score less the null score of its own window, in logit units. Above 0: rather an answer than none. */
export const marginOf = (spanScore: number, windowNull: number): number => spanScore - windowNull;

/**
 * By this a document's margins are divided before they become probabilities. Chosen on the development half of
 * test/documents: there the probability of the best answer is then nearest to how often it is right (models/default/README.md).
 */
export const temperature: number = 2.5;

/**
 * The softmax over values (scores or margins) and that of "no answer": gives the probability of any of them.
 * @param none -Infinity: there is always an answer
 */
export function likelihood(values: readonly number[], none: number, temperature = 1): (value: number) => number {
  const top = Math.max(none, ...values);
  const weight = (value: number) => Math.exp((value - top) / temperature);
  const sum = values.reduce((total, value) => total + weight(value), weight(none));
  return (value) => weight(value) / sum;
}

/**
 * Windows of passages, in the order of their words, that are read of many documents without a better answer coming until
 * nothing better is expected: after an answer that passes its threshold, and as long as none does. Measured with 28 questions
 * of the development half over 2,000 files, 250 passages each: the passage with the answer was never beyond the 17th, and
 * from 10 windows on as many best answers were right as with all 250. Real questions have fewer of their document's words:
 * hence ten times that, some seconds of a processor. With these two numbers 101 questions of the development half over all
 * its 15 documents have the very best answers that they have without an end, after 35 % of the text.
 */
export const patience = { answered: 100, unanswered: 200 };
