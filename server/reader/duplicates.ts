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
 */
export function mergeSameWords(answers: readonly Answer[]): Answer[] {
  const byWords = new Map<string, Answer[]>();
  for (const answer of answers) {
    const words = sameWords(answer.prose ?? answer.text);
    const same = byWords.get(words);
    if (same) same.push(answer);
    else byWords.set(words, [answer]);
  }
  const merged = Array.from(byWords.values(), ([best, ...also]) =>
    also.length === 0
      ? best
      : { ...best, probability: also.reduce((sum, { probability }) => sum + probability, best.probability), also },
  );
  return merged.sort((a, b) => b.probability - a.probability);
}
