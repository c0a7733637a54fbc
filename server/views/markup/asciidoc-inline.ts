/** Inline markup of AsciiDoc: markers, macros and anchors are hidden, their text is shown. */

import { isSpace, isWord } from '../base/characters.js';
import { indexWithin } from '../base/data-writer.js';
import type { Flow } from '../base/flow.js';

const MARKS = new Set('*_`#+^~');
const SCHEME = /(?:https?|ftp|irc|mailto|file):(?=[^\s[\]])/y;
const MACRO =
  /(?:link|xref|image|icon|kbd|btn|menu|footnote|footnoteref|mailto|stem|latexmath|asciimath|indexterm2?|anchor|pass|video|audio):(?!:)/y;
/** Macros whose text in brackets a reader does not see as prose. */
const SILENT = new Set(['indexterm', 'anchor', 'icon', 'video', 'audio']);
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const MAX_TARGET = 2000;

/** Shows the text of a range; markup does not reach beyond it. */
export function asciidocInline(flow: Flow, start: number, end: number): void {
  new Inline(flow, start, end).read();
}

class Inline {
  readonly #flow: Flow;
  readonly #start: number;
  readonly #end: number;
  readonly #file: string;
  /** Start of the text not shown yet. */
  #from: number;
  /** Positions of closing markers of open spans, with their length. */
  readonly #closing = new Map<number, number>();
  /** Last found positions of markers: searching for each from every place would take quadratic time. */
  readonly #known = new Map<string, { from: number; at: number }>();

  constructor(flow: Flow, start: number, end: number) {
    this.#flow = flow;
    this.#start = start;
    this.#end = end;
    this.#file = flow.file;
    this.#from = start;
  }

