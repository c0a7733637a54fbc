/**
 * Org documents: headings with their keywords, tags and priorities, drawers of properties, planning lines, lists,
 * source blocks, tables row by row; emphasis and links are shown without their marks.
 */
import { Outline } from '../base/outline.js';
import { Prose } from '../base/prose.js';
import type { ReadingView } from '../base/reading-view.js';
import { TableRows } from '../base/table-rows.js';
import { type Line, splitLines } from '../base/text-lines.js';
import { plainView } from '../base/view-builder.js';
import { showOrgText } from './org-inline.js';

/** A longer text is not read as Org, in UTF-16 units. */
export const MAX_ORG = 32 * 1024 * 1024;
const HEADING = /^(\*{1,30})[ \t]+(?=\S)/;
const KEYWORD =
  /^(?:TODO|DONE|NEXT|WAITING|WAIT|HOLD|STARTED|PROJ|IDEA|CANCELLED|CANCELED|SOMEDAY|FIXME|BUG|KNOWNCAUSE|FIXED)(?=[ \t]|$)/;
const PRIORITY = /^\[#([A-Z0-9]{1,2})\][ \t]*/;
const TAGS = /[ \t]+:([\p{L}\p{N}_@#%:]{1,300}):[ \t]*$/u;
const PLANNING = /(DEADLINE|SCHEDULED|CLOSED):[ \t]*([<[][^>\]\n]{1,100}[>\]](?:--[<[][^>\]\n]{1,100}[>\]])?)/g;
const PROPERTY = /^:([^:\s][^:\n]{0,80}):(?:[ \t]+|$)/;
const DIRECTIVE = /^#\+([A-Za-z][\w-]{0,60}):[ \t]*/;
const BEGIN = /^#\+begin_([a-z]+)(?:[ \t]|$)/i;
const END = /^#\+end_([a-z]+)/i;
const ITEM = /^(?:[-+]|\*|\d{1,9}[.)]|[a-zA-Z][.)])(?:[ \t]+|$)/;
const CHECKBOX = /^\[[ xX-]\][ \t]+/;
const RULE = /^\|[-+|: \t]+\|?$|^\|-/;
const VERBATIM = new Set(['src', 'example', 'export', 'comment']);
/** Directives about formatting, not contents. */
const SETTINGS =
  /^(?:options|startup|setupfile|latex\w*|html\w*|attr_\w+|bibliography|cite_export|property|header-args|exclude_tags|select_tags|tblfm|results|include|bind|export_\w+|tags|todo|seq_todo|typ_todo|columns|archive|link|macro|header|name|plot)$/i;
const MAX_LOOK = 400;

/** Never throws. */
export function orgView(text: string): ReadingView {
  return text.length > MAX_ORG ? plainView(text) : new OrgReader(text).read();
}

class OrgReader {
  readonly #prose: Prose;
  readonly #lines: Line[];
  readonly #outline = new Outline();
  /** Kinds of blocks that have no further end. */
  readonly #endless = new Set<string>();
  #table: TableRows | undefined;
  /** The current heading, as words before a property. */
  #title = '';

  constructor(readonly text: string) {
    this.#prose = new Prose(text);
    this.#lines = splitLines(text);
  }

  read(): ReadingView {
    for (let i = 0; i < this.#lines.length; ) i = this.#line(i);
    this.#endTable();
    return this.#prose.build();
  }

  #look({ start, end }: Line): string {
    return this.text.slice(start, Math.min(end, start + MAX_LOOK));
  }

