/** The text of comments line by line, without their markers, gutters, boxes and rules. */
import { isBlank } from '../base/characters.js';
import type { Comment } from './code-scanner.js';

/** A line of a comment's text; a blank one and a rule (`-----`) have equal ends. */
export interface TextLine {
  readonly start: number;
  readonly end: number;
  /** Columns before the text, counted from the marker with its marks, or the gutter. */
  readonly indent: number;
}

const TAB = 4;
/** A line of only these is a rule or the edge of a box. */
const RULE = /^[\s=\-*#~_+/\\|<>.:;%!@^'",&$?·•\u2500-\u257f]*$/;
const RULE_BEFORE = /^([=\-*#~_+/])\1{2,}\s+/;
const RULE_AFTER = /\s([=\-*#~_+/])\1{2,}$/;
/** Marks of documentation after a marker: `/** `, `//! `, `//< `, `-- | `, `#' `, `#: `. */
const DOC_MARK = /[!<|^':*-]{1,2}(?=\s|$)/y;

/** @param comments consecutive comments that are read as one */
export function linesOf(text: string, comments: readonly Comment[]): TextLine[] {
  const lines: TextLine[] = [];
  for (const comment of comments) {
    if (comment.kind === 'line') lines.push(ofLineComment(text, comment));
    else for (const line of ofBlock(text, comment)) lines.push(line);
  }
  return lines;
}

function ofLineComment(text: string, { innerStart, innerEnd }: Comment): TextLine {
  const from = afterMarker(text, innerStart, innerEnd);
  return trimmed(text, from, innerEnd, 0);
}

/** Steps over repetitions of a marker's last character and marks of documentation. */
function afterMarker(text: string, innerStart: number, innerEnd: number): number {
  const last = text[innerStart - 1];
  let at = innerStart;
  if (!/[\w"(]/.test(last)) while (at < innerEnd && text[at] === last) at++;
  // Haskell and Ada: after a space.
  const mark = last === '-' && text[at] === ' ' && (text[at + 1] === '|' || text[at + 1] === '^') ? at + 1 : at;
  DOC_MARK.lastIndex = mark;
  const match = DOC_MARK.exec(text);
  // A lone `- ` is a list.
  return match && mark + match[0].length <= innerEnd && !(match[0] === '-' && last !== '*')
    ? mark + match[0].length
    : at;
}

function ofBlock(text: string, comment: Comment): TextLine[] {
  const isDoc = comment.kind === 'doc';
  const innerStart = isDoc ? comment.innerStart : afterMarker(text, comment.innerStart, comment.innerEnd);
  let innerEnd = comment.innerEnd;
  const opener = text[comment.innerStart - 1];
  if (!isDoc && !/\w/.test(opener)) while (innerEnd > innerStart && text[innerEnd - 1] === opener) innerEnd--;
  const ranges: [number, number][] = [];
  for (let at = innerStart; at <= innerEnd; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 || newline > innerEnd ? innerEnd : newline;
    ranges.push([at, end]);
    at = end + 1;
  }
  const gutter = isDoc ? '' : gutterOf(text, ranges, opener);
  const lines = ranges.map(([start, end], i) => {
    let at = start;
    if (gutter !== '' && i > 0) {
      const mark = firstText(text, start, end);
      if (text[mark] === gutter && mark < end) {
        at = mark + 1;
        while (at < end && text[at] === gutter) at++;
        return trimmed(text, at, boxed(text, at, end, gutter), 0);
      }
    }
    return trimmed(text, at, end, 0);
  });
  // The first line has no column of its own: it counts as the leftmost.
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < lines.length; i++) if (lines[i].end > lines[i].start) least = Math.min(least, lines[i].indent);
  if (lines.length > 0 && Number.isFinite(least)) lines[0] = { ...lines[0], indent: least };
  return lines;
}

/** The character that begins every further line of a block comment; empty: there is none. */
function gutterOf(text: string, ranges: readonly [number, number][], opener: string): string {
  if (!'*+|'.includes(opener)) return '';
  let filled = 0;
  let marked = 0;
  for (let i = 1; i < ranges.length; i++) {
    const at = firstText(text, ranges[i][0], ranges[i][1]);
    if (at === ranges[i][1]) continue;
    filled++;
    if (text[at] === opener) marked++;
  }
  return filled > 0 && marked >= filled * 0.8 ? opener : '';
}

/** The end of a line without the right side of a box. */
function boxed(text: string, start: number, end: number, side: string): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at - 1 > start && text[at - 1] === side && isBlank(text.charCodeAt(at - 2)) ? at - 1 : end;
}

/** @param indent columns before `from` */
function trimmed(text: string, from: number, to: number, indent: number): TextLine {
  let start = from;
  let column = indent;
  while (start < to && isBlank(text.charCodeAt(start))) column += text[start++] === '\t' ? TAB : 1;
  let end = to;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  if (end > start && !/[\p{L}\p{N}]/u.test(text.slice(start, Math.min(end, start + 3)))) {
    const line = text.slice(start, end);
    if (RULE.test(line)) return { start, end: start, indent: column };
    start += RULE_BEFORE.exec(line)?.[0].length ?? 0;
  }
  if (end - start > 3 && '=-*#~_+/'.includes(text[end - 1])) {
    const tail = text.slice(Math.max(start, end - 200), end);
    end -= RULE_AFTER.exec(tail)?.[0].length ?? 0;
    while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  }
  return { start, end, indent: column };
}

function firstText(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(text.charCodeAt(at))) at++;
  return at;
}
