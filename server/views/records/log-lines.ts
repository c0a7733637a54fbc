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
  #next: number;
  /** The next line breaks. */
  #newline = -1;
  #return = -1;

  /** @param first start of the first line; `to` end of the last one */
  constructor(
    readonly text: string,
    first = 0,
    readonly to = text.length,
  ) {
    this.#next = first;
  }

  /** Advances to the next non-blank line. @returns false: there is none */
  advance(): boolean {
    const { text, to } = this;
    while (this.#next < to) {
      this.start = this.#next;
      if (this.#newline < this.start) this.#newline = placeOf('\n', text, this.start);
      if (this.#return < this.start) this.#return = placeOf('\r', text, this.start);
      this.end = Math.min(to, this.#newline, this.#return);
      this.#next = this.end + 1;
      this.from = this.start;
      while (this.from < this.end && isBlank(text.charCodeAt(this.from))) this.from++;
      while (this.end > this.from && isBlank(text.charCodeAt(this.end - 1))) this.end--;
      if (this.end > this.from) return true;
    }
    return false;
  }
}

/** The next place of a unit; the end of the text: it has none. */
function placeOf(unit: string, text: string, from: number): number {
  const at = text.indexOf(unit, from);
  return at < 0 ? text.length : at;
}

/** Space, tab, byte order mark. */
export const isBlank = (unit: number): boolean => unit === 32 || unit === 9 || unit === 0xfeff;
