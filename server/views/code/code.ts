/** The reading view of source code: comments and doc strings as prose, the code between them unchanged. */
import type { ReadingView } from '../base/reading-view.js';
import { ViewBuilder } from '../base/view-builder.js';
import { type Comment, findComments } from './code-scanner.js';
import { linesOf } from './comment-lines.js';
import type { CommentSyntax } from './comment-syntax.js';
import { declarationAfter, declarationBefore, definitionBefore } from './declaration.js';
import { showComment } from './doc-comments.js';
import { showCodeLines } from './facts.js';
import { syntaxOf } from './languages.js';

export type { CommentSyntax } from './comment-syntax.js';

/** Languages whose doc comments are written with tags of HTML, XML or JSDoc. */
const TAGGED = new Set(
  'c cpp cuda-cpp csharp d fsharp groovy java javascript javascriptreact kotlin objective-c objective-cpp php scala typescript typescriptreact vb'.split(
    ' ',
  ),
);
const NO_PATH: readonly string[] = [];
/** A comment that names the unit of a number and nothing else. */
const UNIT =
  /^(?:in )?(?:(?:milli|micro|nano)?seconds?|secs?|minutes?|hours?|days?|weeks?|years?|m?s|[kmg]i?b|bytes?|(?:kilo|mega|giga)bytes?|bits?|percent|%|pixels?|px|(?:centi|milli|kilo)?met(?:re|er)s?|[mck]?m|degrees?|[kmg]?hz|[mk]?w|volts?|celsius|dpi)$/i;
/** Maximum length of a comment that is shown with the constant before it, in UTF-16 units. */
const MAX_REMARK = 80;

/**
 * @param languageId VS Code's identifier; for an unknown one everything is code
 * @param override overrides the table, for example from the editor's language configuration
 */
export function codeView(text: string, languageId: string, override?: CommentSyntax): ReadingView {
  const builder = new ViewBuilder(text);
  const comments = findComments(text, { ...syntaxOf(languageId), ...override });
  let codeFrom = 0;
  for (let i = 0; i < comments.length; ) {
    let next = i + 1;
    while (next < comments.length && continues(text, comments[next - 1], comments[next], next - i)) next++;
    const group = comments.slice(i, next);
    i = next;
    const { start, kind } = group[0];
    const end = group.at(-1)!.end;
    const trails = !startsLine(text, start);
    // Between the code of its line it is part of that line.
    if (trails && kind === 'block' && !endsLine(text, end)) continue;
    const lines = linesOf(text, group);
    if (lines.every((line) => line.end === line.start)) {
      showCode(builder, codeFrom, start, languageId);
      codeFrom = end;
      continue;
    }
    const remark = trails && kind === 'line' ? remarkOf(text, lines) : '';
    const aside = showCode(builder, codeFrom, start, languageId, remark);
    // A unit is shown next to its number; alone it would only be mistaken for the answer.
    if (aside && UNIT.test(remark)) {
      codeFrom = end;
      continue;
    }
    const inside = kind === 'doc' && languageId === 'python';
    const path = inside
      ? afterColon(text, start)
        ? definitionBefore(text, start)
        : NO_PATH
      : trails && kind !== 'doc'
        ? declarationBefore(text, start)
        : declarationAfter(text, end);
    showComment(builder, lines, path, { indentedCode: !inside, tags: TAGGED.has(languageId), aside });
    codeFrom = end;
  }
  showCode(builder, codeFrom, text.length, languageId);
  return builder.build();
}

/** Whether a comment continues on the next line: line comments, and one-line block comments below each other. */
function continues(text: string, before: Comment, after: Comment, count: number): boolean {
  if (before.kind !== after.kind || before.kind === 'doc') return false;
  if (after.start - before.end > 400) return false;
  const between = text.slice(before.end, after.start);
  if (!/^[ \t]*\r?\n[ \t]*$/.test(between)) return false;
  if (before.kind === 'block' && !(oneLine(text, before) && oneLine(text, after))) return false;
  const columns = Math.abs(column(text, before) - column(text, after));
  // Below a comment after code, only its continuation has the same indentation.
  return count === 1 && !startsLine(text, before.start) ? columns === 0 : columns <= 1;
}

function oneLine(text: string, { start, end }: Comment): boolean {
  return end - start < 400 && !text.slice(start, end).includes('\n') && endsLine(text, end);
}

function column(text: string, { start }: Comment): number {
  return start - text.lastIndexOf('\n', start - 1);
}

function startsLine(text: string, place: number): boolean {
  let at = place - 1;
  while (at >= 0 && /[ \t\r\ufeff]/.test(text[at])) at--;
  return at < 0 || text[at] === '\n';
}

function endsLine(text: string, place: number): boolean {
  let at = place;
  while (at < text.length && /[ \t\r]/.test(text[at])) at++;
  return at >= text.length || text[at] === '\n';
}

/** Whether a doc string is the first thing of a definition's body. */
function afterColon(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 400), start).replace(/[rRuUbBfF]{1,2}$/, '');
  return before
    .replace(/#[^\n]*$/gm, '')
    .trimEnd()
    .endsWith(':');
}

/** A short comment after code that describes it; '' if it is longer. */
function remarkOf(text: string, lines: readonly { start: number; end: number }[]): string {
  const [{ start, end }] = lines;
  const remark = text.slice(start, Math.min(end, start + MAX_REMARK + 1));
  return lines.length === 1 && remark.length <= MAX_REMARK ? remark.replace(/[.;:]$/, '') : '';
}

/**
 * Shows code without blank lines around it; the indentation of its first line stays.
 * @param remark the comment after it
 * @returns whether the remark is shown with the constant before it
 */
function showCode(builder: ViewBuilder, from: number, to: number, language: string, remark = ''): boolean {
  const { file } = builder;
  let end = to;
  while (end > from && /\s/.test(file[end - 1])) end--;
  let start = from;
  let line = from;
  while (start < end && /\s/.test(file[start])) if (file[start++] === '\n') line = start;
  if (start >= end) return false;
  const beside = !file.slice(end, Math.min(to, end + 400)).includes('\n');
  return showCodeLines(builder, line, end, language, beside ? remark : '') && beside && remark !== '';
}
