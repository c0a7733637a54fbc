/**
 * The reading view of plain text. Lines that were wrapped at a margin are joined again; lines that are short for a
 * reason (verse, addresses, tables, `key: value`) are unchanged. A line was wrapped if the next word did not fit on it.
 */
import type { ReadingView } from '../base/reading-view.js';
import { type Line, splitLines } from '../base/text-lines.js';
import { ViewBuilder } from '../base/view-builder.js';
import { findTable } from '../tables/plain-tables.js';
import { writeTable } from '../tables/table.js';
import { withoutPageBreaks } from './page-breaks.js';
import { HeadingPath, headingAt } from './plain-headings.js';

/** Wider lines are not wrapped by hand: each is a paragraph. */
const WIDEST = 130;
/** Narrower paragraphs are not wrapped, unless the whole text is that narrow. */
const NARROWEST = 45;
/** Fraction of the margin that may be unused on a wrapped line. */
const RAGGED = 0.1;
/** Lines that are all indented this much are centred. */
const CENTRED = 16;
const BULLET = /^(?:[-*+•‣o]|\(?(?:\d{1,3}|[a-zA-Z])[.)]|\[\d{1,3}\])\s+\S/;
const KEY_VALUE = /^[\p{L}\d][\p{L}\d ._/-]{0,30}\s?[:=]\s+\S/u;
/** Space or lines that form columns. */
const COLUMNS = /\S(?: {3,}|\t)\S|^[|+].*[|+]$|[\u2500-\u257f]/;
const MAX_LOOK = 400;

/** Writes the beginning of a text with a special form. @returns how many lines it took */
export type FrontMatter = (builder: ViewBuilder, lines: readonly Line[]) => number;

/** @param front of another format, such as the first page of an RFC */
export function plainTextView(text: string, front?: FrontMatter): ReadingView {
  return new PlainWriter(text).write(front);
}

class PlainWriter {
  readonly #builder: ViewBuilder;
  readonly #lines: Line[];
  /** The right margin of the whole text. */
  readonly #margin: number;
  readonly #headings = new HeadingPath();

  constructor(readonly text: string) {
    this.#builder = new ViewBuilder(text);
    this.#lines = withoutPageBreaks(text, splitLines(text));
    this.#margin = marginOf(this.#lines);
  }

