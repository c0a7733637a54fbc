/**
 * The reading view of a log: a block for each record with its fields (time, level, host, source, message) and the lines
 * that belong to it. One file may have lines of several forms.
 */
import { IntList } from '../base/int-list.js';
import type { ReadingView } from '../base/reading-view.js';
import type { Records } from '../base/records.js';
import { readAccess } from './access-log.js';
import { readInner } from './inner-line.js';
import { KeyedRecords } from './keyed-records.js';
import { readHead } from './log-head.js';
import { LineCursor, withoutEscapes } from './log-lines.js';
import { RecordFields } from './record-fields.js';
import { type RecordSink, RecordWriter } from './record-writer.js';
import { readStructured } from './structured-line.js';
import { stampEnd } from './time-stamp.js';

/** Lines that belong to the record before them. */
const CONTINUES = /^(?:\s|at |Caused by:|Suppressed:|\.{3} \d+ more|[}\])])/;
const TRACEBACK = /^Traceback \(most recent call last\):|Traceback \(most recent call last\):$/;
/** Columns at the beginning of a line that are examined. */
const PREFIX = 60;
/** A longer record is shown in parts. */
const MAX_RECORD = 20_000;
const SAMPLE = 2000;
/** How much of a text is examined to recognise a log. */
const LOOK = 8000;
const FIRST_LINES = 40;
const FEWEST = 3;

export function logView(text: string): ReadingView {
  const writer = new RecordWriter(text);
  new LogReader(text, isStamped(text)).read(0, text.length, writer);
  return writer.build();
}

/** The same by records, for a question about many of them. */
export function logRecords(text: string): Records {
  const reader = new LogReader(text, isStamped(text));
  const starts = reader.starts();
  return {
    text,
    starts,
    always: -1,
    view: (some) => {
      const writer = new RecordWriter(text);
      for (let i = 0; i < some.length; i++) reader.read(starts[some[i]], starts[some[i] + 1] ?? text.length, writer);
      return writer.build();
    },
  };
}

class LogReader {
  readonly #text: string;
  readonly #isStamped: boolean;
  readonly #fields = new RecordFields();

  /** @param stamped a line without a head belongs to the record before it */
  constructor(text: string, stamped: boolean) {
    this.#text = text;
    this.#isStamped = stamped;
  }

  /** Writes the records of a part of the text, which begins where a record does. */
  read(start: number, end: number, writer: RecordSink): void {
    const line = new LineCursor(this.#text, start, end);
    this.#read(line, writer, (reader) => reader.read(line.from, line.end, this.#fields));
  }

  /** [records] where each begins. */
  starts(): Int32Array {
    const line = new LineCursor(this.#text);
    const starts = new IntList();
    const sink: RecordSink = { ...NOTHING, begin: () => starts.push(line.start) };
    // A line that begins with a stamp is a record, whatever its other fields are.
    this.#read(line, sink, (reader) =>
      stampEnd(this.#text, line.from) >= 0 ? line.from : reader.read(line.from, line.end, this.#fields),
    );
    return starts.toArray();
  }

  /** @param head returns where the message of the line begins; -1: it has none of the forms of a record */
  #read(line: LineCursor, writer: RecordSink, head: (reader: FieldReader) => number): void {
    const text = this.#text;
    const keyed = new KeyedRecords(text, writer);
    const reader = new FieldReader(text);
    let recordStart = 0;
    let inTraceback = false;
    let open = false;
    while (line.advance()) {
      const { start, from, end } = line;
      if (keyed.takes(line)) {
        open = false;
        continue;
      }
      const message = from > start ? -1 : head(reader);
      let continues = false;
      if (message >= 0) inTraceback = text.startsWith('last):', end - 6);
      else {
        const first = withoutEscapes(text.slice(start, Math.min(end, start + 2 * PREFIX))).slice(0, PREFIX);
        continues = this.#isStamped || inTraceback || CONTINUES.test(first);
        // The line after the frames of a traceback names the exception, and ends it.
        inTraceback = TRACEBACK.test(first) || (inTraceback && /^\s/.test(first));
      }
      if (open && continues && end - recordStart <= MAX_RECORD) {
        writer.more(from, end);
        continue;
      }
      writer.begin();
      recordStart = start;
      open = true;
      if (message < 0) writer.message(from, end);
      else {
        writer.fields(this.#fields, from, Math.min(message, end));
        writer.message(message, end);
      }
    }
  }
}

const nothing = (): void => {};
const NOTHING: Omit<RecordSink, 'begin'> = {
  fields: nothing,
  message: nothing,
  more: nothing,
  keyed: nothing,
  line: nothing,
};

/** Whether a text begins like a log: nearly all lines, several in a row, are records with a time or lines of one. */
export function looksLikeLog(text: string): boolean {
  const fields = new RecordFields();
  const line = new LineCursor(text.slice(0, LOOK));
  const reader = new FieldReader(line.text);
  let lines = 0;
  let records = 0;
  while (lines < FIRST_LINES && line.advance()) {
    lines++;
    const isRecord = line.from === line.start && reader.read(line.from, line.end, fields) >= 0;
    if (isRecord && (fields.has('time') || fields.has('level'))) records++;
    else if (lines === 1) return KeyedRecords.begin(line);
  }
  return records >= FEWEST && records >= 0.6 * lines;
}

/** Reads the fields of lines, one after the other. */
class FieldReader {
  /** The next quotation mark: without one a line cannot be an access log; no other pattern needs to find that out. */
  #quote = -1;

  constructor(readonly text: string) {}

  /** @returns where the message of a line begins; -1: it has none of the forms of a record */
  read(from: number, end: number, fields: RecordFields): number {
    const { text } = this;
    if (this.#quote < from) {
      const quote = text.indexOf('"', from);
      this.#quote = quote < 0 ? text.length : quote;
    }
    const access = this.#quote < end ? readAccess(text, from, end, fields) : -1;
    if (access >= 0) return access;
    const first = text.charCodeAt(from);
    // Neither JSON nor logfmt begins with a digit or a bracket.
    const structured = first === 0x5b || (first >= 48 && first <= 57) ? -1 : readStructured(text, from, end, fields);
    if (structured >= 0) return structured;
    const message = readHead(text, from, end, fields);
    return message < 0 ? message : readInner(text, message, end, fields);
  }
}

/** Whether the records of a log have a form: then a line without one belongs to a record. */
function isStamped(text: string): boolean {
  const fields = new RecordFields();
  let lines = 0;
  let records = 0;
  const line = new LineCursor(text);
  const reader = new FieldReader(text);
  while (lines < SAMPLE && line.advance()) {
    lines++;
    if (line.from === line.start && reader.read(line.from, line.end, fields) >= 0) records++;
  }
  return records >= 2 && records >= 0.1 * lines;
}
