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
  let recordStart = 0;
  let inTraceback = false;
  let open = false;
  while (line.advance()) {
    const { start, from, end } = line;
    if (keyed.takes(line)) {
      open = false;
      continue;
    }
    const head = withoutEscapes(text.slice(start, Math.min(end, start + 2 * PREFIX))).slice(0, PREFIX);
    const indented = from > start;
    const message = indented ? -1 : readFields(text, from, end, fields);
    const continues = CONTINUES.test(head) || (stamped ? message < 0 : inTraceback);
    // The line after the frames of a traceback names the exception, and ends it.
    inTraceback = TRACEBACK.test(head) || (inTraceback && /^\s/.test(head));
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
  let lines = 0;
  let records = 0;
  while (lines < FIRST_LINES && line.advance()) {
    lines++;
    const isRecord = line.from === line.start && readFields(line.text, line.from, line.end, fields) >= 0;
    if (isRecord && (fields.has('time') || fields.has('level'))) records++;
    else if (lines === 1) return KeyedRecords.begin(line);
  }
  return records >= FEWEST && records >= 0.6 * lines;
}

/** The fields of a line. @returns where its message begins; -1: it has none of the forms of a record */
function readFields(text: string, from: number, end: number, fields: RecordFields): number {
  const access = readAccess(text, from, end, fields);
  if (access >= 0) return access;
  const structured = readStructured(text, from, end, fields);
  if (structured >= 0) return structured;
  return readHead(text, from, end, fields);
}

/** Whether the records of a log have a form: then a line without one belongs to a record. */
function isStamped(text: string, fields: RecordFields): boolean {
  let lines = 0;
  let records = 0;
  const line = new LineCursor(text);
  while (lines < SAMPLE && line.advance()) {
    lines++;
    if (line.from === line.start && readFields(text, line.from, line.end, fields) >= 0) records++;
  }
  return records >= 2 && records >= 0.1 * lines;
}
