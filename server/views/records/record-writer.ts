/** Writes records into a view: a block each, its fields as cells of their kinds. */
import type { FieldKind } from '../base/fields.js';
import { type BlockKind, type ReadingView, ViewBuilder } from '../base/reading-view.js';
import { copySeen } from './log-lines.js';
import type { RecordFields } from './record-fields.js';

const NO_PATH: readonly string[] = [];
export class RecordWriter {
  readonly builder: ViewBuilder;
  readonly #hasEscapes: boolean;

  constructor(readonly text: string) {
    this.builder = new ViewBuilder(text);
    this.#hasEscapes = text.includes('\x1b');
  }

  begin(kind: BlockKind = 'logLine'): void {
    this.builder.block(kind, NO_PATH, ' ;\n');
  }

  /** The fields of a line, and what stands between them, up to a place. */
  fields(fields: RecordFields, start: number, end: number): void {
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

  message(start: number, end: number): void {
    if (end <= start) return;
    this.builder.cell('message');
    this.#copy(start, end);
  }

  /** Lines that belong to what came last. */
  more(end: number): void {
    this.#copy(this.builder.position, end);
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
