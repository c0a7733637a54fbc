/** The list below the question box: the last questions of the history. Pure functions. */
import type { Asked } from './entries.js';

/** The last questions, newest first, without duplicates, about any document. @param limit how many at most */
export function lastQuestions(entries: readonly Asked[], limit: number): string[] {
  return [...new Set(entries.map(({ question }) => question))].slice(0, Math.max(0, limit));
}

/** Those that contain every typed word, in the order of the list. */
export function matching(list: readonly string[], typed: string): string[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((question) => {
    const text = question.toLowerCase();
    return words.every((word) => text.includes(word)) && question !== typed.trim();
  });
}
