/** A value from a file, as messages show it; undefined: none. Values nested too deeply for JSON are only named. */
export function excerpt(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? '[...]' : '{...}';
  }
}
