/** The name of what a comment is about, if the adjacent line shows it. */

const MAX_LINE = 160;
const MAX_BEFORE = 600;
const KEYWORD =
  /(?:^|\s)(?:function\*?|class|interface|enum|struct|trait|type|def|defp|defmodule|defmacro|fn|func|fun|module|namespace|protocol|object|record|union|mod|sub|procedure|package|let|var|val|data|newtype|message|service|rpc|contract|subroutine|const|#define)\s+(?:\([^()]*\)\s*)?["`]?([\p{L}_$][\w$.]*)/u;
const DEFINITION = /^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)/gm;
/** Lines between a comment and what it is about: decorators, attributes, templates. */
const PREFIX = /^\s*(?:@\w|#\[|\[\w[^=]*\]\s*$|template\s*<)/;
const NOT_A_NAME = new Set(
  'if for while switch return catch else do case new throw await typeof sizeof import include export default delete in of and or not elif except with assert print yield goto'.split(
    ' ',
  ),
);
const NONE: readonly string[] = [];

/** @param end the place after a comment; what it is about begins on this line or the next */
export function declarationAfter(text: string, end: number): readonly string[] {
  let at = end;
  for (let skipped = 0; skipped < 4; skipped++) {
    const start = nextLine(text, at);
    if (start < 0) return NONE;
    const line = lineAt(text, start);
    if (!PREFIX.test(line)) return named(line);
    at = start + line.length;
    // A decorator longer than the examined text.
    if (line.length === MAX_LINE) return NONE;
  }
  return NONE;
}

/** What a doc string inside a definition is about. @param start its beginning */
export function definitionBefore(text: string, start: number): readonly string[] {
  const before = text.slice(Math.max(0, start - MAX_BEFORE), start);
  const last = [...before.matchAll(DEFINITION)].at(-1);
  return last ? [last[1]] : NONE;
}

/** What a comment after code on its line is about. @param from the beginning of that code, if it is not far */
export function declarationBefore(text: string, start: number): readonly string[] {
  const from = Math.max(start - MAX_LINE, text.lastIndexOf('\n', start - 1) + 1);
  return named(text.slice(from, start));
}

function named(line: string): readonly string[] {
  const name = nameOf(line.trim());
  return name === '' || NOT_A_NAME.has(name) ? NONE : [name];
}

function nameOf(line: string): string {
  const first = /^[\w$]*/.exec(line)![0];
  const bracket = line.indexOf('(');
  const equals = line.indexOf('=');
  const called = bracket > 0 && (equals < 0 || bracket < equals);
  // `static const char *name(` does not name `char`.
  const keyword = KEYWORD.exec(line)?.[1];
  // A field of the type `struct name`.
  const isType = /\b(?:struct|enum|union)\s+\w+\s+[*\s]*\w+\s*[;,=[(:]/.test(line);
  if (keyword !== undefined && !isType && !(first !== 'export' && /\bconst\s+\w+[\s*&]+\w/.test(line))) return keyword;
  if (NOT_A_NAME.has(first)) return '';
  if (called) {
    const [name, before] = wordBefore(line, bracket);
    const typed = before !== '' && /[\w>*&\]]$/.test(before);
    return typed || (before === '' && line.endsWith('{')) ? name : '';
  }
  const stop = line.search(/[=;:,[]/);
  return stop > 0 ? wordBefore(line, stop)[0] : '';
}

/** The word that ends before a place, and the text before it. */
function wordBefore(line: string, place: number): [string, string] {
  const until = line.slice(0, place).trimEnd();
  let start = until.length;
  while (start > 0 && /[\w$]/.test(until[start - 1])) start--;
  return [until.slice(start), until.slice(0, start).trimEnd()];
}

/** The next character of code, unless a blank line or the end comes before it: -1. */
function nextLine(text: string, from: number): number {
  let breaks = 0;
  for (let at = from; at < text.length && at < from + MAX_BEFORE; at++) {
    if (text[at] === '\n' && ++breaks > 1) return -1;
    if (!/\s/.test(text[at])) return at;
  }
  return -1;
}

function lineAt(text: string, start: number): string {
  const line = text.slice(start, start + MAX_LINE);
  const end = line.indexOf('\n');
  return end < 0 ? line : line.slice(0, end);
}
