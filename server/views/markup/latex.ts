/**
 * Reading view of LaTeX by TeX's lexical rules: control words, groups, mathematics, comments, environments. A parser
 * of the whole language (unified-latex) reads 0.1 MB a second and overflows its stack on nested groups.
 */

import { isSpace } from '../base/characters.js';
import { Flow, Outline } from '../base/flow.js';
import type { ReadingView } from '../base/reading-view.js';
import { LatexRows } from './latex-rows.js';
import { Scanner } from './latex-scan.js';
import {
  ACCENTS,
  ENVIRONMENT_ARGUMENTS,
  HIDDEN,
  HIDDEN_ARGUMENTS,
  MATH,
  SECTIONS,
  SYMBOLS,
  TABLES,
  VERBATIM,
} from './latex-tables.js';

const PLAIN = /[^\\%{}$~`'\-&\]\n]+/y;
const ACCENTED = /\s*(?:\{\s*)?(?:\\([ij])(?![A-Za-z])|([A-Za-z]))\s*(\})?/y;

/** Units in which `\verb` must end, on its line. */
const MAX_VERB = 1000;
/** Units of an environment's name with its braces. */
const MAX_ENVIRONMENT = 61;

interface Open {
  kind: 'group' | 'heading' | 'block' | 'note' | 'title' | 'term' | 'environment';
  /** Of environments, else ''. */
  name: string;
  level?: number;
  table?: LatexRows;
}

/** There may be as many as characters. */
const GROUP: Open = { kind: 'group', name: '' };

/** Never throws. */
export function latexView(text: string): ReadingView {
  return new Reader(text).read();
}

class Reader {
  readonly #flow: Flow;
  readonly #outline = new Outline();
  readonly #stack: Open[] = [];
  readonly #environments = new Map<string, number>();
  readonly #scan: Scanner;
  #path: readonly string[] = [];
  /** Before \begin{document} only titles are shown. */
  #preamble: boolean;

  constructor(readonly text: string) {
    this.#flow = new Flow(text);
    this.#scan = new Scanner(text);
    const document = text.indexOf('\\begin{document}');
    const start = text.indexOf('\\documentclass');
    this.#preamble = start >= 0 && start < document;
  }

  read(): ReadingView {
    for (let i = 0; i < this.text.length; ) i = this.#token(i);
    return this.#flow.build();
  }

  /** Reads the token at a place. @returns the end of what was read */
  #token(i: number): number {
    const { text } = this;
    const c = text[i];
    if (c === '%') return this.#scan.comment(i);
    if (c === '\\') return this.#command(i);
    if (this.#preamble) return i + 1;
    switch (c) {
      case '{':
        this.#stack.push(GROUP);
        return i + 1;
      case '}':
        this.#close();
        // Two arguments are not one word.
        if (text[i + 1] === '{') this.#flow.space();
        return i + 1;
      case '\n':
        return this.#lineEnd(i);
      case '~':
        return this.#decode(' ', i, i + 1);
      case '$': {
        const mark = text[i + 1] === '$' ? '$$' : '$';
        return this.#math(i, mark.length, mark);
      }
      case '`':
        return text[i + 1] === '`' ? this.#decode('“', i, i + 2) : this.#decode('‘', i, i + 1);
      case "'":
        if (text[i + 1] === "'") return this.#decode('”', i, i + 2);
        break;
      case '-':
        if (text.startsWith('---', i)) return this.#decode('—', i, i + 3);
        if (text[i + 1] === '-') return this.#decode('–', i, i + 2);
        break;
      case ']':
        if (this.#stack.at(-1)?.kind === 'term') {
          this.#stack.pop();
          this.#flow.prefix(': ');
          return i + 1;
        }
        break;
      case '&':
        if (this.#table) {
          this.#table.cell();
          return i + 1;
        }
        break;
      default:
        PLAIN.lastIndex = i;
        PLAIN.test(text);
        this.#flow.text(i, PLAIN.lastIndex);
        return PLAIN.lastIndex;
    }
    this.#flow.text(i, i + 1);
    return i + 1;
  }

  #decode(decoded: string, start: number, end: number): number {
    this.#flow.decode(decoded, start, end);
    return end;
  }

  #lineEnd(i: number): number {
    let lines = 0;
    while (i < this.text.length && isSpace(this.text.charCodeAt(i))) if (this.text[i++] === '\n') lines++;
    if (lines > 1) this.#paragraph();
    else this.#flow.space();
    return i;
  }

  #paragraph(): void {
    // Titles do not reach beyond a paragraph.
    while (this.#stack.at(-1)?.kind === 'heading') this.#close();
    if (!this.#inTable()) this.#flow.begin('paragraph', this.#path);
  }

  #command(i: number): number {
    const { text } = this;
    let end = this.#scan.word(i + 1);
    if (end === i + 1) return this.#preamble ? i + 2 : this.#sign(i);
    const name = text.slice(i + 1, end);
    const base = name.endsWith('*') ? name.slice(0, -1) : name;
    while (text[end] === ' ' || text[end] === '\t') end++;
    if (base === 'begin' || base === 'end') return this.#environment(base, end);
    const title = base === 'title' || base === 'subtitle' || base === 'author';
    if (this.#preamble && !title) return end;
    if (base === 'verb' || base === 'lstinline') return this.#verb(i, name, end);
    const level = title ? -1 : SECTIONS.get(base);
    if (level !== undefined) {
      end = this.#scan.option(end);
      if (text[end] !== '{') return end;
      const isAuthor = base === 'author';
      this.#flow.begin(isAuthor ? 'paragraph' : 'heading', title ? [] : this.#outline.above(level));
      this.#stack.push({ kind: title ? 'title' : 'heading', name: this.#preamble ? 'preamble' : '', level });
      this.#preamble = false;
      return end + 1;
    }
    const symbol = name === base ? SYMBOLS.get(base) : undefined;
    if (symbol !== undefined) {
      const word = i + 1 + base.length;
      this.#decode(symbol, i, text.startsWith('{}', word) ? word + 2 : word);
      return text.startsWith('{}', word) ? word + 2 : end;
    }
    if (ACCENTS.has(base)) return this.#accent(i, i + 1 + base.length, base);
    if (base === 'item') return this.#item(end);
    if (base === 'par') {
      this.#paragraph();
      return end;
    }
    if (base === 'footnote' || base === 'caption' || base === 'footnotetext' || base === 'thanks') {
      end = this.#scan.option(end);
      if (text[end] !== '{') return end;
      if (base === 'caption') this.#flow.begin('paragraph', this.#path);
      else this.#flow.space();
      this.#stack.push({ kind: base === 'caption' ? 'block' : 'note', name: '' });
      return end + 1;
    }
    if (base === 'url' || base === 'nolinkurl' || base === 'path') {
      const close = text[end] === '{' ? this.#scan.group(end) : -1;
      if (close < 0) return end;
      this.#flow.text(end + 1, close - 1);
      return close;
    }
    if (base === 'def' || base === 'let') return this.#scan.definition(end, base);
    if (base === 'bibitem') this.#flow.begin('listItem', this.#path);
    const table = this.#table;
    return this.#scan.arguments(
      end,
      HIDDEN_ARGUMENTS.get(base) ?? 0,
      base === 'multicolumn' ? (columns) => table?.span(Number(columns)) : undefined,
    );
  }

  /** A backslash and a sign. */
  #sign(i: number): number {
    const c = this.text[i + 1];
    if (c === undefined) return i + 1;
    if (c === '\\') {
      let end = this.text[i + 2] === '*' ? i + 3 : i + 2;
      end = this.#scan.option(end);
      if (this.#table) this.#table.row();
      else this.#flow.space();
      return end;
    }
    if (c === '(') return this.#math(i, 2, '\\)');
    if (c === '[') return this.#math(i, 2, '\\]');
    const symbol = SYMBOLS.get(c);
    if (symbol !== undefined) return this.#decode(symbol, i, i + 2);
    if (ACCENTS.has(c)) return this.#accent(i, i + 2, c);
    // \- \/ \! and the like are not shown.
    return /[\w\s]/.test(c) || c.charCodeAt(0) >= 0x80 ? i + 1 : i + 2;
  }

  #accent(i: number, end: number, accent: string): number {
    ACCENTED.lastIndex = end;
    const found = ACCENTED.exec(this.text);
    // A letter accent needs a space or brace before its base.
    if (!found || found[0].includes('{') !== (found[3] === '}')) return end;
    if (/[a-zA-Z]/.test(accent) && /^[A-Za-z]/.test(found[0])) return end;
    const close = found[3] ? end + found[0].length : end + found[0].trimEnd().length;
    return this.#decode(`${found[1] ?? found[2]}${ACCENTS.get(accent)}`.normalize('NFC'), i, close);
  }

  /** Mathematics is unchanged, with its delimiters. */
  #math(i: number, length: number, close: string): number {
    const found = this.#scan.mathEnd(close, i + length);
    // No end in this paragraph: only the sign.
    const end = found < 0 ? i + length - close.length : found;
    this.#flow.text(i, end + close.length);
    return end + close.length;
  }

  #verb(i: number, name: string, end: number): number {
    let start = i + 1 + name.length;
    if (name.startsWith('lstinline')) start = this.#scan.option(start);
    const sign = this.text[start];
    if (sign === undefined || isSpace(sign.charCodeAt(0))) return end;
    const near = this.text.slice(start + 1, start + 1 + MAX_VERB);
    const length = near.indexOf(sign === '{' ? '}' : sign);
    if (length < 0 || near.slice(0, length).includes('\n')) return end;
    const close = start + 1 + length;
    this.#flow.text(start + 1, close);
    return close + 1;
  }

  #item(end: number): number {
    this.#flow.begin('listItem', this.#path);
    if (this.text[end] !== '[') return end;
    if (this.#scan.option(end) === end) return end;
    this.#stack.push({ kind: 'term', name: '' });
    return end + 1;
  }

  #environment(command: string, end: number): number {
    const { text } = this;
    const length = text[end] === '{' ? text.slice(end, end + MAX_ENVIRONMENT).indexOf('}') : -1;
    if (length < 0) return end;
    const close = end + length;
    const name = text.slice(end + 1, close).trim();
    if (this.#preamble) {
      if (command === 'begin' && name === 'document') this.#preamble = false;
      return close + 1;
    }
    const open = this.#stack.at(-1);
    if (command === 'end' && open?.kind === 'environment' && open.name === name) open.table?.end();
    this.#flow.begin('paragraph', this.#path);
    if (command === 'end') {
      if (name === 'document') return text.length;
      this.#leave(name);
      return close + 1;
    }
    const verbatim = VERBATIM.has(name);
    if (verbatim || MATH.has(name) || HIDDEN.has(name)) {
      const stop = this.#scan.find(`\\end{${name}}`, close + 1);
      if (stop >= 0) {
        const start = verbatim ? this.#scan.arguments(close + 1, name === 'minted' ? 1 : 0) : close + 1;
        if (!HIDDEN.has(name)) this.#code(Math.min(start, stop), stop);
        this.#flow.begin('paragraph', this.#path);
        return stop + `\\end{${name}}`.length;
      }
    }
    const start = this.#scan.arguments(close + 1, ENVIRONMENT_ARGUMENTS.get(name) ?? 0);
    const begun: Open = { kind: 'environment', name };
    this.#environments.set(name, (this.#environments.get(name) ?? 0) + 1);
    this.#stack.push(begun);
    if (TABLES.has(name)) {
      begun.table = new LatexRows(this.#flow, this.#path);
    }
    return start;
  }

  #code(start: number, end: number): void {
    while (start < end && isSpace(this.text.charCodeAt(start))) start++;
    while (end > start && isSpace(this.text.charCodeAt(end - 1))) end--;
    this.#flow.begin('code', this.#path).verbatim(start, end);
  }

  /** Ends an environment and everything open in it. */
  #leave(name: string): void {
    if (!this.#environments.get(name)) return;
    for (let open = this.#stack.pop(); open; open = this.#stack.pop()) {
      if (open.kind !== 'environment') continue;
      open.table?.end();
      this.#environments.set(open.name, this.#environments.get(open.name)! - 1);
      if (open.name === name) break;
    }
    this.#flow.begin(this.#inTable() ? 'tableRow' : 'paragraph', this.#path);
  }

  /** A closing brace; one without its opening brace is ignored. */
  #close(): void {
    const open = this.#stack.at(-1);
    if (!open || open.kind === 'environment' || open.kind === 'term') return;
    this.#stack.pop();
    if (open.kind === 'note') this.#flow.space();
    if (open.kind === 'heading') this.#path = this.#outline.enter(open.level!, this.#flow.heard);
    if (open.kind === 'heading' || open.kind === 'block' || open.kind === 'title') {
      this.#flow.begin('paragraph', this.#path);
    }
    if (open.name === 'preamble') this.#preamble = true;
  }

  /** The table whose cells are directly here. */
  get #table(): LatexRows | undefined {
    return this.#stack.at(-1)?.table;
  }

  #inTable(): boolean {
    for (let k = this.#stack.length - 1; k >= Math.max(0, this.#stack.length - 20); k--) {
      if (this.#stack[k].table) return true;
    }
    return false;
  }
}