  /** @returns the next line to read */
  #line(i: number): number {
    const line = this.#lines[i];
    const { start, end, indent } = line;
    const look = this.#look(line);
    if (look[0] === '|') {
      this.#row(i, look);
      return i + 1;
    }
    this.#endTable();
    if (start === end) {
      this.#prose.end();
      return i + 1;
    }
    const heading = indent === 0 ? HEADING.exec(look) : null;
    if (heading) {
      this.#heading(line, heading);
      return i + 1;
    }
    const block = BEGIN.exec(look);
    if (block && VERBATIM.has(block[1].toLowerCase())) return this.#verbatim(i, block[1].toLowerCase());
    if (block || END.test(look)) {
      this.#prose.end();
      return i + 1;
    }
    const directive = DIRECTIVE.exec(look);
    if (directive) {
      if (!SETTINGS.test(directive[1])) this.#directive(line, directive);
      else this.#prose.end();
      return i + 1;
    }
    if (/^#(?:[ \t]|$)/.test(look)) this.#comment(i, look);
    else if (/^(?:DEADLINE|SCHEDULED|CLOSED):/.test(look)) this.#planning(line);
    else if (/^:(?:PROPERTIES|LOGBOOK|END|CLOCK|RESULTS):$/i.test(look)) this.#prose.end();
    else if (PROPERTY.test(look)) this.#property(line, PROPERTY.exec(look)!);
    else this.#words(line, look);
    return i + 1;
  }

  #heading({ start, end }: Line, [marks]: RegExpExecArray): void {
    const level = marks.trimEnd().length;
    let from = start + marks.length;
    let to = end;
    const tags = TAGS.exec(this.text.slice(Math.max(from, end - 400), end));
    if (tags) to = end - tags[0].length;
    const keyword = KEYWORD.exec(this.text.slice(from, Math.min(to, from + 30)))?.[0];
    this.#outline.leave(level);
    this.#prose.begin('heading', this.#outline.path);
    if (keyword) {
      this.#prose.show(from, from + keyword.length);
      this.#prose.lead(': ');
      from = this.#skip(from + keyword.length, to);
    }
    const priority = PRIORITY.exec(this.text.slice(from, Math.min(to, from + 20)));
    if (priority) {
      this.#prose.lead(keyword ? ', priority ' : 'priority ');
      this.#prose.show(from + 2, from + 2 + priority[1].length);
      this.#prose.lead(': ');
      from += priority[0].length;
    }
    this.#prose.keep();
    showOrgText(this.#prose, from, to);
    const title = this.#prose.kept();
    this.#title = title.length > 80 ? '' : title;
    this.#outline.enter(level, title);
    this.#prose.end();
    if (!tags) return;
    this.#value('tags: ');
    const first = end - tags[0].length + tags[0].indexOf(':') + 1;
    let at = first;
    for (const tag of tags[1].split(':')) {
      if (at > first) this.#prose.lead(', ');
      this.#prose.show(at, at + tag.length);
      at += tag.length + 1;
    }
    this.#prose.end();
  }

