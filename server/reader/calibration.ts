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
 * Pieces of a heading path at most that are given to the model before a window that begins below the headings. Each
 * costs the window a piece of its own text; 0: none are given.
 */
export const headingPieces: number = 24;

/**
 * Logit units by which the model's threshold for "no answer" is raised where a document is read. The model's own is set on
 * single passages of an encyclopedia, half of whose questions have no answer; that is too strict for a document that
 * somebody has open. Chosen on the development half of test/documents (embedded model, threshold 2.0): there the mean of
 * answered F1 and refused questions is highest (0.71, before 0.67); on the test half F1 over all questions rises from 56 to 67.
 */
export const documentLeniency: number = 2.7;

/**
 * Logit units for each e-fold of windows: the best of many windows is high by chance more often than that of one.
 * 0 until it is measured.
 */
export const windowsHandicap: number = 0;

/** A span's score less the null score of its own window, in logit units. Above 0: rather an answer than none. */
export const marginOf = (spanScore: number, windowNull: number): number => spanScore - windowNull;

/**
 * How much a document speaks for its best span, in logit units; comparable between documents of any length.
 * @param margin the largest margin of the document's answers
 * @param windows windows that were read for it
 */
export const evidenceOf = (margin: number, windows: number): number =>
  margin - windowsHandicap * Math.log(Math.max(1, windows));
