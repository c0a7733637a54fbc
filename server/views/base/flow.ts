/** Prose assembled from pieces of a file: wrapped lines are joined, blocks begin with what is visible. */

import { isSpace } from './characters.js';
import { beginCell } from './prose.js';
import type { BlockKind, ReadingView } from './reading-view.js';
import { ViewBuilder } from './view-builder.js';

/** Units of a title or header that are kept. */
const MAX_HEARD = 500;

export class Flow {
  readonly #builder: ViewBuilder;
  #waiting: { kind: BlockKind; path: readonly string[]; between?: string | undefined } | undefined;
  #open = false;
  #space = false;
  #prefix = '';
  /** Inserted as a separate cell before the cell that begins; undefined: none begins. */
  #above: string | undefined;
  #heard = '';
  /** The text shown from `keep` to `kept`. */
  #kept: string | undefined;

  constructor(readonly file: string) {
    this.#builder = new ViewBuilder(file);
  }

  /** End of what was shown last. */
  get position(): number {
    return this.#builder.position;
  }

  /** Whether the block has any text yet. */
  get started(): boolean {
    return this.#open;
  }

  /** Starts to keep the shown text, up to a limit. */
  keep(): void {
    this.#kept = '';
  }

  /** Returns the text shown since `keep`, without context. */
  kept(): string {
    const text = this.#kept?.trim() ?? '';
    this.#kept = undefined;
    return text;
  }

  /** The block's text so far, except text inserted before cells; only its beginning if it is long. */
  get heard(): string {
    return this.#heard;
  }

  /** The next visible text starts a new block. @param between inserted before it */
  begin(kind: BlockKind, path: readonly string[], between?: string | undefined): this {
    this.end();
    this.#waiting = { kind, path, between };
    return this;
  }

  end(): this {
    this.#builder.endBlock();
    this.#open = false;
    this.#waiting = undefined;
    this.#space = false;
    this.#prefix = '';
    this.#above = undefined;
    this.#heard = '';
    return this;
  }

  /** Shows a range; line ends with surrounding space become one inserted space. */
  text(start: number, end: number): this {
    const { file } = this;
    let from = start;
    for (let i = start; i < end; i++) {
      if (file.charCodeAt(i) !== 10) continue;
      this.#run(from, i);
      this.#space = true;
      from = i + 1;
      while (from < end && isSpace(file.charCodeAt(from))) from++;
      i = from - 1;
    }
    this.#run(from, end);
    return this;
  }

  /** Shows a range with its line ends and indentation, as code is. */
  verbatim(start: number, end: number): this {
    if (end > start) {
      this.#ready();
      this.#builder.copy(start, end);
    }
    return this;
  }

  decode(text: string, start: number, end: number): this {
    // Space alone does not begin a block, and one is enough.
    if (text === ' ' && (!this.#open || this.#space || this.#prefix !== '')) this.#space = true;
    else {
      this.#ready();
      this.#builder.decode(text, start, end);
      this.#hear(text);
    }
    return this;
  }

  /** Space before the next text in the block, unless it is the first. */
  space(): this {
    this.#space = true;
    return this;
  }

  /** Inserted before the next text in this block, in place of space. */
  prefix(text: string): this {
    this.#prefix = text;
    this.#above = undefined;
    return this;
  }

  lead(text: string): void {
    this.prefix(text);
  }

  /** Like {@link prefix}, and a cell begins with it. @param above a cell inserted before it */
  cell(lead: string, above = ''): void {
    this.#prefix = lead;
    this.#above = above;
  }

  /** Context after the last visible character. */
  insert(text: string): void {
    if (this.#open) this.#builder.insert(text);
  }

  /** The block so far names the following text: it is hardly an answer. */
  key(): void {
    if (this.#open) this.#builder.key();
  }

  build(): ReadingView {
    this.end();
    return this.#builder.build();
  }

  /** Within a line: space at its edges is held back until something follows. */
  #run(start: number, end: number): void {
    const { file } = this;
    let from = start;
    while (from < end && isSpace(file.charCodeAt(from))) from++;
    if (from === end) {
      if (end > start) this.#space = true;
      return;
    }
    let to = end;
    while (isSpace(file.charCodeAt(to - 1))) to--;
    // A single space of the file right after shown text is copied.
    const whole = from - start === 1 && !this.#space && this.#open && this.#prefix === '' && this.position === start;
    if (from > start && !whole) this.#space = true;
    this.#ready();
    this.#builder.copy(whole ? start : from, to);
    this.#hear(file.slice(whole ? start : from, Math.min(to, from + MAX_HEARD)));
    if (to < end) this.#space = true;
  }

  #hear(text: string): void {
    if (this.#kept !== undefined && this.#kept.length < MAX_HEARD) this.#kept = (this.#kept + text).slice(0, MAX_HEARD);
    if (this.#heard.length < MAX_HEARD) this.#heard = (this.#heard + text).slice(0, MAX_HEARD);
  }

  #ready(): void {
    if (!this.#open) {
      const { kind, path, between } = this.#waiting ?? { kind: 'paragraph' as const, path: [], between: undefined };
      this.#builder.block(kind, path, between);
      this.#waiting = undefined;
      this.#open = true;
    } else if (this.#space && this.#prefix === '' && this.#above === undefined) {
      this.#builder.insert(' ');
      this.#hear(' ');
    }
    this.#space = false;
    if (this.#above !== undefined) beginCell(this.#builder, this.#above);
    this.#above = undefined;
    this.#builder.insert(this.#prefix);
    this.#prefix = '';
  }
}

/** Headings above a place: the last of each level. */
export class Outline {
  #levels: { level: number; title: string }[] = [];
  path: readonly string[] = [];

  /** The path of a heading itself. */
  above(level: number): readonly string[] {
    return this.#levels.filter((heading) => heading.level < level).map((heading) => heading.title);
  }

  /** @returns the path of what follows the heading */
  enter(level: number, title: string): readonly string[] {
    const levels = this.#levels.filter((heading) => heading.level < level);
    this.#levels = [...levels, { level, title: title.slice(0, 200) }];
    this.path = this.#levels.map((heading) => heading.title);
    return this.path;
  }
}

export interface Line {
  /** Of the file; `end` before the line break, `text` without indentation and space at the end. */
  start: number;
  end: number;
  next: number;
  /** Start of the text after the indentation, and its trimmed end. */
  from: number;
  to: number;
}

/** All lines of a text; a blank one has from = to. */
export function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let from = start;
    let to = end;
    while (to > start && isSpace(text.charCodeAt(to - 1))) to--;
    while (from < to && isSpace(text.charCodeAt(from))) from++;
    lines.push({ start, end, next: newline < 0 ? end : newline + 1, from, to });
    start = newline < 0 ? end : newline + 1;
  }
  return lines;
}