  read(): void {
    for (let i = this.#start; i < this.#end; ) i = this.#at(i);
    this.#flow.text(this.#from, this.#end);
  }

  /** @returns where to continue */
  #at(i: number): number {
    const closing = this.#closing.get(i);
    if (closing) return this.#hide(i, i + closing);
    const file = this.#file;
    const c = file[i];
    if (MARKS.has(c)) return this.#marked(i, c);
    if (c === '\\') return this.#escaped(i);
    if (c === '<' && file[i + 1] === '<') return this.#reference(i);
    if (c === '[') return this.#bracket(i);
    if (c === '&') return this.#entity(i);
    if (c === '(' && file.startsWith('(((', i)) {
      const close = this.#find(')))', i + 3);
      return close < 0 ? i + 3 : this.#hide(i, close + 3);
    }
    const code = file.charCodeAt(i);
    if (code >= 97 && code <= 122 && (i === this.#start || !isWord(file.charCodeAt(i - 1)))) return this.#word(i);
    if (c === '"' || c === "'") {
      // Curly quotes: "`text`".
      if (file[i + 1] === '`' && i + 2 < this.#end && !isSpace(file.charCodeAt(i + 2))) {
        const close = this.#find(`\`${c}`, i + 2);
        if (close > 0) {
          this.#closing.set(close, 1);
          this.#hide(i + 1, i + 2);
          return i + 2;
        }
      }
    }
    return i + 1;
  }

  #marked(i: number, c: string): number {
    const file = this.#file;
    const double = file[i + 1] === c;
    if (double && c !== '^' && c !== '~') {
      let mark = c + c;
      if (c === '+' && file[i + 2] === '+') mark = '+++';
      const inner = i + mark.length;
      const close = inner < this.#end && file[inner] !== c ? this.#find(mark, inner + 1) : -1;
      if (close > 0) return this.#open(i, mark.length, close);
      while (file[i] === c && i < this.#end) i++;
      return i;
    }
    if (c === '^' || c === '~') {
      const close = this.#find(c, i + 1);
      if (close < 0 || close - i > 200 || close === i + 1) return i + 1;
      for (let k = i + 1; k < close; k++) if (isSpace(file.charCodeAt(k))) return i + 1;
      return this.#open(i, 1, close);
    }
    // A single marker opens between words and closes before a non-word character.
    const before = i > this.#start ? file.charCodeAt(i - 1) : 32;
    const after = i + 1 < this.#end ? file.charCodeAt(i + 1) : 32;
    if (isWord(before) || ';:}\\'.includes(String.fromCharCode(before)) || isSpace(after)) return i + 1;
    const close = this.#constrained(c, i + 2);
    return close < 0 ? i + 1 : this.#open(i, 1, close);
  }

  /** Text between pluses has no markup. */
  #open(i: number, length: number, close: number): number {
    this.#hide(i, i + length);
    if (this.#file[i] === '+') {
      this.#flow.text(i + length, close);
      this.#from = close;
      return this.#hide(close, close + length);
    }
    this.#closing.set(close, length);
    return i + length;
  }

  #escaped(i: number): number {
    const next = this.#file[i + 1];
    if (i + 1 >= this.#end || !(MARKS.has(next) || '<[{&(\\'.includes(next))) return i + 1;
    this.#hide(i, i + 1);
    let to = i + 1;
    while (to < this.#end && this.#file[to] === next) to++;
    return to;
  }

  /** <<target,text>> */
  #reference(i: number): number {
    const close = this.#find('>>', i + 2);
    if (close < 0) return i + 2;
    const comma = indexWithin(this.#file, ',', i + 2, Math.min(close, i + MAX_TARGET));
    if (close - i > MAX_TARGET) return i + 2;
    this.#closing.set(close, 2);
    return this.#hide(i, comma < 0 ? i + 2 : comma + 1);
  }

  /** Anchors, and roles before a marker, are hidden. */
  #bracket(i: number): number {
    const file = this.#file;
    if (file[i + 1] === '[') {
      const close = this.#find(']]', i + 2);
      if (close < 0 || close - i > MAX_TARGET) return i + 2;
      return this.#hide(i, close + 2);
    }
    if (file[i + 1] !== '.' && file[i + 1] !== '#') return i + 1;
    const close = indexWithin(file, ']', i + 1, Math.min(this.#end, i + 100));
    if (close < 0 || close + 1 >= this.#end || !MARKS.has(file[close + 1])) return i + 1;
    return this.#hide(i, close + 1);
  }

  #entity(i: number): number {
    const entity = /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,6}));/y;
    entity.lastIndex = i;
    const found = entity.exec(this.#file);
    if (!found || i + found[0].length > this.#end) return i + 1;
    const code = found[1] ? Number(found[1]) : found[2] ? Number.parseInt(found[2], 16) : -1;
    const decoded =
      code < 0 ? ENTITIES[found[3]] : code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    if (decoded === undefined) return i + 1;
    this.#flow.text(this.#from, i).decode(decoded, i, i + found[0].length);
    this.#from = i + found[0].length;
    return this.#from;
  }

  /** Links and macros: `https://a.b[text]`, `xref:id[text]`; without text the address is shown. */
  #word(i: number): number {
    const file = this.#file;
    MACRO.lastIndex = i;
    SCHEME.lastIndex = i;
    const macro = MACRO.exec(file)?.[0];
    const scheme = macro ? undefined : SCHEME.exec(file)?.[0];
    let next = i;
    if (!macro && !scheme) {
      while (next < this.#end && isWord(file.charCodeAt(next))) next++;
      return next;
    }
    const target = i + (macro ?? scheme!).length;
    let open = target;
    const limit = Math.min(this.#end, target + MAX_TARGET);
    while (open < limit && file[open] !== '[' && file[open] !== ']' && !isSpace(file.charCodeAt(open))) open++;
    if (file[open] !== '[' || open >= this.#end) return scheme ? open : target;
    const close = this.#closeBracket(open + 1);
    if (close < 0) return open + 1;
    const name = macro?.slice(0, -1) ?? '';
    if (SILENT.has(name)) return this.#hide(i, close + 1);
    let to = close;
    if (macro !== 'footnote:' && macro !== 'kbd:') {
      // The text ends before named attributes: [text,window=_blank].
      const attribute = /,\s*[\w-]+=/.exec(file.slice(open + 1, close));
      if (attribute) to = open + 1 + attribute.index;
      if (/^[\w-]+=/.test(file.slice(open + 1, Math.min(close, open + 60)))) to = open + 1;
    }
    if (to > open + 1 || name === 'image') {
      this.#hide(i, open + 1);
      if (macro === 'footnote:') this.#flow.space();
      this.#closing.set(to, close + 1 - to);
      return open + 1;
    }
    this.#hide(i, scheme || name === 'mailto' ? i : target);
    this.#flow.text(this.#from, open);
    this.#from = open;
    return this.#hide(open, close + 1);
  }

  #closeBracket(from: number): number {
    let depth = 0;
    const limit = Math.min(this.#end, from + MAX_TARGET);
    for (let i = from; i < limit; i++) {
      if (this.#file[i] === '[') depth++;
      else if (this.#file[i] === ']' && this.#file[i - 1] !== '\\' && depth-- === 0) return i;
    }
    return -1;
  }

  #constrained(c: string, from: number): number {
    return this.#next(`1${c}`, from, (i) => {
      const file = this.#file;
      if (file[i] !== c || isSpace(file.charCodeAt(i - 1)) || this.#closing.has(i)) return false;
      if (file[i - 1] === c || file[i + 1] === c) return false;
      return i + 1 === this.#end || !isWord(file.charCodeAt(i + 1));
    });
  }

  #find(mark: string, from: number): number {
    return this.#next(mark, from, (i) => i + mark.length <= this.#end && this.#file.startsWith(mark, i));
  }

  /** The next matching place from `from`; -1: none. */
  #next(what: string, from: number, fits: (i: number) => boolean): number {
    const known = this.#known.get(what);
    if (known && known.from <= from && (known.at < 0 || (known.at >= from && fits(known.at)))) return known.at;
    let at = from;
    while (at < this.#end && !fits(at)) at++;
    if (at >= this.#end) at = -1;
    this.#known.set(what, { from, at });
    return at;
  }

  #hide(start: number, end: number): number {
    this.#flow.text(this.#from, start);
    this.#from = Math.max(this.#from, end);
    return Math.max(end, start + 1);
  }
}
