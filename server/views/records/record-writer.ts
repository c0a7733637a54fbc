/** Writes records into a view: a block each, its fields as cells of their kinds. */
import type { FieldKind } from '../base/fields.js';
import type { BlockKind, ReadingView } from '../base/reading-view.js';
import { ViewBuilder } from '../base/view-builder.js';
import { copySeen } from './log-lines.js';
import type { RecordFields } from './record-fields.js';

/** Units of a line in which names of exceptions are searched. */
const LOOK = 400;
const EXCEPTION = /(?:Exception|Error|Throwable|Violation|Failure|Interrupt|Timeout)(?=: \S)/;
/** Units searched for one at once, and more than one has. */
const SEARCHED = 4096;
const LONGEST_NAME = 16;
const NAME = /[\w$.]/;
const FRAME = /^(?:at |File "|\.{3} \d+ more|#\d{1,4} |Traceback )/;
const CAUSE = /^(?:Caused by|Suppressed): /;
const NO_PATH: readonly string[] = [];

/** What the records of a text are written to. */
export type RecordSink = Pick<RecordWriter, 'begin' | 'fields' | 'message' | 'more' | 'keyed' | 'line'>;

export class RecordWriter {
  readonly builder: ViewBuilder;
  readonly #hasEscapes: boolean;
  #inTrace = false;
  /** End of the next name of an exception; none begins between it and the end of what was searched. */
  #exception = -1;
  #searched = 0;

  constructor(readonly text: string) {
    this.builder = new ViewBuilder(text);
    this.#hasEscapes = text.includes('\x1b');
  }

  begin(kind: BlockKind = 'logLine'): void {
    this.builder.block(kind, NO_PATH, ' ;\n');
  }

  /** The fields of a line, and the text between them, up to a place. */
  fields(fields: RecordFields, start: number, end: number): void {
    const { builder } = this;
    if (this.#hasEscapes) {
      this.#fieldByField(fields, start, end);
      return;
    }
    let at = start;
    for (let i = 0; i < fields.count; i++) {
      if (fields.starts[i] > at) builder.cell('text', at - start);
      builder.cell(fields.kinds[i], fields.starts[i] - start);
      at = fields.ends[i];
    }
    if (end > at) builder.cell('text', at - start);
    builder.copy(start, end);
  }

  #fieldByField(fields: RecordFields, start: number, end: number): void {
    let at = start;
    for (let i = 0; i < fields.count; i++) {
      if (fields.starts[i] > at) {
        this.builder.cell();
        this.#copy(at, fields.starts[i]);
      }
      this.builder.cell(fields.kinds[i]);
      this.#copy(fields.starts[i], fields.ends[i]);
      at = fields.ends[i];
    }
    if (end <= at) return;
    this.builder.cell();
    this.#copy(at, end);
  }

  message(start: number, end: number, kind: 'message' | 'cause' = 'message'): void {
    if (end <= start) return;
    this.builder.cell(kind);
    this.#says(start, start, end, kind);
    this.#inTrace = false;
  }

  /** A line that belongs to the last record: it continues it, or is part of a stack trace. @param from of its text */
  more(from: number, end: number): void {
    const { builder } = this;
    const head = this.text.slice(from, Math.min(end, from + LOOK));
    const cause = CAUSE.exec(head);
    if (FRAME.test(head)) {
      builder.cell('frame');
      if (!this.#inTrace) builder.insert(' ;');
      this.#copy(builder.position, end);
      this.#inTrace = true;
    } else if (cause) {
      builder.cell();
      this.#copy(builder.position, from + cause[0].length);
      this.message(from + cause[0].length, end, 'cause');
    } else {
      // Below a Python frame is a line of the program, then the error.
      const ends = this.#inTrace && builder.position < from && !/[ \t]/.test(this.text[from - 1] ?? '');
      if (ends) builder.cell('message');
      if (ends || !this.#inTrace) this.#says(builder.position, from, end);
      else this.#copy(builder.position, end);
      if (ends) this.#inTrace = false;
    }
  }

  /** Shows the message; names of exceptions in it are fields. @param from start of its text */
  #says(start: number, from: number, end: number, kind: 'message' | 'cause' = 'message'): void {
    let at = start;
    const limit = Math.min(end, from + LOOK);
    for (let to = this.#exceptionFrom(from, limit); to < limit; to = this.#exceptionFrom(to + 1, limit)) {
      let name = to;
      while (name > from && NAME.test(this.text[name - 1])) name--;
      if (name < at) continue;
      this.#copy(at, name);
      this.builder.cell('exception');
      this.#copy(name, to);
      this.builder.cell();
      this.#copy(to, to + 2);
      this.builder.cell(kind);
      at = to + 2;
    }
    this.#copy(at, end);
  }

  /**
   * The end of the next name of an exception after a place; places are passed in ascending order.
   * @returns `limit`: it does not end before it
   */
  #exceptionFrom(place: number, limit: number): number {
    if (this.#exception >= place) return this.#exception;
    // No further than needed: of a large log only a few records may be shown.
    while (this.#searched < limit) {
      const from = Math.max(place, this.#searched);
      const found = EXCEPTION.exec(this.text.slice(from, from + SEARCHED + LONGEST_NAME));
      this.#searched = from + SEARCHED;
      if (!found || found.index >= SEARCHED) continue;
      this.#exception = from + found.index + found[0].length;
      this.#searched = this.#exception;
      return this.#exception;
    }
    return limit;
  }

  /** A line "key: value" of a record. @param more not the first one */
  keyed(kind: FieldKind, start: number, keyEnd: number, value: number, end: number, more: boolean): void {
    this.builder.cell();
    if (more) this.builder.insert('; ');
    this.#copy(start, keyEnd);
    if (value >= end) return;
    this.builder.cell(kind);
    this.builder.insert(': ');
    this.#copy(value, end);
  }

  /** A line of a record that has no key. */
  line(start: number, end: number, more: boolean): void {
    this.builder.cell('message');
    if (more) this.builder.insert(' ');
    this.#copy(start, end);
  }

  build(): ReadingView {
    return this.builder.build();
  }

  #copy(start: number, end: number): void {
    copySeen(this.builder, start, end, this.#hasEscapes);
  }
}
