/**
 * Reading view of reStructuredText. No maintained parser for Node.js reports positions in the file, so this reads the
 * block structure line by line, as far as a reader's view needs it.
 */

import { isSpace } from '../base/characters.js';
import { Flow, type Line, linesOf, Outline } from '../base/flow.js';
import type { ReadingView } from '../base/reading-view.js';
import { rstInline } from './rst-inline.js';
import { gridTable, simpleTable } from './rst-tables.js';

const ADORNMENT = /^([!-/:-@[-`{-~])\1*$/;
const BULLET = /^[-*+•‣⁃](?:\s+|$)/;
const ENUMERATOR =
  /^(?:\(?(?:\d{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,8}|#)\)|(?:\d{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,8}|#)\.)\s+/;
const FIELD = /^:((?:[^:\\\s]|\\.|:(?!\s))(?:[^:\\]|\\.|:(?!\s|$)){0,200}):(?:\s+|$)/;
const DIRECTIVE = /^\.\. +(?:\|[^|]{1,200}\| +)?([A-Za-z](?:[\w.+:-]{0,60}[\w])?) ?::(?:\s+|$)/;
const NOTE = /^\.\. +\[([#*\w][\w.-]{0,60}|[#*])\](?:\s+|$)/;
const OPTION = /^:[A-Za-z][\w-]{0,40}:(?:\s|$)/;

/** How a directive's argument and body are read; for others both are prose. */
const CODE = new Set(
  'code code-block sourcecode parsed-literal doctest testcode testoutput testsetup testcleanup ipython prompt math productionlist raw highlight literalinclude graphviz digraph csv-table'.split(
    ' ',
  ),
);
const HIDDEN = new Set(
  'toctree include contents index module currentmodule meta default-role role sectnum target-notes tabularcolumns replace unicode date image automodule autoclass autofunction automethod autosummary autodata autoexception tags'.split(
    ' ',
  ),
);
const ARGUMENT_HIDDEN = new Set(['figure', 'only', 'container', 'class', 'rst-class', 'list-table', 'math']);

/** Never throws. */
export function rstView(text: string): ReadingView {
  return new Reader(text).read();
}

class Reader {
  readonly #flow: Flow;
  readonly #lines: Line[];
  readonly #outline = new Outline();
  /** Kinds of adornment in order of appearance: the levels of headings. */
  readonly #levels: string[] = [];
  #path: readonly string[] = [];

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
    const c = this.text[line.from];
    const heading = this.#heading(i);
    if (heading > 0) return heading;
    if (c === '.' && this.text.startsWith('..', line.from) && line.from + 2 >= line.to) return this.#comment(i);
    if (c === '.' && this.text.startsWith('.. ', line.from)) return this.#explicit(i);
    if (c === '_' && this.text.startsWith('__ ', line.from)) return i + 1;
    if (c === '>' && this.text.startsWith('>>> ', line.from)) return this.#code(i, this.#untilBlank(i));
    if (c === '=' || c === '+') {
      const table = (c === '=' ? simpleTable : gridTable)(this.#flow, this.#lines, i, this.#path);
      if (table > 0) return table;
    }
    const rest = this.#text(line);
    if (c === '|' && (line.from + 1 === line.to || this.text[line.from + 1] === ' ')) {
      this.#flow.begin('paragraph', this.#path);
      rstInline(this.#flow, line.from + 1, line.to);
      return i + 1;
    }
    const bullet = BULLET.exec(rest)?.[0];
    if (bullet) return this.#paragraph(i, line.from + bullet.length, 'listItem');
    const number = ENUMERATOR.exec(rest)?.[0];
    if (number) {
      // "#." is numbered here, other numbers are in the file.
      this.#flow.begin('listItem', this.#path);
      if (!rest.startsWith('#')) this.#flow.text(line.from, line.from + number.length);
      return this.#paragraph(i, line.from + number.length, undefined);
    }
    const field = c === ':' ? FIELD.exec(rest) : null;
    if (field) {
      this.#flow.begin('listItem', this.#path);
      this.#flow.text(line.from + 1, line.from + 1 + field[1].length);
      const body = line.from + field[0].length;
      this.#flow.prefix(': ');
      if (body < line.to) return this.#paragraph(i, body, undefined);
      return i + 1 < this.#lines.length && this.#indent(i + 1) > this.#indent(i) && !isBlank(this.#lines[i + 1])
        ? this.#paragraph(i + 1, this.#lines[i + 1].from, undefined)
        : i + 1;
    }
    return this.#paragraph(i, line.from, 'paragraph');
  }

  /** A title between or above adornments, or a transition. @returns -1: neither */
  #heading(i: number): number {
    const line = this.#lines[i];
    const below = this.#lines[i + 1];
    const overlined = this.#isAdornment(i);
    let title = line;
    let next = i + 2;
    if (overlined) {
      const blankBelow = !below || isBlank(below);
      if (blankBelow) return line.to - line.from >= 4 ? i + 1 : -1;
      const under = this.#lines[i + 2];
      if (!under || !this.#isAdornment(i + 2) || this.text[under.from] !== this.text[line.from]) return -1;
      if (under.to - under.from !== line.to - line.from) return -1;
      title = below;
      next = i + 3;
    } else {
      if (!below || line.from !== line.start || !this.#isAdornment(i + 1)) return -1;
      if (below.to - below.from < Math.min(4, line.to - line.from)) return -1;
    }
    const adornment = this.text[overlined ? line.from : below.from] + (overlined ? 'o' : '');
    if (!this.#levels.includes(adornment)) this.#levels.push(adornment);
    const level = this.#levels.indexOf(adornment);
    this.#flow.begin('heading', this.#outline.above(level));
    rstInline(this.#flow, title.from, title.to);
    this.#path = this.#outline.enter(level, this.#flow.heard);
    this.#flow.end();
    return next;
  }

  #isAdornment(i: number): boolean {
    const line = this.#lines[i];
    if (line.from !== line.start || line.to - line.from < 2 || line.to - line.from > 1000) return false;
    const c = this.text[line.from];
    return this.text[line.from + 1] === c && ADORNMENT.test(this.#text(line));
  }

  /** What begins with `.. `: directive, note, target or comment. */
  #explicit(i: number): number {
    const line = this.#lines[i];
    const text = this.#text(line);
    const note = NOTE.exec(text);
    if (note) return this.#paragraph(i, line.from + note[0].length, 'paragraph');
    const directive = DIRECTIVE.exec(text);
    if (!directive) return this.#comment(i);
    const name = directive[1].toLowerCase();
    const argument = line.from + directive[0].length;
    const substitution = text.startsWith('|', 3);
    if (HIDDEN.has(name) || substitution) return this.#alternative(i, this.#body(i));
    let next = i + 1;
    const body = this.#body(i);
    if (CODE.has(name)) {
      while (next < body && this.#isOption(next)) next++;
      if (name === 'math' && argument < line.to) this.#flow.begin('code', this.#path).text(argument, line.to);
      return this.#code(next, body);
    }
    if (ARGUMENT_HIDDEN.has(name) || argument >= line.to) {
      while (next < body && this.#isOption(next)) next++;
      if (name === 'figure') this.#alternative(i, next);
      return next;
    }
    // Arguments, or the first paragraph, up to the options.
    this.#flow.begin('paragraph', this.#path);
    let last = line.to;
    while (next < body && !isBlank(this.#lines[next]) && !this.#isOption(next)) last = this.#lines[next++].to;
    rstInline(this.#flow, argument, last);
    while (next < body && this.#isOption(next)) next++;
    return next;
  }

  /** The alternative text of a picture. @returns `end` */
  #alternative(i: number, end: number): number {
    for (let k = i + 1; k < end; k++) {
      const { from, to } = this.#lines[k];
      if (!this.text.startsWith(':alt:', from)) continue;
      this.#flow.begin('paragraph', this.#path).text(from + 5, to);
    }
    return end;
  }

  #comment(i: number): number {
    const line = this.#lines[i];
    const below = this.#lines[i + 1];
    if (line.to - line.from === 2 && (!below || isBlank(below))) return i + 1;
    return this.#body(i);
  }

  /** A paragraph, its first line from `start` on. @param kind undefined: in the block that is begun */
  #paragraph(i: number, start: number, kind: 'paragraph' | 'listItem' | undefined): number {
    if (kind) this.#flow.begin(kind, this.#path);
    const outer = this.#indent(i);
    let next = i + 1;
    let last = this.#lines[i].to;
    const column = start - this.#lines[i].start;
    // A field's body and a note may continue at any deeper indentation.
    const hangs = start > this.#lines[i].from;
    const bodyIndent = hangs && next < this.#lines.length ? this.#indent(next) : outer;
    if (!hangs || bodyIndent > outer) {
      for (; next < this.#lines.length && !isBlank(this.#lines[next]); next++) {
        if (this.#indent(next) !== bodyIndent) break;
        if (hangs && bodyIndent < column && BULLET.test(this.#text(this.#lines[next]))) break;
        if (this.text.startsWith('.. ', this.#lines[next].from)) break;
        last = this.#lines[next].to;
      }
    }
    const literal = this.text.endsWith('::', last) && last - start >= 2;
    rstInline(
      this.#flow,
      start,
      literal ? last - (last - start > 2 && !isSpace(this.text.charCodeAt(last - 3)) ? 1 : 2) : last,
    );
    if (literal) return this.#literal(next, hangs ? Math.max(outer + 1, Math.min(bodyIndent, column)) : outer);
    const term = next < this.#lines.length ? this.#lines[next] : undefined;
    if (!hangs && next === i + 1 && term && !isBlank(term) && this.#indent(next) > outer) {
      return this.#definition(next);
    }
    return next;
  }

  /** The first paragraph under a term is in the same block. */
  #definition(i: number): number {
    const line = this.#lines[i];
    const rest = this.#text(line);
    const special =
      BULLET.test(rest) || ENUMERATOR.test(rest) || FIELD.test(rest) || /^(?:\.\.(?: |$)|>>> |\| )/.test(rest);
    if (special || this.text[line.from] === '+' || this.text[line.from] === '=') return i;
    this.#flow.prefix(': ');
    return this.#paragraph(i, line.from, undefined);
  }

  /** The literal block after a paragraph that ends in `::`. */
  #literal(i: number, outer: number): number {
    let start = i;
    while (start < this.#lines.length && isBlank(this.#lines[start])) start++;
    if (start === i || start === this.#lines.length) return i;
    if (this.#indent(start) > outer) {
      let end = start;
      while (end < this.#lines.length && (isBlank(this.#lines[end]) || this.#indent(end) > outer)) end++;
      return this.#code(start, end);
    }
    // Without indentation every line is quoted by the same sign.
    const sign = this.text[this.#lines[start].from];
    if (!ADORNMENT.test(sign)) return i;
    let end = start;
    while (end < this.#lines.length && !isBlank(this.#lines[end]) && this.text[this.#lines[end].from] === sign) end++;
    return this.#code(start, end);
  }

  /** Lines unchanged, without their common indentation. @returns `end` */
  #code(start: number, end: number): number {
    let from = start;
    let to = end;
    while (from < to && isBlank(this.#lines[from])) from++;
    while (to > from && isBlank(this.#lines[to - 1])) to--;
    let indent = Number.POSITIVE_INFINITY;
    for (let i = from; i < to; i++) if (!isBlank(this.#lines[i])) indent = Math.min(indent, this.#indent(i));
    if (from === to) return end;
    this.#flow.begin('code', this.#path);
    for (let i = from; i < to; i++) {
      const line = this.#lines[i];
      const first = isBlank(line) ? line.end : line.start + indent;
      this.#flow.verbatim(first, i === to - 1 ? line.to : line.next);
    }
    this.#flow.end();
    return end;
  }

  /** The line after the text indented more than line `i`, excluding trailing blank lines. */
  #body(i: number): number {
    const outer = this.#indent(i);
    let end = i + 1;
    for (let k = i + 1; k < this.#lines.length; k++) {
      if (isBlank(this.#lines[k])) continue;
      if (this.#indent(k) <= outer) break;
      end = k + 1;
    }
    return end;
  }

  #untilBlank(i: number): number {
    while (i < this.#lines.length && !isBlank(this.#lines[i])) i++;
    return i;
  }

  #isOption(i: number): boolean {
    return OPTION.test(this.#text(this.#lines[i]));
  }

  #indent(i: number): number {
    return this.#lines[i].from - this.#lines[i].start;
  }

  #text(line: Line): string {
    return this.text.slice(line.from, line.to);
  }
}

const isBlank = (line: Line): boolean => line.from === line.to;
