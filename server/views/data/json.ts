/** Reading view of JSON, JSON with comments, JSON lines. Uses the parser of VS Code's own settings files. */
import { printParseErrorCode, visit } from 'jsonc-parser';
import { DataWriter, indexWithin, type Part, TooDeep } from '../base/data-writer.js';
import { jsonEscape } from '../base/json-string.js';
import type { ReadingView } from '../base/reading-view.js';
import { plainView } from '../base/view-builder.js';

/** Longer texts are read as they are. In UTF-16 units. */
const MAX_LENGTH = 8 * 1024 * 1024;

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

/** Some lines of a text, each read as values of its own. Never throws. @param lines ascending */
export function jsonLinesView(text: string, lines: readonly { start: number; end: number }[]): ReadingView {
  const writer = new DataWriter(text);
  for (const { start, end } of lines) {
    try {
      writer.part(start);
      for (let next: number | undefined = start; next !== undefined; ) next = readValue(writer, text, next, end);
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error;
      writer.broken();
    }
    writer.endPart(end);
  }
  return writer.finish();
}

/** @returns where the next value begins; undefined: there is none */
function readValue(writer: DataWriter, text: string, base: number, end = text.length): number | undefined {
  let next: number | undefined;
  let containers = 0;
  // A token without an end may reach beyond the text.
  const close = (offset: number, length: number) => writer.leave(Math.min(base + offset + length, end));
  visit(text.slice(base, end), {
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

/** The characters of a string literal, without its quotes; each escape is a separate part. */
function stringParts(text: string, offset: number, length: number): Part[] {
  const quoted = text[offset] === '"';
  const end =
    Math.min(offset + length, text.length) - (quoted && length > 1 && text[offset + length - 1] === '"' ? 1 : 0);
  const parts: Part[] = [];
  let from = quoted ? offset + 1 : offset;
  for (let i = from; ; ) {
    const backslash = indexWithin(text, '\\', i, end - 1);
    if (backslash < 0) break;
    const [decoded, size] = jsonEscape(text, backslash);
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
