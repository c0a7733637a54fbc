/** A value out of a file, as messages show it; undefined: there is none. What is nested too deep for JSON is only named. */
export function excerpt(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? '[...]' : '{...}';
  }
}
