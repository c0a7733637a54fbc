/**
 * The reading view of a log: a block for each record with its fields (time, level, host, source, message) and the lines
 * that belong to it. One file may have lines of several forms.
 */
import type { ReadingView } from '../base/reading-view.js';
import { readAccess } from './access-log.js';
import { KeyedRecords } from './keyed-records.js';
import { readHead } from './log-head.js';
import { LineCursor, withoutEscapes } from './log-lines.js';
import { RecordFields } from './record-fields.js';
import { RecordWriter } from './record-writer.js';
import { readStructured } from './structured-line.js';

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
  const fields = new RecordFields();
  const keyed = new KeyedRecords(text, writer);
  const stamped = isStamped(text, fields);
  const line = new LineCursor(text);
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
    const message = from > start ? -1 : reader.read(from, end, fields);
    let continues = false;
    if (message >= 0) inTraceback = text.startsWith('last):', end - 6);
    else {
      const head = withoutEscapes(text.slice(start, Math.min(end, start + 2 * PREFIX))).slice(0, PREFIX);
      continues = stamped || inTraceback || CONTINUES.test(head);
      // The line after the frames of a traceback names the exception, and ends it.
      inTraceback = TRACEBACK.test(head) || (inTraceback && /^\s/.test(head));
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
      writer.fields(fields, from, Math.min(message, end));
      writer.message(message, end);
    }
  }
  return writer.build();
}

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
  /** The next quotation mark: a line without one is not an access log, which saves the other patterns. */
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
    return structured >= 0 ? structured : readHead(text, from, end, fields);
  }
}

/** Whether the records of a log have a form: then a line without one belongs to a record. */
function isStamped(text: string, fields: RecordFields): boolean {
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
