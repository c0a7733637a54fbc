/**
 * How long a test waits for what must come: far longer than any machine needs, so that only what hangs ends there. A wait
 * is for a condition, never for a time in which something surely happens.
 */
export const END_MS = 10 * 60_000;
