/**
 * RFCs and Internet-Drafts as plain text: the two columns at the head of the first page are facts and authors ("author:
 * A. Lindqvist"); running heads and page numbers are hidden by page-breaks.ts.
 */
import type { ReadingView } from '../base/reading-view.js';
import type { Line } from '../base/text-lines.js';
import type { ViewBuilder } from '../base/view-builder.js';
import { plainTextView } from './plain.js';

/** Lines at the beginning that may contain the head of the first page. */
const MAX_HEAD = 40;
const NO_PATH: readonly string[] = [];
const STREAM =
  /^(?:Network Working Group|Internet Engineering Task Force|Internet Architecture Board|Internet Research Task Force|Independent Submission|INTERNET[- ]DRAFT|Internet[- ]Draft|Request for Comments:)/im;
const FIELD =
  /^(Request for Comments|BCP|STD|FYI|Obsoletes|Updates|Obsoleted by|Updated by|Category|ISSN|Intended status|Expires|See also|Replaces|NIC)\s*:\s*/i;
const DATE =
  /^(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December)\b.{0,20}\d{4}$/i;
/** `A. Lindqvist`, `J. de Vries, Ed.`, `Y. (S.) Kim` */
const PERSON =
  /^(?:\(?[\p{Lu}]\.\)?[ -]?){1,4}[ ]?[\p{L}'’.-]+(?: [\p{L}'’.-]+){0,3}(?:, (?:Ed|Editor|Ph\.D|Jr)\.?)?$/u;
/** Space that separates the columns. */
const GAP = / {3,}|\t+/;

/** Whether a text begins like an RFC or a draft. @param head its first few thousand characters */
export function isRfc(head: string): boolean {
  const lines = head.split('\n', 30).join('\n');
  return (
    STREAM.test(lines) &&
    /^(?:Request for Comments: +\d|RFC +\d{1,5}\s|Internet[- ]Draft|Category: |Intended status: |Expires: )/im.test(
      lines,
    )
  );
}

/** Never throws. */
export function rfcView(text: string): ReadingView {
  return plainTextView(text, (builder, lines) => writeHead(text, builder, lines));
}

function writeHead(text: string, builder: ViewBuilder, lines: readonly Line[]): number {
  let i = 0;
  while (i < lines.length && lines[i].start === lines[i].end) i++;
  let last = i;
  while (last < lines.length && last - i < MAX_HEAD && lines[last].start < lines[last].end) last++;
  // Without two columns it is ordinary text.
  if (last - i < 2 || !STREAM.test(text.slice(lines[i].start, lines[last - 1].end))) return 0;
  for (const { start, end, from } of lines.slice(i, last)) {
    const line = text.slice(start, Math.min(end, start + 200));
    const gap = start - from > 20 ? null : GAP.exec(line);
    const right = start - from > 20 ? start : gap ? start + gap.index + gap[0].length : end;
    const left = gap ? start + gap.index : right === start ? start : end;
    if (left > start) writeField(text, builder, start, left);
    if (right < end) writeRight(text, builder, right, end);
  }
  return last;
}

function writeField(text: string, builder: ViewBuilder, start: number, end: number): void {
  const field = FIELD.exec(text.slice(start, end));
  builder.block('value', NO_PATH, '\n');
  if (field) {
    builder
      .copy(start, start + field[1].length)
      .insert(': ')
      .key()
      .copy(start + field[0].length, end);
  } else builder.copy(start, end);
  builder.endBlock();
}

function writeRight(text: string, builder: ViewBuilder, start: number, end: number): void {
  const cell = text.slice(start, end);
  const name = DATE.test(cell) ? 'date' : PERSON.test(cell) ? 'author' : 'organisation of the author';
  builder.block('value', NO_PATH, '\n').insert(`${name}: `).key().copy(start, end).endBlock();
}
