/**
 * Manual pages in source (man and mdoc macros of troff): sections are headings, an option or file with its description
 * is one item, fonts and spacing are hidden.
 */
import { Outline } from '../base/outline.js';
import { Prose } from '../base/prose.js';
import type { BlockKind, ReadingView } from '../base/reading-view.js';
import { TableRows } from '../base/table-rows.js';
import { plainView } from '../base/view-builder.js';
import { isMdocMacro, showMdoc } from './mdoc.js';
import { showRoff } from './roff-inline.js';
import { type RoffArgument, type RoffLine, roffArguments, roffLines } from './roff-lines.js';

/** A longer text is not read as a manual page, in UTF-16 units. */
export const MAX_MAN = 16 * 1024 * 1024;
/** Names for items by section, inserted before short tags, which mean little alone. */
const ITEMS: readonly (readonly [RegExp, string])[] = [
  [/^(?:exit (?:status|codes?|values?)|diagnostics|return (?:values?|codes?))/i, 'exit status '],
  [/^environment/i, 'environment variable '],
  [/^files/i, 'file '],
  [/options?$/i, 'option '],
  [/^errors/i, 'error '],
];
const TITLE = ['manual page', 'section', 'date', 'version', 'manual'];
const OLD_TITLE = ['manual page', 'section', 'version', 'system', 'manual'];
const DATE = /\d{4}|\d[./-]\d+[./-]\d{2}$|\$Mdocdate|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/;
const FONTS = new Set('B I SM SB R BR BI IB IR RB RI'.split(' '));
const PARAGRAPH = new Set('PP P LP Pp HP RS RE sp br SY YS sp in ti ne Lp bp'.split(' '));
const BULLET = /^(?:\\\(bu|\\\[bu\]|\\[-e]|[-*+o•]|\\\(em|\\fB\\\(bu\\fP)$/;

/** Never throws. */
export function manView(text: string): ReadingView {
  return text.length > MAX_MAN ? plainView(text) : new ManReader(text).read();
}

/** Whether a text begins like a manual page's source. Examines only its first lines. */
export function isManSource(text: string): boolean {
  for (const line of text.slice(0, 4000).split('\n')) {
    if (/^\.\s*(?:TH|Dd|Dt|SH|Sh)\s/.test(line)) return true;
    if (!/^(?:[.'](?:\\"|\\#|so |de|ds|nr|if|ie|el|tr|rm|\.)|\s*$|'')/.test(line) && !/^[ .'}]/.test(line))
      return false;
  }
  return false;
}

class ManReader {
  readonly #prose: Prose;
  readonly #outline = new Outline();
  #page = '';
  /** Meaning of the next line: the tag of an item, the title of a section. */
  #expects: 'tag' | 'section' | 'subsection' | undefined;
  #verbatim = false;
  /** Lines up to this one are skipped: a macro's definition. */
  #skipUntil = '';
  #table: { rows: TableRows; body: boolean; separator: string; first: boolean } | undefined;
  /** Kinds of the lists of mdoc that are open. */
  readonly #lists: string[] = [];
  #commented = false;

  constructor(readonly text: string) {
    this.#prose = new Prose(text);
  }

  read(): ReadingView {
    for (const line of roffLines(this.text)) {
      const { request } = line;
      if (this.#skipUntil !== '') {
        if (this.text.slice(line.start, line.end).trim() === this.#skipUntil) this.#skipUntil = '';
      } else if (request === '\\"' || request === '\\#') this.#comment(line);
      else {
        this.#commented = false;
        if (this.#table && request !== 'TE') this.#tableLine(line);
        else if (request === undefined) this.#textLine(line);
        else this.#request(request, line);
      }
    }
    return this.#prose.build();
  }

  #comment({ from, end }: RoffLine): void {
    const text = this.text.slice(from, Math.min(end, from + 200));
    if (!/[\p{L}\p{N}]/u.test(text) || /^-\*-|^ex:|^vim?:|^\$/.test(text)) return;
    if (this.#commented) this.#prose.space();
    else this.#prose.begin('comment', this.#outline.path);
    let to = end;
    while (to > from && /\s/.test(this.text[to - 1])) to--;
    this.#prose.show(from, to);
    this.#commented = true;
  }

  #begin(kind: BlockKind = 'paragraph'): void {
    if (!this.#prose.open) this.#prose.begin(this.#verbatim ? 'code' : kind, this.#outline.path);
  }

  #textLine({ start, end }: RoffLine): void {
    if (this.#expects === 'section' || this.#expects === 'subsection') {
      this.#heading(() => showRoff(this.#prose, start, end));
      return;
    }
    const blank = this.text.slice(start, Math.min(end, start + 1000)).trim() === '';
    if (blank) {
      if (!this.#verbatim && this.#expects === undefined) this.#prose.end();
      return;
    }
    this.#before();
    showRoff(this.#prose, start, end);
    this.#after();
  }

  /** Separates a line of running text from the one before it. */
  #before(): void {
    this.#begin();
    if (this.#verbatim && this.#prose.started) this.#prose.lead('\n');
    else this.#prose.space();
  }

  /** The tag of an item ends with its line. */
  #after(): void {
    if (this.#expects !== 'tag') return;
    this.#expects = undefined;
    this.#prose.lead(': ');
  }

  #request(name: string, line: RoffLine): void {
    const args = roffArguments(this.text, line);
    if (FONTS.has(name)) this.#font(name, args);
    else if (name === 'TH') this.#title(args);
    else if (name === 'Dt') {
      this.#title(args.slice(0, 2));
      this.#page = args[0]?.text.toLowerCase() ?? '';
    } else if (name === 'Dd') this.#fact('date', args);
    else if (name === 'SH' || name === 'Sh' || name === 'SS' || name === 'Ss') this.#section(name, args);
    else if (name === 'TP' || name === 'TQ' || name === 'IP') this.#item(name, args);
    else if (name === 'nf' || name === 'EX' || name === 'Bd') {
      this.#prose.end();
      this.#verbatim = name !== 'Bd' || args.some(({ text }) => text === '-literal' || text === '-unfilled');
    } else if (name === 'fi' || name === 'EE' || name === 'Ed') {
      this.#prose.end();
      this.#verbatim = false;
    } else if (name === 'Bl') {
      this.#prose.end();
      this.#lists.push(args.find(({ text }) => text.startsWith('-'))?.text ?? '');
    } else if (name === 'El') {
      this.#prose.end();
      this.#lists.pop();
    } else if (name === 'It') this.#mdocItem(args);
    else if (name === 'TS') {
      this.#prose.end();
      this.#table = { rows: new TableRows(this.#prose), body: false, separator: '\t', first: true };
    } else if (name === 'TE') {
      this.#prose.end();
      this.#table = undefined;
    } else if (name === 'de' || name === 'de1' || name === 'am' || name === 'ig') {
      this.#skipUntil =
        name === 'ig' || args.length < 2 ? `.${args.at(name === 'ig' ? 0 : 1)?.text ?? '.'}` : `.${args[1].text}`;
    } else if (name === 'UR' || name === 'MT' || name === 'OP') this.#words(args);
    else if (name === 'Dl' || name === 'D1') {
      this.#prose.begin('code', this.#outline.path);
      showMdoc(this.#prose, undefined, args, this.#page);
      this.#prose.end();
    } else if (PARAGRAPH.has(name)) {
      if (this.#expects === undefined && !(name === 'br' && this.#verbatim)) this.#prose.end();
      if (name === 'SY') this.#words(args);
    } else if (isMdocMacro(name)) this.#mdoc(name, args, line.start);
  }

  /** `.BR a b`: set in turn, without a space; `.B a b`: words. */
  #font(name: string, args: readonly RoffArgument[]): void {
    if (args.length === 0) return;
    if (this.#expects === 'section' || this.#expects === 'subsection') {
      this.#heading(() => this.#show(args, name.length === 1));
      return;
    }
    this.#before();
    this.#show(args, name.length === 1 || name === 'SM' || name === 'SB');
    this.#after();
  }

  #show(args: readonly RoffArgument[], spaced: boolean): void {
    args.forEach(({ start, end }, i) => {
      if (i > 0 && spaced) this.#prose.space();
      showRoff(this.#prose, start, end);
    });
  }

  #words(args: readonly RoffArgument[]): void {
    if (args.length === 0) return;
    this.#before();
    this.#show(args, true);
    this.#after();
  }

  #title(args: readonly RoffArgument[]): void {
    // Older pages have the version in place of the date, and the system in place of the version.
    const names = args.length > 2 && !DATE.test(args[2].text) && /\d/.test(args[2].text) ? OLD_TITLE : TITLE;
    for (let i = 0; i < Math.min(args.length, names.length); i++) this.#fact(names[i], [args[i]]);
  }

  #fact(name: string, args: readonly RoffArgument[]): void {
    if (args.length === 0) return;
    this.#prose.begin('value', [], '\n');
    this.#prose.lead(`${name}: `);
    this.#show(args, true);
    this.#prose.end();
  }

  #section(name: string, args: readonly RoffArgument[]): void {
    this.#verbatim = false;
    this.#prose.end();
    this.#expects = name[1].toUpperCase() === 'H' ? 'section' : 'subsection';
    if (args.length === 0) return;
    this.#heading(() =>
      name[1] === 'H' || name[1] === 'S' ? this.#show(args, true) : showMdoc(this.#prose, undefined, args, this.#page),
    );
  }

  #heading(show: () => void): void {
    const level = this.#expects === 'section' ? 1 : 2;
    this.#expects = undefined;
    this.#outline.leave(level);
    this.#prose.begin('heading', this.#outline.path);
    this.#prose.keep();
    show();
    this.#outline.enter(level, this.#prose.kept());
    this.#prose.end();
  }

  /** The text before the tag of an item, by its section. */
  #lead(): string {
    const section = this.#outline.path.at(-1) ?? '';
    return ITEMS.find(([pattern]) => pattern.test(section))?.[1] ?? '';
  }

  #item(name: string, args: readonly RoffArgument[]): void {
    if (name === 'TQ' && this.#prose.started) {
      this.#prose.lead(', ');
      this.#expects = 'tag';
      return;
    }
    this.#prose.begin('listItem', this.#outline.path, '\n');
    const tag = name === 'IP' ? args[0] : undefined;
    if (name === 'IP' && (!tag || BULLET.test(tag.text))) return;
    this.#prose.lead(this.#lead());
    if (tag) {
      showRoff(this.#prose, tag.start, tag.end);
      this.#prose.lead(': ');
    } else this.#expects = 'tag';
  }

  #mdocItem(args: readonly RoffArgument[]): void {
    this.#prose.begin('listItem', this.#outline.path, '\n');
    if (args.length === 0) return;
    const columns = this.#lists.at(-1) === '-column';
    if (!columns) this.#prose.lead(this.#lead());
    showMdoc(this.#prose, undefined, args, this.#page, () => this.#prose.lead('; '));
    if (columns) this.#prose.end();
    else this.#prose.lead(': ');
  }

  #mdoc(name: string, args: readonly RoffArgument[], start: number): void {
    const at = this.text.indexOf(name, start);
    const first = { name, start: at, end: at + name.length };
    if (name === 'Nm' && args.length > 0 && this.#outline.path.at(-1)?.toUpperCase() === 'NAME')
      this.#page = args[0].text;
    this.#begin();
    if (this.#verbatim && this.#prose.started) this.#prose.lead('\n');
    const skipped = name === 'An' ? args.filter(({ text }) => !/^-(?:no)?split$/.test(text)) : args;
    if (skipped.length > 0 || name !== 'An') showMdoc(this.#prose, first, skipped, this.#page);
  }

  /** tbl: options and formats up to a line that ends with a full stop, then rows. */
  #tableLine({ start, end, request }: RoffLine): void {
    const table = this.#table!;
    const line = this.text.slice(start, Math.min(end, start + 400));
    if (!table.body) {
      const separator = /tab\((.)\)/.exec(line)?.[1];
      if (separator) table.separator = separator;
      if (/\.\s*$/.test(line)) table.body = true;
      return;
    }
    if (request !== undefined || /^[_=]?$/.test(line.trim())) return;
    table.rows.beginRow(table.first, this.#outline.path);
    let from = start;
    for (let column = 0; from <= end; column++) {
      let to = from;
      while (to < end && this.text[to] !== table.separator) to++;
      table.rows.beginCell(column, table.first);
      if (to > from) showRoff(this.#prose, from, to);
      from = to + 1;
    }
    table.rows.endRow();
    table.first = false;
  }
}