  write(front?: FrontMatter): ReadingView {
    const lines = this.#lines;
    for (let i = front?.(this.#builder, lines) ?? 0; i < lines.length; ) {
      if (isBlank(lines[i])) {
        i++;
        continue;
      }
      let end = i + 1;
      while (end < lines.length && !isBlank(lines[end])) end++;
      const found = findTable(this.text, lines, i, end);
      if (found?.from === i) {
        writeTable(this.#builder, found.table, this.#headings.path);
        i = found.to;
        continue;
      }
      const heading = headingAt(this.text, lines, i, i === 0 || isBlank(lines[i - 1]));
      if (heading) {
        const { start, end } = lines[i];
        this.#builder.block('heading', this.#headings.above(heading)).copy(start, end).endBlock();
        this.#headings.enter(heading, this.text.slice(start, end));
        i += heading.lines;
        continue;
      }
      end = found?.from ?? end;
      this.#paragraphs(i, end);
      i = end;
    }
    return this.#builder.build();
  }

  /** Consecutive lines without a blank one. */
  #paragraphs(from: number, to: number): void {
    if (this.#keepsLines(from, to)) {
      this.#open(from)
        .copy(this.#lines[from].start, this.#lines[to - 1].end)
        .endBlock();
      return;
    }
    const wrapped = this.#isWrapped(from, to);
    this.#open(from).copy(this.#lines[from].start, this.#lines[from].end);
    let first = from;
    for (let i = from + 1; i < to; i++) {
      const { start, end } = this.#lines[i];
      if (this.#begins(first, i)) {
        this.#open(i);
        first = i;
      } else this.#builder.insert(wrapped && this.#room(i) < 0.25 * this.#margin ? ' ' : '\n');
      this.#builder.copy(start, end);
    }
    this.#builder.endBlock();
  }

  #open(i: number): ViewBuilder {
    return this.#builder.block(BULLET.test(this.#look(i)) ? 'listItem' : 'paragraph', this.#headings.path);
  }

  /** Whether a line begins a new paragraph or item. @param first the first line of the one before */
  #begins(first: number, i: number): boolean {
    const lines = this.#lines;
    if (BULLET.test(this.#look(i))) return !/^[\p{L}(]/u.test(this.#look(i)) || !this.#isFull(i);
    if (lines[i - 1].end - lines[i - 1].start > WIDEST && lines[i].end - lines[i].start > 0) return true;
    // The second line shows the indentation of a paragraph's body.
    if (i === first + 1)
      return Math.abs(lines[i].indent - lines[first].indent) > 1 && !this.#isFull(i) && !this.#isItem(first);
    return Math.abs(lines[i].indent - lines[i - 1].indent) > 1;
  }

  #isItem(i: number): boolean {
    return BULLET.test(this.#look(i));
  }

  /** Whether most of the lines end where the next word would not have fitted. */
  #isWrapped(from: number, to: number): boolean {
    let joins = 0;
    let full = 0;
    let first = from;
    let widest = 0;
    for (let i = from; i < to; i++) {
      widest = Math.max(widest, Math.min(WIDEST, width(this.#lines[i])));
      if (i === from) continue;
      if (this.#begins(first, i)) {
        first = i;
        continue;
      }
      joins++;
      if (this.#isFull(i)) full++;
    }
    return widest >= Math.min(NARROWEST, this.#margin) && full >= 0.7 * joins;
  }

  /** Whether the first word of a line did not fit on the line above. */
  #isFull(i: number): boolean {
    return this.#room(i) <= RAGGED * this.#margin;
  }

  /** Columns left on the line above if the first word of a line were there; negative: it does not fit. */
  #room(i: number): number {
    return this.#margin - width(this.#lines[i - 1]) - 1 - firstWord(this.text, this.#lines[i]);
  }

  /** Tables in columns, lists of keys with values, verse. */
  #keepsLines(from: number, to: number): boolean {
    if (to - from < 2) return false;
    let columns = 0;
    let keys = 0;
    let capitals = 0;
    for (let i = from; i < to; i++) {
      const line = this.#look(i);
      if (COLUMNS.test(line)) columns++;
      if (KEY_VALUE.test(line)) keys++;
      if (/^["'‘“]?\p{Lu}/u.test(line) && !BULLET.test(line)) capitals++;
    }
    if (this.#lines.slice(from, to).every(({ indent }) => indent >= CENTRED)) return true;
    // Verse and addresses: every line begins with a capital letter and none is wide.
    const verse = to - from > 2 && capitals >= 0.75 * (to - from);
    if (verse && this.#lines.slice(from, to).every((line) => line.end - line.start <= 60)) return true;
    return columns > 0.5 * (to - from) || keys >= 0.6 * (to - from);
  }

  #look(i: number): string {
    const { start, end } = this.#lines[i];
    return this.text.slice(start, Math.min(end, start + MAX_LOOK));
  }
}

/**
 * The column that lines were wrapped at: nearly the widest of the lines that are followed by another.
 * A text with few of them counts as wrapped at its widest line.
 */
function marginOf(lines: readonly Line[]): number {
  const widths = new Uint32Array(WIDEST + 1);
  let count = 0;
  for (let i = 0; i + 1 < lines.length; i++) {
    const columns = width(lines[i]);
    if (isBlank(lines[i]) || isBlank(lines[i + 1]) || columns > WIDEST) continue;
    widths[columns]++;
    count++;
  }
  let above = count < 20 ? 0 : Math.floor(count * 0.08);
  for (let columns = WIDEST; columns > 0; columns--) {
    if (widths[columns] > above) return Math.max(columns, count < 20 ? NARROWEST : 0);
    above -= widths[columns];
  }
  return WIDEST;
}

const isBlank = ({ start, end }: Line): boolean => start === end;

const width = ({ start, end, indent }: Line): number => indent + end - start;

function firstWord(text: string, { start, end }: Line): number {
  let at = start;
  while (at < end && at < start + WIDEST && text[at] !== ' ' && text[at] !== '\t') at++;
  return at - start;
}
