/**
 * Reading view of AsciiDoc. Its parsers for Node.js report lines of blocks but no positions within them, so this reads
 * the block structure line by line, as far as a reader's view needs it.
 */

import { isSpace } from '../base/characters.js';
import { Flow, type Line, linesOf, Outline } from '../base/flow.js';
import type { ReadingView } from '../base/reading-view.js';
import { TableRows } from '../base/table-rows.js';
import { asciidocInline } from './asciidoc-inline.js';

const HEADING = /^(={1,6}|#{1,6})\s+/;
const ATTRIBUTE = /^:!?[\w][\w-]{0,80}!?:(?:\s|$)/;
const LIST = /^(?:\*{1,5}|-|\.{1,5}|\d{1,9}\.|[A-Za-z]\.|<(?:\d{1,3}|\.)>)\s+/;
const CHECKBOX = /^\[[ x*]\]\s+/;
const ADMONITION = /^(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):\s+/;
const BLOCK_MACRO = /^(image|include|video|audio|toc|ifdef|ifndef|ifeval|endif)::([^\s[]{0,2000})\[/;
const TERM = /(?:::{1,3}|;;)$/;
const DELIMITER = /^(?:-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|\/{4,}|`{3,}[\w-]*|--)$/;
const CELL_STYLE = /(?:^|\s)(?:\d{0,4}(?:\.\d{1,4})?[*+])?[<^>]?(?:\.[<^>])?[aehlmsdv]?$/;

/** Never throws. */
export function asciidocView(text: string): ReadingView {
  return new Reader(text).read();
}

class Reader {
  readonly #flow: Flow;
  readonly #lines: Line[];
  readonly #outline = new Outline();
  #path: readonly string[] = [];
  /** The block attributes before a block. */
  #attributes = '';

  constructor(readonly text: string) {
    this.#flow = new Flow(text);
    this.#lines = linesOf(text);
  }

  read(): ReadingView {
    for (let i = 0; i < this.#lines.length; ) i = this.#element(i);
    return this.#flow.build();
  }

  /** Reads what begins at a line. @returns the line to continue with */
  #element(i: number): number {
    const line = this.#lines[i];
    if (isBlank(line)) return i + 1;
    const text = this.#text(line);
    const attributes = this.#attributes;
    if (text.startsWith('[') && text.endsWith(']') && line.from === line.start) {
      if (!text.startsWith('[[')) this.#attributes += text;
      return i + 1;
    }
    if (text.startsWith('//') && !text.startsWith('////')) return i + 1;
    if (ATTRIBUTE.test(text)) return this.#attribute(i);
    this.#attributes = '';
    const heading = HEADING.exec(text);
    if (heading && line.from === line.start) return this.#heading(i, heading[1].length, heading[0].length);
    const underlined = this.#underlined(i);
    if (underlined > 0) {
      this.#title(underlined, line.from, line.to);
      return i + 2;
    }
    const macro = BLOCK_MACRO.exec(text);
    if (macro) return this.#macro(i, macro);
    if (/^(?:'''|<<<|---|\*\*\*|\+)$/.test(text)) return i + 1;
    if (/^[|,:!]===+$/.test(text)) return this.#table(i, attributes);
    if (DELIMITER.test(text)) return this.#delimited(i, text, attributes);
    if (/^\.[^\s.]/.test(text)) {
      // A block's title.
      this.#flow.begin('paragraph', this.#path);
      asciidocInline(this.#flow, line.from + 1, line.to);
      this.#flow.end();
      this.#attributes = attributes;
      return i + 1;
    }
    const item = LIST.exec(text)?.[0];
    if (item) {
      const box = CHECKBOX.exec(text.slice(item.length, item.length + 8))?.[0].length ?? 0;
      const numbered = /^[\dA-Za-z]/.test(item);
      this.#flow.begin('listItem', this.#path);
      if (numbered) this.#flow.text(line.from, line.from + item.length);
      return this.#paragraph(i, line.from + item.length + box, undefined);
    }
    const term = this.#term(i, text);
    if (term > 0) return term;
    if (line.from > line.start) return this.#code(i, this.#untilBlank(i));
    if (/^\[(?:source|listing|literal)\b/.test(attributes)) return this.#code(i, this.#untilBlank(i));
    const admonition = ADMONITION.exec(text)?.[0].length ?? 0;
    return this.#paragraph(i, line.from + admonition, 'paragraph');
  }

  #heading(i: number, level: number, skip: number): number {
    const line = this.#lines[i];
    let to = line.to;
    // == Title ==
    const marker = this.text[line.from];
    let trail = to;
    while (trail > line.from + skip && this.text[trail - 1] === marker) trail--;
    if (to - trail === level && isSpace(this.text.charCodeAt(trail - 1))) to = trail;
    while (to > line.from + skip && isSpace(this.text.charCodeAt(to - 1))) to--;
    this.#title(level, line.from + skip, to);
    return i + 1;
  }

  /** Level of a title with a line of signs below it, as old documents have; 0: none. */
  #underlined(i: number): number {
    const line = this.#lines[i];
    const below = this.#lines[i + 1];
    if (!below || isBlank(below) || below.from !== below.start || line.from !== line.start) return 0;
    const length = below.to - below.from;
    if (length < 3 || length > 200 || Math.abs(length - (line.to - line.from)) > 1) return 0;
    if (i > 0 && !isBlank(this.#lines[i - 1]) && !this.#text(this.#lines[i - 1]).endsWith(']')) return 0;
    const signs = this.#text(below);
    const level = '=-~^+'.indexOf(signs[0]) + 1;
    const title = /[\p{L}\p{N}]/u.test(this.#text(line).slice(0, 200));
    return title && signs === signs[0].repeat(length) ? level : 0;
  }

  #title(level: number, start: number, end: number): void {
    this.#flow.begin('heading', this.#outline.above(level));
    asciidocInline(this.#flow, start, end);
    this.#path = this.#outline.enter(level, this.#flow.heard);
    this.#flow.end();
  }

  /** `:name: value`, which continues after a backslash. */
  #attribute(i: number): number {
    while (i < this.#lines.length && this.text[this.#lines[i].to - 1] === '\\' && !isBlank(this.#lines[i])) i++;
    return i + 1;
  }

  #macro(i: number, [whole, name, target]: RegExpExecArray): number {
    const line = this.#lines[i];
    const open = line.from + whole.length;
    const inner = this.text.slice(open, line.to).replace(/\].*$/s, '');
    if (name === 'image') {
      const alternative = inner.split(',')[0];
      if (!alternative.includes('=')) this.#flow.begin('paragraph', this.#path).text(open, open + alternative.length);
    } else if ((name === 'ifdef' || name === 'ifndef') && inner.length > 0) {
      this.#flow.begin('paragraph', this.#path);
      asciidocInline(this.#flow, open, open + inner.length);
    } else if (name === 'include' && target === '') return this.#paragraph(i, line.from, 'paragraph');
    this.#flow.end();
    return i + 1;
  }

  /** Lines between two equal delimiters. */
  #delimited(i: number, delimiter: string, attributes: string): number {
    const verbatim = '-.+/`'.includes(delimiter[0]) && delimiter !== '--';
    // A container of other blocks needs no end.
    if (!verbatim && !/^\[(?:source|listing|literal|stem|verse)\b/.test(attributes)) return i + 1;
    const close = delimiter[0] === '`' ? '```' : delimiter;
    let end = this.#closers(close, i + 1);
    if (end < 0) end = this.#lines.length;
    return delimiter[0] === '/' ? end + 1 : this.#code(i + 1, end) + 1;
  }

  /** Positions of delimiters, so that many unterminated ones cost no more than one. */
  readonly #places = new Map<string, number[]>();

  /** @returns the next line from `from` on that is this delimiter; -1: none */
  #closers(delimiter: string, from: number): number {
    let places = this.#places.get(delimiter);
    if (!places) {
      places = [];
      for (let k = from; k < this.#lines.length; k++) if (this.#text(this.#lines[k]) === delimiter) places.push(k);
      places.reverse();
      // Delimiters of very many lengths do not occur in documents.
      if (this.#places.size < 64) this.#places.set(delimiter, places);
    }
    while (places.length > 0 && places.at(-1)! < from) places.pop();
    return places.at(-1) ?? -1;
  }

  /** `term:: definition`; the definition may be on the next line. @returns -1: none */
  #term(i: number, text: string): number {
    const line = this.#lines[i];
    const head = TERM.exec(text);
    let at = head ? head.index : -1;
    if (at < 0) {
      const inside = /(?:::{1,3}|;;)\s/.exec(text.slice(0, 300));
      if (inside && inside.index > 0) at = inside.index;
    }
    if (at <= 0 || text.startsWith('::')) return -1;
    this.#flow.begin('listItem', this.#path);
    asciidocInline(this.#flow, line.from, line.from + at);
    let from = line.from + at;
    while (this.text[from] === ':' || this.text[from] === ';') from++;
    while (from < line.to && isSpace(this.text.charCodeAt(from))) from++;
    this.#flow.prefix(': ');
    if (from < line.to) return this.#paragraph(i, from, undefined);
    const next = this.#lines[i + 1];
    if (!next || isBlank(next) || this.#breaks(i + 1) || TERM.test(this.#text(next))) return i + 1;
    return this.#paragraph(i + 1, next.from, undefined);
  }

  /** @param kind undefined: in the block that is begun */
  #paragraph(i: number, start: number, kind: 'paragraph' | undefined): number {
    if (kind) this.#flow.begin(kind, this.#path);
    let next = i + 1;
    let last = this.#lines[i].to;
    const line = this.#lines[i];
    let from = start;
    for (; next < this.#lines.length && !isBlank(this.#lines[next]) && !this.#breaks(next); next++) {
      const { from: begin, to } = this.#lines[next];
      if (this.text.startsWith('//', begin) && !this.text.startsWith('///', begin)) {
        // A comment between the lines of a paragraph.
        asciidocInline(this.#flow, from, this.#hardBreak(from, last));
        this.#flow.space();
        from = last = to;
      } else {
        if (from === last && from !== start) from = begin;
        last = to;
      }
    }
    if (start <= line.to) asciidocInline(this.#flow, from, this.#hardBreak(from, last));
    return next;
  }

  /** Without the ` +` that breaks a line at the end. */
  #hardBreak(start: number, end: number): number {
    return end - start >= 2 && this.text[end - 1] === '+' && isSpace(this.text.charCodeAt(end - 2)) ? end - 2 : end;
  }

  /** Whether a line ends the paragraph before it. */
  #breaks(i: number): boolean {
    const line = this.#lines[i];
    const text = this.#text(line);
    const c = text[0];
    if (c === '+' && text.length === 1) return true;
    if ((c === '*' || c === '-' || c === '.' || c === '<' || (c >= '0' && c <= '9')) && LIST.test(text)) return true;
    if (c === '[' && text.endsWith(']') && line.from === line.start) return true;
    if (c === '|' && /^\|===+$/.test(text)) return true;
    if (c === ':' && ATTRIBUTE.test(text)) return true;
    return DELIMITER.test(text) || BLOCK_MACRO.test(text);
  }

  #code(start: number, end: number): number {
    let from = start;
    let to = end;
    while (from < to && isBlank(this.#lines[from])) from++;
    while (to > from && isBlank(this.#lines[to - 1])) to--;
    if (from < to) {
      this.#flow
        .begin('code', this.#path)
        .verbatim(this.#lines[from].from, this.#lines[to - 1].to)
        .end();
    }
    return end;
  }

  #table(i: number, attributes: string): number {
    const delimiter = this.#text(this.#lines[i]);
    let end = this.#closers(delimiter, i + 1);
    if (end < 0) end = this.#lines.length;
    if (delimiter[0] === ',' || delimiter[0] === ':') return this.#code(i + 1, end) + 1;
    const sign = delimiter[0];
    const cells: { start: number; end: number }[] = [];
    let columns = columnsOf(attributes);
    let blankAfterFirst = false;
    let lines = 0;
    for (let k = i + 1; k < end; k++) {
      const { from, to } = this.#lines[k];
      if (from === to) {
        if (lines === 1) blankAfterFirst = true;
        continue;
      }
      let start = from;
      for (let p = from; p <= to; p++) {
        if (p < to && (this.text[p] !== sign || this.text[p - 1] === '\\')) continue;
        let stop = p;
        if (p < to) {
          const style = CELL_STYLE.exec(this.text.slice(Math.max(start, p - 16), p));
          if (style) stop -= style[0].length;
        }
        extend(cells, start, stop, start > from);
        start = p + 1;
      }
      lines++;
      if (columns === 0 && lines === 1) columns = cells.length;
    }
    this.#rows(cells, Math.max(1, columns), blankAfterFirst || /header/.test(attributes));
    return end + 1;
  }

  #rows(cells: readonly { start: number; end: number }[], columns: number, hasHeader: boolean): void {
    const rows = new TableRows(this.#flow);
    for (const [k, { start, end }] of cells.entries()) {
      const head = hasHeader && k < columns;
      if (k % columns === 0) rows.beginRow(head, this.#path);
      rows.beginCell(k % columns, head);
      asciidocInline(this.#flow, start, end);
    }
    rows.endRow();
    this.#flow.end();
  }

  #untilBlank(i: number): number {
    while (i < this.#lines.length && !isBlank(this.#lines[i])) i++;
    return i;
  }

  #text(line: Line): string {
    return this.text.slice(line.from, line.to);
  }
}

/** Text after a cell mark is a separate cell; text before the first mark of a line continues the previous one. */
function extend(cells: { start: number; end: number }[], start: number, end: number, own: boolean): void {
  if (own || (end > start && cells.length === 0)) cells.push({ start, end });
  else if (end > start) cells[cells.length - 1].end = end;
}

/** From `cols="1,2*,a"`; 0: unknown. */
function columnsOf(attributes: string): number {
  const list = /cols="?([^"\]]*)/.exec(attributes)?.[1];
  if (!list) return 0;
  let columns = 0;
  for (const column of list.split(/[,;]/)) columns += Math.min(1000, Number(/^\s*(\d+)\*/.exec(column)?.[1] ?? 1));
  return columns;
}

const isBlank = (line: Line): boolean => line.from === line.to;
