/** Lines of a log and their visible text, without terminal escape sequences. */
import type { ViewBuilder } from '../base/view-builder.js';

/** Colours and cursor movements, titles of windows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are searched for
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\^_=>c78])/g;

/** Copies a range without the escape sequences in it. */
export function copySeen(builder: ViewBuilder, start: number, end: number, hasEscapes: boolean): void {
  if (!hasEscapes) {
    builder.copy(start, end);
    return;
  }
  let at = start;
  for (const match of builder.file.slice(start, end).matchAll(ESCAPES)) {
    builder.copy(at, start + match.index);
    at = start + match.index + match[0].length;
  }
  builder.copy(at, end);
}

/** The visible text. */
export const withoutEscapes = (text: string): string => (text.includes('\x1b') ? text.replace(ESCAPES, '') : text);

/** Iterates over the lines of a text; a lone `\r` (progress) ends one, too. */
export class LineCursor {
  start = 0;
  /** Start of its text, after the indentation. */
  from = 0;
  /** Without the space at its end. */
  end = 0;
  #next = 0;
  readonly #breaks = /[\r\n]+/g;

  constructor(readonly text: string) {}

  /** Advances to the next non-blank line. @returns false: there is none */
  advance(): boolean {
    const { text } = this;
    while (this.#next < text.length) {
      this.start = this.#next;
      this.#breaks.lastIndex = this.start;
      const match = this.#breaks.exec(text);
      this.end = match?.index ?? text.length;
      this.#next = match ? this.#breaks.lastIndex : text.length;
      this.from = this.start;
      while (this.from < this.end && isBlank(text.charCodeAt(this.from))) this.from++;
      while (this.end > this.from && isBlank(text.charCodeAt(this.end - 1))) this.end--;
      if (this.end > this.from) return true;
    }
    return false;
  }
}

/** Space, tab, byte order mark. */
export const isBlank = (unit: number): boolean => unit === 32 || unit === 9 || unit === 0xfeff;
