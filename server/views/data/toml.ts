/** Reading view of TOML. */

import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { append } from '../../text/arrays.js';
import { DataWriter, indexWithin, type Part, TooDeep } from '../base/data-writer.js';
import type { ReadingView } from '../base/reading-view.js';
import { plainView } from '../base/view-builder.js';
import { isTooLarge } from './parser-size.js';

/** Longer texts are read as they are: the parser takes about a second for each. In UTF-16 units. */
const MAX_LENGTH = 1024 * 1024;
/** Then it takes 200 MB. A file of a megabyte that people write has two thirds of it. */
const MAX_SIGNS = 100_000;
/** Attempts to read the text before an error. */
const MAX_ERRORS = 3;

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\x1b',
  '"': '"',
  '\\': '\\',
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Never throws. */
export function tomlView(text: string): ReadingView {
  if (isTooLarge(text, MAX_LENGTH, MAX_SIGNS)) return plainView(text);
  let end = text.length;
  for (let errors = 0; errors <= MAX_ERRORS; errors++) {
    try {
      return read(text, end);
    } catch (error) {
      if (error instanceof TooDeep || error instanceof RangeError) break;
      if (!(error instanceof ParseError)) throw error;
      // The text before the statement with the error; after it nothing is reliable.
      end = text.lastIndexOf('\n', Math.min(error.index, end - 1) - 1) + 1;
      if (end <= 0 || error.index <= 1) break;
    }
  }
  return plainView(text);
}

function read(text: string, end: number): ReadingView {
  const program = parseTOML(text.slice(0, end), { tomlVersion: '1.1' });
  const writer = new DataWriter(text);
  let comment = 0;
  const commentsBefore = (place: number): void => {
    for (; comment < program.comments.length && program.comments[comment].range[0] < place; comment++) {
      let [start, stop] = program.comments[comment].range;
      while (start < stop && text[start] === '#') start++;
      writer.comment(start, stop);
    }
  };
  const keyValue = ({ key, value }: AST.TOMLKeyValue): void => {
    commentsBefore(key.range[0]);
    writer.key(keyParts(text, key));
    content(value);
  };
  const content = (node: AST.TOMLContentNode): void => {
    commentsBefore(node.range[0]);
    if (node.type === 'TOMLValue') {
      writer.value(valueParts(text, node));
      return;
    }
    writer.enter(node.range[0]);
    if (node.type === 'TOMLArray') for (const element of node.elements) content(element);
    else for (const entry of node.body) keyValue(entry);
    commentsBefore(node.range[1]);
    writer.leave(node.range[1]);
  };
  for (const entry of program.body[0].body) {
    if (entry.type === 'TOMLKeyValue') {
      keyValue(entry);
      continue;
    }
    commentsBefore(entry.range[0]);
    writer.key(keyParts(text, entry.key));
    writer.enter(entry.range[0]);
    for (const inner of entry.body) keyValue(inner);
    writer.leave();
  }
  commentsBefore(text.length);
  if (end < text.length) writer.broken();
  return writer.finish();
}

/** The names of `a."b c"` with the dots between them. */
function keyParts(text: string, key: AST.TOMLKey): Part[] {
  const parts: Part[] = [];
  for (const name of key.keys) {
    if (parts.length > 0) parts.push({ start: -1, end: -1, text: '.' });
    const [start, end] = name.range;
    if (name.type === 'TOMLBare') parts.push({ start, end });
    else if (name.style === 'literal') parts.push({ start: start + 1, end: end - 1 });
    else append(parts, basicString(text, start + 1, end - 1));
  }
  return parts.filter(({ start, end }) => start < 0 || end > start);
}

function valueParts(text: string, node: AST.TOMLValue): Part[] {
  let [start, end] = node.range;
  if (node.kind !== 'string') return [{ start, end }];
  const quotes = node.multiline ? 3 : 1;
  start += quotes;
  end -= quotes;
  // A line end after the opening quotes does not belong to the string.
  if (node.multiline && text[start] === '\r') start++;
  if (node.multiline && text[start] === '\n') start++;
  if (node.style === 'literal') return end > start ? [{ start, end }] : [];
  return basicString(text, start, end);
}

function basicString(text: string, start: number, end: number): Part[] {
  const parts: Part[] = [];
  let from = start;
  for (let i = start; ; ) {
    const backslash = indexWithin(text, '\\', i, end);
    if (backslash < 0) break;
    if (backslash > from) parts.push({ start: from, end: backslash });
    const letter = text[backslash + 1];
    const digits = HEX_DIGITS[letter];
    if (digits) {
      const code = Number.parseInt(text.slice(backslash + 2, backslash + 2 + digits), 16);
      i = backslash + 2 + digits;
      parts.push({ start: backslash, end: i, text: String.fromCodePoint(code) });
    } else if (ESCAPES[letter] !== undefined) {
      i = backslash + 2;
      parts.push({ start: backslash, end: i, text: ESCAPES[letter] });
    } else {
      // The line continues on the next.
      i = backslash + 1;
      while (i < end && /\s/.test(text[i])) i++;
    }
    from = i;
  }
  if (end > from) parts.push({ start: from, end });
  return parts;
}
