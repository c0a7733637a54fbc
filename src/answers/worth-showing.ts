/** Which of several answers are worth showing. Pure. */
import { likely } from '../../server/tools/likely.js';

export { likely };

/** Of the best one's probability: an answer of one document that is less likely is not highlighted beside it. */
export const ALTERNATIVE_SHARE = 0.1;

/** The answers of one document that are highlighted. @param answers best first @param least for the others */
export const worthHighlighting = <T extends { probability: number }>(answers: readonly T[], least: number): T[] =>
  likely(answers, Math.max(least, ALTERNATIVE_SHARE * (answers[0]?.probability ?? 0)));
