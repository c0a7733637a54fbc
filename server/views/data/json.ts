/** Reading view of JSON, JSON with comments, JSON lines. Uses the parser of VS Code's own settings files. */
import { printParseErrorCode, visit } from 'jsonc-parser';
import { DataWriter, indexWithin, type Part, TooDeep } from '../base/data-writer.js';
import type { ReadingView } from '../base/reading-view.js';
import { plainView } from '../base/view-builder.js';

/** Longer texts are read as they are. In UTF-16 units. */
const MAX_LENGTH = 8 * 1024 * 1024;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Never throws. */
export function jsonView(text: string): ReadingView {
  if (text.length > MAX_LENGTH) return plainView(text);
  const writer = new DataWriter(text);
  try {
    // JSON lines are one value after the other.
    for (let next: number | undefined = 0; next !== undefined; ) next = readValue(writer, text, next);
  } catch (error) {
    if (error instanceof TooDeep) return plainView(text);
    throw error;
  }
  return writer.finish();
}

/** @returns where the next value begins; undefined: there is none */
function readValue(writer: DataWriter, text: string, base: number): number | undefined {
  let next: number | undefined;
  let containers = 0;
  // A token without an end may reach beyond the text.
  const close = (offset: number, length: number) => writer.leave(Math.min(base + offset + length, text.length));
  visit(text.slice(base), {
    onObjectBegin(offset) {
      containers++;
      writer.enter(base + offset);
    },
    onObjectEnd: close,
    onArrayBegin(offset) {
      containers++;
      writer.enter(base + offset);
    },
    onArrayEnd: close,
    onObjectProperty: (_, offset, length) => writer.key(stringParts(text, base + offset, length)),
    onLiteralValue(value, offset, length) {
      const start = base + offset;
      writer.value(typeof value === 'string' ? stringParts(text, start, length) : [{ start, end: start + length }]);
    },
    onComment(offset, length) {
      const start = base + offset + 2;
      let end = Math.min(base + offset + length, text.length);
      if (text[start - 1] === '*' && text.endsWith('*/', end) && end - 2 >= start) end -= 2;
      writer.comment(start, end);
    },
    onError(error, offset) {
      if (printParseErrorCode(error) === 'EndOfFileExpected' && containers > 0) next = base + offset;
      else writer.broken();
    },
  });
  return next;
}

/** The characters of a string literal, quotes excluded: one part an escape. */
function stringParts(text: string, offset: number, length: number): Part[] {
  const quoted = text[offset] === '"';
  const end =
    Math.min(offset + length, text.length) - (quoted && length > 1 && text[offset + length - 1] === '"' ? 1 : 0);
  const parts: Part[] = [];
  let from = quoted ? offset + 1 : offset;
  for (let i = from; ; ) {
    const backslash = indexWithin(text, '\\', i, end - 1);
    if (backslash < 0) break;
    const [decoded, size] = unescaped(text, backslash);
    if (decoded === '' || backslash + size > end) {
      i = backslash + 2;
      continue;
    }
    if (backslash > from) parts.push({ start: from, end: backslash });
    parts.push({ start: backslash, end: backslash + size, text: decoded });
    from = backslash + size;
    i = from;
  }
  if (end > from) parts.push({ start: from, end });
  return parts;
}

/** A surrogate pair of two escapes is one character. @returns its character, '' if it is not one; units it takes */
function unescaped(text: string, at: number): [string, number] {
  const simple = ESCAPES[text[at + 1]];
  if (simple !== undefined) return [simple, 2];
  const code = hex(text, at);
  if (code < 0) return ['', 2];
  const low = code >= 0xd800 && code < 0xdc00 ? hex(text, at + 6) : -1;
  if (low >= 0xdc00 && low < 0xe000) return [String.fromCharCode(code, low), 12];
  return [String.fromCharCode(code), 6];
}

function hex(text: string, at: number): number {
  const digits = /^\\u([0-9a-fA-F]{4})$/.exec(text.slice(at, at + 6))?.[1];
  return digits === undefined ? -1 : Number.parseInt(digits, 16);
}
