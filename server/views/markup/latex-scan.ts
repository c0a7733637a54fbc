/** Lookahead in LaTeX: comments, groups, options. Every search costs only the text it passes, or is remembered. */
import { isSpace } from '../base/characters.js';

/** Units in which an optional argument must end. */
const MAX_OPTION = 1000;
/** A command's name. */
const WORD = /[A-Za-z@]+\*?/y;

export class Scanner {
  readonly #found = new Map<string, { from: number; at: number }>();
  /** By its mark: no mathematics ends before this place. */
  readonly #noMath = new Map<string, number>();
  /** A group had no end: later arguments are only searched nearby. */
  #unbalanced = false;

  constructor(readonly text: string) {}

  /** The next position of a string; -1: none. */
  find(what: string, from: number): number {
    const found = this.#found.get(what);
    if (found && found.from <= from && (found.at < 0 || found.at >= from)) return found.at;
    const at = this.text.indexOf(what, from);
    this.#found.set(what, { from, at });
    return at;
  }

  /** The next mark that ends mathematics in this paragraph; -1: none. `\$` is not one, `\\$` is. */
  mathEnd(close: string, from: number): number {
    if (from < (this.#noMath.get(close) ?? 0)) return -1;
    const blank = this.find('\n\n', from - close.length);
    const limit = blank < 0 ? this.text.length : blank;
    const rest = this.text.slice(from, limit);
    let end = rest.indexOf(close);
    while (end >= 0 && close[0] === '$' && isEscaped(rest, end)) end = rest.indexOf(close, end + 1);
    if (end < 0) this.#noMath.set(close, limit);
    return end < 0 ? -1 : from + end;
  }

  /** The end of the command's name that begins at a place; the place itself: no letters there. */
  word(i: number): number {
    WORD.lastIndex = i;
    return WORD.test(this.text) ? WORD.lastIndex : i;
  }

  /** A comment includes the line end and the next line's indentation. */
  comment(i: number): number {
    const end = this.text.indexOf('\n', i);
    if (end < 0) return this.text.length;
    let next = end + 1;
    while (this.text[next] === ' ' || this.text[next] === '\t') next++;
    const blank = this.text[next] === '\n' || this.text[next] === '\r';
    return blank ? end : next;
  }

  /** \def\name#1{...}: it is not read. */
  definition(end: number, name: string): number {
    const { text } = this;
    let i = end;
    const limit = Math.min(text.length, end + 200);
    while (i < limit && text[i] !== '{' && text[i] !== '\n') i++;
    if (name === 'def' && text[i] === '{') return Math.max(this.group(i), i + 1);
    return name === 'let' ? i : end;
  }

  /** After options in brackets; `i` itself if there are none. */
  option(i: number): number {
    let end = i;
    for (let k = 0; k < 4 && this.text[end] === '['; k++) {
      let depth = 0;
      let at = end + 1;
      const limit = Math.min(this.text.length, end + MAX_OPTION);
      for (; at < limit; at++) {
        const c = this.text[at];
        if (c === '\\') at++;
        else if (c === '{') depth++;
        else if (c === '}' && depth-- === 0) return end;
        else if (c === ']' && depth === 0) break;
        else if (c === '\n' && this.text[at + 1] === '\n') return end;
      }
      if (at >= limit) return end;
      end = at + 1;
    }
    return end;
  }

  /** After the group that opens at a place; -1: it has no end. */
  group(open: number): number {
    const limit = this.#unbalanced ? Math.min(this.text.length, open + 200) : this.text.length;
    let depth = 0;
    for (let i = open; i < limit; i++) {
      const c = this.text[i];
      if (c === '\\') i++;
      else if (c === '{') depth++;
      else if (c === '}' && --depth === 0) return i + 1;
      else if (c === '%') {
        while (i < limit && this.text[i] !== '\n') i++;
      }
    }
    this.#unbalanced = true;
    return -1;
  }

  /** The end of the arguments given by `hidden`. @param seen receives the first argument */
  arguments(i: number, hidden: number, seen?: (first: string) => void): number {
    let end = this.option(i);
    for (let k = 0; k < hidden; k++) {
      let open = end;
      while (isSpace(this.text.charCodeAt(open))) open++;
      if (this.text[open] !== '{') {
        // \newcommand\name{...}
        if (k > 0 || this.text[open] !== '\\' || hidden < 2) break;
        end = this.option(Math.max(this.word(open + 1), open + 2));
        continue;
      }
      const close = this.group(open);
      if (close < 0) break;
      if (k === 0) seen?.(this.text.slice(open + 1, close - 1));
      end = this.option(close);
    }
    return end;
  }
}

/** Whether an odd number of backslashes is before a place. */
function isEscaped(text: string, at: number): boolean {
  let marks = 0;
  while (text[at - marks - 1] === '\\') marks++;
  return marks % 2 === 1;
}
