/** The same words in several places of a document are one answer. */
import type { Answer } from '../protocol.js';

/** Normalises words that are equal for a reader: case, white space, an article and surrounding marks do not count. */
export const sameWords = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    // The sign of a number and the brackets of a negative one are part of it.
    .replace(/^(?![-−+(]\s*[\p{Sc}]?\d)[^\p{L}\p{N}]+/u, '')
    // From one that may stay: a run of others in the middle is passed once.
    .replace(/(?<![^\p{L}\p{N}%°+#\p{Sc}])[^\p{L}\p{N}%°+#\p{Sc}]+$/u, '')
    .replace(/\s+/gu, ' ')
    .replace(/^(?:the|an?) (?=.)/u, '') || text;

/**
 * One answer for the same words, at its best place: its probability is the sum of all, which determines the order, and
 * its other places are in `also`.
 * @param answers best first
 * @param isFurniture whether an answer stands in a head or foot of the page, which is on every page: it is shown where
 *   it stands first
 */
export function mergeSameWords(
  answers: readonly Answer[],
  isFurniture: (answer: Answer) => boolean = () => false,
): Answer[] {
  const byWords = new Map<string, Answer[]>();
  for (const answer of answers) {
    const words = sameWords(answer.prose ?? answer.text);
    const same = byWords.get(words);
    if (same) same.push(answer);
    else byWords.set(words, [answer]);
  }
  const merged = Array.from(byWords.values(), (same) => {
    const [best] = same;
    if (same.length === 1) return best;
    const shown = isFurniture(best)
      ? same.filter(isFurniture).reduce((first, each) => (each.start < first.start ? each : first))
      : best;
    const { score, margin } = best;
    const probability = same.reduce((sum, each) => sum + each.probability, 0);
    return { ...shown, score, margin, probability, also: same.filter((each) => each !== shown) };
  });
  return merged.sort((a, b) => b.probability - a.probability);
}