  /** Begins a value below the last heading. @param name inserted before it */
  #value(name: string): void {
    this.#prose.begin('value', this.#outline.path, '\n');
    const title = this.#title === '' ? name : `${this.#title} ${name}`;
    if (title !== '') this.#prose.lead(title);
  }

  #property({ start, end }: Line, [whole, name]: RegExpExecArray): void {
    this.#value('');
    this.#prose.lead(this.#title === '' ? '' : `${this.#title} `);
    this.#prose.show(start + 1, start + 1 + name.length);
    this.#prose.insert(': ');
    this.#prose.builder.key();
    showOrgText(this.#prose, start + whole.length, end);
    this.#prose.end();
  }

  #directive({ start, end }: Line, [whole, name]: RegExpExecArray): void {
    if (start + whole.length >= end) return;
    const isTitle = /^(?:title|subtitle)$/i.test(name);
    this.#prose.begin(isTitle ? 'heading' : 'value', [], '\n');
    if (!isTitle) {
      this.#prose.show(start + 2, start + 2 + name.length);
      this.#prose.insert(': ');
      this.#prose.builder.key();
    }
    showOrgText(this.#prose, start + whole.length, end);
    this.#prose.end();
  }

  #planning({ start, end }: Line): void {
    const line = this.text.slice(start, Math.min(end, start + 2000));
    for (const match of line.matchAll(PLANNING)) {
      const [, name, stamp] = match;
      const at = start + match.index;
      const from = start + match.index + match[0].length - stamp.length;
      this.#prose.begin('value', this.#outline.path, '\n');
      this.#prose.lead(this.#title === '' ? '' : `${this.#title} `);
      this.#prose.show(at, at + name.length);
      this.#prose.insert(': ');
      this.#prose.builder.key();
      this.#prose.show(from + 1, from + stamp.length - 1);
      this.#prose.end();
    }
  }

  #comment(i: number, look: string): void {
    const { start, end } = this.#lines[i];
    const above = i > 0 && /^#[ \t]/.test(this.#look(this.#lines[i - 1]));
    if (!above || !this.#prose.open) this.#prose.begin('comment', this.#outline.path);
    else this.#prose.space();
    const from = this.#skip(start + 1, end);
    if (look.length > 1 && from < end) this.#prose.show(from, end);
  }

  /** A source block and the like up to its end; without one the line is hidden. */
  #verbatim(i: number, kind: string): number {
    this.#prose.end();
    if (this.#endless.has(kind)) return i + 1;
    let last = i + 1;
    while (last < this.#lines.length) {
      const look = this.#look(this.#lines[last]);
      if (END.exec(look)?.[1].toLowerCase() === kind) break;
      last++;
    }
    if (last >= this.#lines.length) {
      this.#endless.add(kind);
      return i + 1;
    }
    let from = i + 1;
    let to = last;
    while (from < to && this.#lines[from].start === this.#lines[from].end) from++;
    while (to > from && this.#lines[to - 1].start === this.#lines[to - 1].end) to--;
    if (from < to) {
      const { builder } = this.#prose;
      builder.block(kind === 'comment' ? 'comment' : 'code', this.#outline.path);
      builder.copy(this.#lines[from].from, this.#lines[to - 1].end).endBlock();
    }
    return last + 1;
  }

  /** A paragraph's line or an item of a list. */
  #words({ start, end, indent }: Line, look: string): void {
    const item = ITEM.exec(look);
    const isItem = item !== null && (look[0] !== '*' || indent > 0) && !/^[a-zA-Z]/.test(look);
    let from = start;
    if (isItem) {
      this.#prose.begin('listItem', this.#outline.path, '\n');
      // The number of a step is shown, a bullet is not.
      if (!/^\d/.test(look)) from += item[0].length;
      const checkbox = CHECKBOX.exec(this.text.slice(from, Math.min(end, from + 10)));
      if (checkbox) {
        if (/[xX]/.test(checkbox[0])) this.#prose.lead('done: ');
        from += checkbox[0].length;
      }
    } else if (!this.#prose.open) this.#prose.begin('paragraph', this.#outline.path);
    else this.#prose.space();
    const term = isItem ? this.text.slice(from, Math.min(end, from + MAX_LOOK)).search(/[ \t]::(?:[ \t]|$)/) : -1;
    if (term > 0) {
      showOrgText(this.#prose, from, from + term);
      this.#prose.lead(': ');
      from = this.#skip(from + term + 3, end);
    }
    showOrgText(this.#prose, from, end);
  }

  #row(i: number, look: string): void {
    if (RULE.test(look)) return;
    if (!this.#table) {
      this.#prose.end();
      this.#table = new TableRows(this.#prose);
    }
    const { start, end } = this.#lines[i];
    // The row above a rule names the columns, if it is the first.
    const next = this.#lines[i + 1];
    const before = this.#lines[i - 1];
    const first = !before || this.text[before.start] !== '|' || before.start === before.end;
    const head = first && next !== undefined && RULE.test(this.#look(next));
    this.#table.beginRow(head, this.#outline.path);
    let from = start + 1;
    for (let column = 0; from < end; column++) {
      let bar = from;
      while (bar < end && this.text[bar] !== '|') bar++;
      this.#table.beginCell(column, head);
      const cell = this.#skip(from, bar);
      let to = bar;
      while (to > cell && /\s/.test(this.text[to - 1])) to--;
      showOrgText(this.#prose, cell, to);
      from = bar + 1;
    }
    this.#table.endRow();
  }

  #endTable(): void {
    if (!this.#table) return;
    this.#table = undefined;
    this.#prose.end();
  }

  #skip(from: number, end: number): number {
    let at = from;
    while (at < end && (this.text[at] === ' ' || this.text[at] === '\t')) at++;
    return at;
  }
}
