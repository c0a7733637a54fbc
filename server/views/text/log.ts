/** The reading view of a log: a block for each record, with the lines that belong to it; escape sequences of terminals are hidden. */
import { type ReadingView, ViewBuilder } from '../base/reading-view.js';

const NO_PATH: readonly string[] = [];
/** Colours and cursor movements, titles of windows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\^_=>c78])/g;
const TIME =
  /\d{4}[-/.]\d{2}[-/.]\d{2}|\d{1,2}:\d{2}:\d{2}|\d{2}\/[A-Z][a-z]{2}\/\d{4}|^[A-Z][a-z]{2} +\d{1,2} \d{2}:|^\[? *\d+\.\d{3,}\]?|^[IWEF]\d{4} |^\d{10,13}\b/;
const LEVEL =
  /^\W{0,3}(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE|PANIC|VERBOSE|trace|debug|info|warn|warning|error|fatal)\b/;
/** Lines that belong to the record before them. */
const CONTINUES = /^(?:\s|at |Caused by:|Suppressed:|\.{3} \d+ more|[}\])])/;
const TRACEBACK = /^Traceback \(most recent call last\):|Traceback \(most recent call last\):$/;
/** Columns at the beginning of a line in which a time stamp is looked for. */
const PREFIX = 60;
/** A record is shown in parts beyond this. */
const MAX_RECORD = 20_000;
const SAMPLE = 2000;

export function logView(text: string): ReadingView {
  const builder = new ViewBuilder(text);
  const stamped = isStamped(text);
  let recordStart = 0;
  let inTraceback = false;
  let open = false;
  let shownTo = 0;
  for (const { start, end } of linesOf(text)) {
    const head = headOf(text, start, end);
    if (head.trim() === '') continue;
    const continues = CONTINUES.test(head) || (stamped ? !isRecord(head) : inTraceback);
    // The line after the frames of a traceback names the exception, and ends it.
    inTraceback = TRACEBACK.test(head) || (inTraceback && /^\s/.test(head));
    if (open && continues && end - recordStart <= MAX_RECORD) {
      show(builder, shownTo, end, text);
    } else {
      builder.block('logLine', NO_PATH, '\n');
      recordStart = start;
      show(builder, firstText(text, start, end), end, text);
      open = true;
    }
    shownTo = end;
  }
  return builder.build();
}

/** Copies a range without the escape sequences in it. */
function show(builder: ViewBuilder, start: number, end: number, text: string): void {
  let at = start;
  const part = text.slice(start, end);
  for (const match of part.matchAll(ESCAPES)) {
    builder.copy(at, start + match.index);
    at = start + match.index + match[0].length;
  }
  builder.copy(at, end);
}

/** Whether the records of a log begin with a time stamp or a level: then a line without one belongs to a record. */
function isStamped(text: string): boolean {
  let lines = 0;
  let records = 0;
  for (const { start, end } of linesOf(text)) {
    const head = headOf(text, start, end);
    if (head.trim() === '') continue;
    lines++;
    if (isRecord(head)) records++;
    if (lines >= SAMPLE) break;
  }
  return records >= 2 && records >= 0.1 * lines;
}

function isRecord(head: string): boolean {
  return !/^\s/.test(head) && (TIME.test(head) || LEVEL.test(head));
}

/** The beginning of a line as it is seen. */
function headOf(text: string, start: number, end: number): string {
  const head = text.slice(start, Math.min(end, start + 2 * PREFIX));
  return (head.includes('\x1b') ? head.replace(ESCAPES, '') : head).slice(0, PREFIX);
}

function firstText(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && (text[at] === ' ' || text[at] === '\t' || text[at] === '\ufeff')) at++;
  return at;
}

/** Lines without the space at their end; a lone `\r` (progress) ends one, too. */
function* linesOf(text: string): Generator<{ start: number; end: number }> {
  const breaks = /[\r\n]+/g;
  for (let start = 0; start < text.length; ) {
    const match = breaks.exec(text);
    let end = match?.index ?? text.length;
    const next = match ? breaks.lastIndex : text.length;
    while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
    yield { start, end };
    start = next;
  }
}
