/**
 * Writes running text into a view the way a browser lays it out: blocks begin with their first visible character, white
 * space between two words is one space, and there is none at the edges of a block.
 */
import type { BlockKind, ReadingView } from './reading-view.js';
import { ViewBuilder } from './view-builder.js';

export class Prose {
  readonly builder: ViewBuilder;
  /** White space is significant (`pre`). */
  verbatim = false;
  #next: { kind: BlockKind; path: readonly string[]; between?: string | undefined } | undefined;
  #started = false;
  #lead = '';
  /** Inserted as a separate cell before the cell that begins; undefined: none begins. */
  #above: string | undefined;
  /** The text shown from `keep` to `kept`. */
  #kept: string[] | undefined;
  /** White space since the last visible character; -1: not in the file. */
  #space: { start: number; end: number }[] = [];

  /** @param file the whole text of the document, or its view as far as it is written */
  constructor(file: string | ViewBuilder) {
    this.builder = typeof file === 'string' ? new ViewBuilder(file) : file;
  }

  /** Whether the block has a visible character. */
  get started(): boolean {
    return this.#started;
  }

  /** Starts to keep the shown text. */
  keep(): void {
    this.#kept = [];
  }

  /** Returns the text shown since `keep`, without context. */
  kept(): string {
    const text = this.#kept?.join('').trim() ?? '';
    this.#kept = undefined;
    return text;
  }

  /** Begins a block; the one before it ends. @param between inserted between the two */
  begin(kind: BlockKind, path: readonly string[], between?: string): void {
    this.end();
    this.#next = { kind, path, between };
  }

  end(): void {
    this.builder.endBlock();
    this.#next = undefined;
    this.#started = false;
    this.#lead = '';
    this.#above = undefined;
    this.#space = [];
  }

  /** Whether a block has begun. */
  get open(): boolean {
    return this.#next !== undefined;
  }

  /** Shows a range of the file that begins and ends with visible text. */
  show(start: number, end: number): void {
    if (end <= start) return;
    this.#visible();
    this.builder.copy(start, end);
    this.#kept?.push(this.builder.file.slice(start, end));
  }

  /** Shows other characters for a range of the file. */
  decode(text: string, start: number, end: number): void {
    if (text === '' || end <= start) return;
    this.#visible();
    this.builder.decode(text, start, end);
    this.#kept?.push(text);
  }

  /** White space of the file, or a line break that is not in it. */
  space(start = -1, end = -1): void {
    if (this.verbatim) this.#space.push({ start, end });
    else if (this.#started && this.#space.length === 0) this.#space.push({ start, end });
  }

  /** Context before the next visible character of this block, instead of white space. Empty: none. */
  lead(text: string): void {
    this.#lead = text;
    this.#above = undefined;
  }

  /** Like {@link lead}, and a cell begins with it. @param above a cell inserted before it */
  cell(lead: string, above = ''): void {
    this.#lead = lead;
    this.#above = above;
  }

  /** The block so far names the following text: it is hardly an answer. */
  key(): void {
    if (this.#started) this.builder.key();
  }

  /** Context after the last visible character. */
  insert(text: string): void {
    if (this.#started) this.builder.insert(text);
  }

  build(): ReadingView {
    this.end();
    return this.builder.build();
  }

  #visible(): void {
    const { builder } = this;
    if (!this.#started) {
      if (!this.#next) throw new Error('text outside a block');
      builder.block(this.#next.kind, this.#next.path, this.#next.between);
      this.#started = true;
      if (this.verbatim) this.#indentation();
    }
    if (this.#above !== undefined) beginCell(builder, this.#above);
    this.#above = undefined;
    if (this.#lead !== '') {
      builder.insert(this.#lead);
      this.#lead = '';
    } else {
      for (const { start, end } of this.#space) {
        if (start < 0) builder.insert(this.verbatim ? '\n' : ' ');
        else if (this.verbatim) builder.copy(start, end);
        else builder.decode(' ', start, end);
      }
      if (this.#space.length > 0) this.#kept?.push(' ');
    }
    if (this.#space.length > 0) this.#space = [];
  }

  /** White space before the first word of a verbatim block, only on its line. */
  #indentation(): void {
    for (let i = this.#space.length - 1; i >= 0; i--) {
      const { start, end } = this.#space[i];
      if (start < 0) {
        this.#space.splice(0, i + 1);
        return;
      }
      const line = this.builder.file.slice(start, end).search(/[\r\n][^\r\n]*$/);
      if (line < 0) continue;
      this.#space[i] = { start: start + line + 1, end };
      this.#space.splice(0, i);
      return;
    }
  }
}

/** @param above inserted as a separate cell before it */
export function beginCell(builder: ViewBuilder, above: string): void {
  if (above !== '') builder.cell().insert(above);
  builder.cell();
}
