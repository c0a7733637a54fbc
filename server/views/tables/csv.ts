/**
 * Reading view of CSV, TSV and other delimited text: a row for each record, its cells after the names of their columns.
 */
import type { Part } from '../base/data-writer.js';
import type { ReadingView } from '../base/reading-view.js';
import type { Records } from '../base/records.js';
import { ViewBuilder } from '../base/view-builder.js';
import { DelimitedScanner, type Detected, detectDialect } from './delimited.js';
import { hasHeader, keyColumn } from './headers.js';
import { type Cell, type Row, trimmed, writeTable } from './table.js';

/** Records that are examined to detect the format. */
const SAMPLE_RECORDS = 200;
const NO_PATH: readonly string[] = [];

/** Comma-separated values, or with another separator. Never throws. */
export const csvView = (text: string): ReadingView => new Delimited(text, ',').view();
/** Tab-separated values. */
export const tsvView = (text: string): ReadingView => new Delimited(text, '\t').view();

/** The same by records, for a question about many of them. */
export const csvRecords = (text: string): Records => new Delimited(text, ',').records();
export const tsvRecords = (text: string): Records => new Delimited(text, '\t').records();

class Delimited {
  readonly #dialect: Detected;
  /** Fields of most records. */
  readonly #width: number;
  /** Start of the record with the names of the columns; -1: none. */
  readonly #header: number;
  readonly #key: number;

  constructor(
    readonly text: string,
    preferred: string,
  ) {
    this.#dialect = detectDialect(text, preferred);
    const sample: { start: number; cells: string[] }[] = [];
    const scanner = this.#scanner();
    while (sample.length < SAMPLE_RECORDS && scanner.next()) {
      if (scanner.isBlank) continue;
      const cells = scanner.starts.map((start, i) => text.slice(start, Math.min(scanner.ends[i], start + 200)));
      sample.push({ start: scanner.start, cells });
    }
    this.#width = widthOf(sample);
    const first = sample.findIndex(({ cells }) => !this.#isLine(cells.length));
    const body = sample.slice(Math.max(0, first)).filter(({ cells }) => !this.#isLine(cells.length));
    const named = hasHeader(body.map(({ cells }) => cells));
    this.#header = named ? body[0].start : -1;
    this.#key = keyColumn(body.slice(named ? 1 : 0).map(({ cells }) => cells));
  }

  view(): ReadingView {
    const builder = new ViewBuilder(this.text);
    const scanner = this.#scanner();
    writeTable(builder, { key: this.#key, rows: this.#rows(scanner) }, NO_PATH);
    return builder.build();
  }

  records(): Records {
    const starts: number[] = [];
    const scanner = this.#scanner();
    while (scanner.next()) if (!scanner.isBlank) starts.push(scanner.start);
    const places = Int32Array.from(starts);
    return {
      text: this.text,
      starts: places,
      always: starts.indexOf(this.#header),
      view: (some) => {
        const builder = new ViewBuilder(this.text);
        const rows = this.#rowsAt(Array.from(some, (record) => places[record]));
        writeTable(builder, { key: this.#key, names: this.#names(), rows }, NO_PATH);
        return builder.build();
      },
    };
  }

  #scanner(from = this.#dialect.from): DelimitedScanner {
    return new DelimitedScanner(this.text, this.#dialect, from);
  }

  /** A title or note: one field while the others have several. */
  #isLine(fields: number): boolean {
    return fields === 1 && this.#width > 1;
  }

  *#rows(scanner: DelimitedScanner): Generator<Row> {
    while (scanner.next()) yield this.#row(scanner);
  }

  /** @param starts of records, ascending */
  *#rowsAt(starts: readonly number[]): Generator<Row> {
    for (const start of starts) {
      const scanner = this.#scanner(start);
      if (scanner.next()) yield this.#row(scanner);
    }
  }

  #names(): string[] {
    const scanner = this.#scanner(this.#header);
    if (this.#header < 0 || !scanner.next()) return [];
    return scanner.starts.map((start, i) => this.text.slice(start, scanner.ends[i]).replace(/\s+/g, ' ').trim());
  }

  #row(scanner: DelimitedScanner): Row {
    const { starts, ends, quoted } = scanner;
    const cells: Cell[] = [];
    for (let i = 0; i < starts.length; i++) {
      const parts = this.#parts(starts[i], ends[i], quoted[i]);
      if (parts.length > 0) cells.push({ column: i, parts });
    }
    if (this.#isLine(starts.length)) return { kind: 'text', cells };
    return { kind: scanner.start === this.#header ? 'names' : 'values', cells };
  }

  /** Lines are joined, doubled quotes are shown once. */
  #parts(start: number, end: number, quoted: boolean): Part[] {
    const { text } = this;
    const whole = trimmed(text, start, end);
    if (!whole) return [];
    const { quote } = this.#dialect;
    const field = text.slice(whole.start, whole.end);
    if (!quoted || (!field.includes(quote) && !/[\r\n]/.test(field))) return [whole];
    const parts: Part[] = [];
    let from = whole.start;
    const show = (to: number) => {
      if (to > from) parts.push({ start: from, end: to });
    };
    const special = quote === "'" ? /''|\s*[\r\n]\s*/g : /""|\s*[\r\n]\s*/g;
    for (const { index, 0: found } of field.matchAll(special)) {
      const at = whole.start + index;
      show(at);
      parts.push({ start: at, end: at + found.length, text: found[0] === quote ? quote : ' ' });
      from = at + found.length;
    }
    show(whole.end);
    return parts;
  }
}

/** The most frequent number of fields. */
function widthOf(sample: readonly { cells: readonly string[] }[]): number {
  const counts = new Map<number, number>();
  let width = 1;
  for (const { cells } of sample) {
    const count = (counts.get(cells.length) ?? 0) + 1;
    counts.set(cells.length, count);
    if (count > (counts.get(width) ?? 0)) width = cells.length;
  }
  return width;
}
