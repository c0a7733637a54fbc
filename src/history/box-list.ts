/** The last questions: newest first, each once, never more than wanted. Pure functions over a list. */

/** The list with `question` in front. */
export function remember(list: readonly string[], question: string, limit: number): string[] {
  const text = question.trim();
  if (!text) return list.slice(0, Math.max(0, limit));
  return [text, ...list.filter((other) => other !== text)].slice(0, Math.max(0, limit));
}

export function forget(list: readonly string[], question: string): string[] {
  return list.filter((other) => other !== question);
}

/** What was stored may be of an older version or damaged: only non-empty strings come through. */
export function restore(stored: unknown, limit: number): string[] {
  if (!Array.isArray(stored)) return [];
  const texts = stored.filter((entry): entry is string => typeof entry === 'string' && entry.trim() !== '');
  return [...new Set(texts)].slice(0, Math.max(0, limit));
}

/** Those that contain every word of what was typed, in the order of the list. */
export function matching(list: readonly string[], typed: string): string[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((question) => {
    const text = question.toLowerCase();
    return words.every((word) => text.includes(word)) && question !== typed.trim();
  });
}
