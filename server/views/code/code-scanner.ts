/**
 * Finds the comments and doc strings of a source text. Time is linear; unbalanced text costs no more than its line or
 * paragraph.
 */
import { isSpace } from '../base/characters.js';
import { BlockEnds } from './block-ends.js';
import { beginsRegex, heredocEnd, quoteOperatorEnd, regexEnd } from './code-literals.js';
import type { BlockRule, CommentSyntax, LineRule, Opening, StringRule } from './comment-syntax.js';
import { type Entry, openingsOf } from './openings.js';

export interface Comment {
  readonly start: number;
  readonly end: number;
  /** Between its markers. */
  readonly innerStart: number;
  readonly innerEnd: number;
  readonly kind: 'line' | 'block' | 'doc';
}

/** A string whose code inside (`${…}`) is being scanned. */
interface Frame {
  rule: StringRule;
  close: string;
  start: number;
  inner: number;
  doc: boolean;
  depth: number;
}

/** Failed searches for an end, after which openings with their own ends are no longer trusted. */
const MAX_FAILURES = 16;
const NEWLINE = 10;
const isWord = (unit: number): boolean =>
  (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || unit === 95 || (unit >= 97 && unit <= 122);

export function findComments(text: string, syntax: CommentSyntax): Comment[] {
  return new Scanner(text, syntax).scan();
}

class Scanner {
  #at = 0;
  #comments: Comment[] = [];
  #frames: Frame[] = [];
  #table: readonly (readonly Entry[] | undefined)[];
  #heredocs: string[] = [];
  #failures = 0;
  /** Strings that were unterminated once: from here they end with their line. */
  #flat = new Set<Opening>();
  /** Here-documents that do not end. */
  #missing = new Set<string>();
  #ends: BlockEnds;
  /** No regular expression ends before this place. */
  #noRegexBefore = 0;

  constructor(
    readonly text: string,
    readonly syntax: CommentSyntax,
  ) {
    this.#ends = new BlockEnds(text);
    this.#table = openingsOf(syntax);
  }

  scan(): Comment[] {
    const { text } = this;
    if (text.startsWith('#!')) this.#at = this.#lineEnd(0);
    if (this.syntax.startsIn) {
      const { close } = this.syntax.startsIn;
      const begin = text.indexOf(close as string);
      this.#at = begin < 0 ? text.length : begin + (close as string).length;
    }
    for (;;) {
      while (this.#at < text.length) {
        const unit = text.charCodeAt(this.#at);
        const entries = unit < 128 ? this.#table[unit] : undefined;
        if (!entries) this.#at++;
        else this.#step(unit, entries);
      }
      // A string is still open: its opening is read again as one that ends with its line.
      const open = this.#frames.findIndex(({ rule }) => rule.lines && !this.#flat.has(rule));
      if (open < 0) return this.#comments;
      const frame = this.#frames[open];
      this.#frames.length = open;
      this.#recover(frame);
    }
  }

  #step(unit: number, entries: readonly Entry[]): void {
    if (unit === NEWLINE) {
      this.#newline();
      return;
    }
    const frame = this.#frames.at(-1);
    if (frame) {
      const [open, close] = frame.rule.code!;
      if (unit === close.charCodeAt(0) && frame.depth-- === 0) {
        this.#frames.pop();
        this.#at++;
        this.#string(frame, this.#at);
        return;
      }
      if (unit === open.charCodeAt(open.length - 1)) frame.depth++;
    }
    const first = this.#at;
    if (isWord(unit) && first > 0 && isWord(this.text.charCodeAt(first - 1))) {
      this.#at++;
      return;
    }
    for (const entry of entries) if (this.#take(entry, first)) return;
    this.#at = first + 1;
  }

  /** Whether an opening is here; if so it is read to its end. */
  #take(entry: Entry, start: number): boolean {
    const { text } = this;
    switch (entry.type) {
      case 'line':
        return this.#line(entry.rule, start);
      case 'block': {
        if (entry.rule.firstColumn && start > 0 && text.charCodeAt(start - 1) !== NEWLINE) return false;
        const found = this.#open(entry.rule, start);
        return typeof found?.close === 'string' && this.#block(entry.rule, start, found.end, found.close);
      }
      case 'string': {
        const found = this.#open(entry.rule, start);
        if (!found) return false;
        const { rule } = entry;
        if (found.close === null) this.#at = found.end;
        else {
          const doc = rule.doc !== undefined && this.#isDoc(rule, start);
          this.#string({ rule, close: found.close, start, inner: found.end, doc, depth: 0 }, found.end);
        }
        return true;
      }
      case 'skip':
        this.#at = start + 2;
        // The end of a line is never skipped: pending constructs must see it.
        if (text.charCodeAt(start + 1) === NEWLINE) this.#at--;
        return true;
      case 'quotes': {
        if (this.#failures > MAX_FAILURES) return false;
        const end = quoteOperatorEnd(text, start, this.syntax.quotes!);
        if (end < 0) this.#failures++;
        if (end > 0) this.#at = end;
        return end > 0;
      }
      case 'heredoc': {
        const pattern = this.syntax.heredoc!;
        pattern.lastIndex = start;
        const match = pattern.exec(text);
        if (!match) return false;
        this.#heredocs.push(match.groups!.tag);
        this.#at = start + match[0].length;
        return true;
      }
      case 'regex': {
        if (start < this.#noRegexBefore || !beginsRegex(text, this.#lastCode(start), start)) return false;
        const end = regexEnd(text, start);
        if (end < 0) this.#noRegexBefore = this.#lineEnd(start);
        else this.#at = end;
        return end > 0;
      }
    }
  }

  #line({ open, at, unless }: LineRule, start: number): boolean {
    const { text } = this;
    if (!text.startsWith(open, start)) return false;
    const inner = start + open.length;
    if (unless) {
      unless.lastIndex = inner;
      if (unless.test(text)) {
        // What a longer run of the marker is part of is passed as a whole.
        if (unless.lastIndex <= inner + 1) return false;
        this.#at = unless.lastIndex;
        return true;
      }
    }
    if (at === 'lineStart' && !this.#startsLine(start)) return false;
    if (at === 'wordStart' && start > 0 && !/[\s;|&(]/.test(text[start - 1])) return false;
    // An address in the text of JSX or in a shell.
    if (open === '//' && text[start - 1] === ':' && /\bhttps?$/.test(text.slice(Math.max(0, start - 7), start - 1))) {
      return false;
    }
    let end = this.#lineEnd(start);
    if (this.syntax.startsIn) {
      const html = text.slice(start, end).indexOf('?>');
      if (html >= 0) end = start + html;
    }
    this.#at = end;
    if (text[end - 1] === '\r' && end > inner) end--;
    this.#comments.push({ start, end, innerStart: inner, innerEnd: end, kind: 'line' });
    return true;
  }

  #block(rule: BlockRule, start: number, inner: number, close: string): boolean {
    let end = this.#ends.find(rule, inner, close);
    let innerEnd = end - close.length;
    if (end < 0) {
      // One that never ends extends to the end of its paragraph.
      if (typeof rule.open !== 'string' && ++this.#failures > MAX_FAILURES) return false;
      const blank = /\n[ \t\r]*\n/g;
      blank.lastIndex = inner;
      end = blank.exec(this.text)?.index ?? this.text.length;
      innerEnd = end;
    } else if (close.startsWith('\n=')) end = this.#lineEnd(end);
    innerEnd = Math.max(innerEnd, inner);
    this.#comments.push({ start, end, innerStart: inner, innerEnd, kind: 'block' });
    this.#at = end;
    return true;
  }

  /** Continues to read a string from a place in it. */
  #string(frame: Frame, from: number): void {
    const { text } = this;
    const { rule, close } = frame;
    const lines = rule.lines && !this.#flat.has(rule);
    const escaping = rule.escape?.charCodeAt(0) ?? -1;
    const first = close.charCodeAt(0);
    const code = rule.code?.[0];
    const codeFirst = code?.charCodeAt(0) ?? -1;
    for (let i = from; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === codeFirst && text.startsWith(code!, i)) {
        this.#frames.push({ ...frame, depth: 0 });
        this.#at = i + code!.length;
        return;
      }
      if (unit === escaping) {
        if (text.charCodeAt(i + 1) === 13) i++;
        i++;
      } else if (unit === first && text.startsWith(close, i)) {
        if (!rule.doubled || !text.startsWith(close, i + close.length)) {
          this.#closed(frame, i);
          return;
        }
        i += 2 * close.length - 1;
      } else if (unit === NEWLINE && !lines) {
        this.#at = i;
        return;
      }
    }
    if (lines && !rule.openEnded) this.#recover(frame);
    else this.#at = text.length;
  }

  #closed({ rule, close, start, inner, doc }: Frame, at: number): void {
    this.#at = at + close.length;
    if (!doc) return;
    if (rule.doc === 'statement') {
      let after = this.#at;
      while (this.text[after] === ' ' || this.text[after] === '\t' || this.text[after] === '\r') after++;
      if (after < this.text.length && this.text[after] !== '\n' && this.text[after] !== '#') return;
    }
    while (this.#comments.length > 0 && this.#comments.at(-1)!.start > start) this.#comments.pop();
    this.#comments.push({ start, end: this.#at, innerStart: inner, innerEnd: at, kind: 'doc' });
  }

  /** Returns to the opening of an unterminated string, and lets its kind end with the line from there. */
  #recover({ rule, start, inner }: Frame): void {
    const fixed = typeof rule.close === 'string';
    // Ends that depend on the opening are dropped one by one.
    if (fixed || ++this.#failures > MAX_FAILURES) this.#flat.add(rule);
    while (this.#comments.length > 0 && this.#comments.at(-1)!.start >= start) this.#comments.pop();
    this.#heredocs = [];
    this.#ends.rewind();
    this.#noRegexBefore = 0;
    this.#at = fixed ? start : inner;
  }

  #newline(): void {
    // A string that ends with its line does so in the code inside it, too.
    while (this.#frames.length > 0 && (!this.#frames.at(-1)!.rule.lines || this.#flat.has(this.#frames.at(-1)!.rule))) {
      this.#frames.pop();
    }
    this.#at++;
    for (const tag of this.#heredocs) {
      if (this.#failures > MAX_FAILURES || this.#missing.has(tag)) continue;
      const end = heredocEnd(this.text, this.#at, tag);
      if (end >= 0) this.#at = end;
      else {
        this.#failures++;
        this.#missing.add(tag);
      }
    }
    this.#heredocs = [];
  }

  #open(rule: Opening, start: number): { end: number; close: string | null } | null {
    const { text } = this;
    if (typeof rule.open === 'string') {
      return text.startsWith(rule.open, start)
        ? { end: start + rule.open.length, close: (rule.close as string | undefined) ?? null }
        : null;
    }
    if (typeof rule.close === 'function' && this.#flat.has(rule)) return null;
    rule.open.lastIndex = start;
    const match = rule.open.exec(text);
    if (!match) return null;
    const close = typeof rule.close === 'function' ? rule.close(match) : (rule.close ?? null);
    return { end: start + match[0].length, close };
  }

  #isDoc(rule: StringRule, start: number): boolean {
    if (rule.doc === 'always') return true;
    if (rule.doc === 'attribute') {
      return /@(?:module|type|short)?doc\s+(?:~[sS])?$/.test(this.text.slice(Math.max(0, start - 30), start));
    }
    // The prefix of a Python string: r"…", f"…".
    let from = start;
    while (from > 0 && start - from < 2 && /[rRuUbBfF]/.test(this.text[from - 1])) from--;
    if (!this.#startsLine(from)) return false;
    const last = this.#lastCode(from);
    if (last < 0) return true;
    const single = rule.open === '"' || rule.open === "'";
    return single ? this.text[last] === ':' : !'([{,=+%\\|&*'.includes(this.text[last]);
  }

  /** The last character of code before a place; -1: none. */
  #lastCode(place: number): number {
    let comment = this.#comments.length - 1;
    let at = place - 1;
    for (;;) {
      while (at >= 0 && isSpace(this.text.charCodeAt(at))) at--;
      while (comment >= 0 && this.#comments[comment].start > at) comment--;
      if (comment < 0 || this.#comments[comment].end <= at || this.#comments[comment].kind === 'doc') return at;
      at = this.#comments[comment--].start - 1;
    }
  }

  #startsLine(place: number): boolean {
    let at = place - 1;
    while (at >= 0 && (this.text[at] === ' ' || this.text[at] === '\t')) at--;
    return at < 0 || this.text[at] === '\n' || this.text[at] === '\r' || this.text[at] === '\ufeff';
  }

  #lineEnd(place: number): number {
    const end = this.text.indexOf('\n', place);
    return end < 0 ? this.text.length : end;
  }
}
