/** Reading view of lines of keys and values: .ini, .properties, .env. Sections are the path; # ; ! begin comments. */

import { isSpace } from '../base/characters.js';
import { DataWriter, type Part } from '../base/data-writer.js';
import type { ReadingView } from '../base/reading-view.js';

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** Never throws. @param java escapes and continued lines, as in .properties */
export function propertiesView(text: string, java = false): ReadingView {
  const writer = new DataWriter(text);
  let inSection = false;
  for (let next = 0; next < text.length; ) {
    let [start, end, after] = trimmedLine(text, next);
    next = after;
    if (start === end) continue;
    const first = text[start];
    if (first === '#' || first === ';' || (java && first === '!')) {
      let from = start;
      while (from < end && text[from] === first) from++;
      writer.comment(from, end);
    } else if (first === '[' && text[end - 1] === ']' && !java) {
      if (inSection) writer.leave();
      if (end - start > 2) writer.key([{ start: start + 1, end: end - 1 }]);
      writer.enter(start);
      inSection = true;
    } else {
      if (!java && text.startsWith('export ', start)) start += 'export '.length;
      const separator = findSeparator(text, start, end, java);
      const key: Part[] = [];
      valueParts(text, start, trimEnd(text, start, separator), java, key);
      let from = separator;
      while (from < end && isSpace(text.charCodeAt(from))) from++;
      if (from < end && (text[from] === '=' || text[from] === ':')) from++;
      const value: Part[] = [];
      valueParts(text, from, end, java, value);
      while (java && oddBackslashes(text, end) && next < text.length) {
        [start, end, next] = trimmedLine(text, next);
        valueParts(text, start, end, java, value);
      }
      if (key.length > 0) writer.key(key);
      if (key.length + value.length > 0) writer.value(value);
    }
  }
  return writer.finish();
}

/** @returns start and end of the line without the space around it, start of the next */
function trimmedLine(text: string, at: number): [number, number, number] {
  const newline = text.indexOf('\n', at);
  const end = newline < 0 ? text.length : newline;
  let start = at;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  return [start, trimEnd(text, start, end), newline < 0 ? end : newline + 1];
}

function trimEnd(text: string, start: number, end: number): number {
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

function findSeparator(text: string, start: number, end: number, java: boolean): number {
  let colon = -1;
  for (let i = start; i < end; i++) {
    const c = text[i];
    if (java && c === '\\') i++;
    else if (c === '=') return !java && colon >= 0 && text[colon + 1] === ' ' ? colon : i;
    else if (c === ':') {
      if (java) return i;
      if (colon < 0) colon = i;
    } else if (java && isSpace(text.charCodeAt(i))) {
      return i;
    }
  }
  return colon >= 0 ? colon : end;
}

/** The value in a range of one line, appended to `parts`: quotes and continuation characters are hidden. */
function valueParts(text: string, start: number, end: number, java: boolean, parts: Part[]): void {
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  if (!java) {
    const quote = text[start];
    if (end - start >= 2 && (quote === '"' || quote === "'") && text[end - 1] === quote) {
      start++;
      end--;
    }
    if (end > start) parts.push({ start, end });
    return;
  }
  if (oddBackslashes(text, end)) end--;
  let from = start;
  for (let i = start; i < end; i++) {
    if (text[i] !== '\\' || i + 1 >= end) continue;
    const unicode = /^u([0-9a-fA-F]{4})$/.exec(text.slice(i + 1, i + 6))?.[1];
    const size = unicode && i + 6 <= end ? 6 : 2;
    const decoded = size === 6 ? String.fromCharCode(Number.parseInt(unicode!, 16)) : text[i + 1];
    if (i > from) parts.push({ start: from, end: i });
    parts.push({ start: i, end: i + size, text: size === 6 ? decoded : (ESCAPES[decoded] ?? decoded) });
    from = i + size;
    i = from - 1;
  }
  if (end > from) parts.push({ start: from, end });
}

/** Whether a line that ends here continues on the next. */
function oddBackslashes(text: string, end: number): boolean {
  let from = end;
  while (from > 0 && text[from - 1] === '\\') from--;
  return (end - from) % 2 === 1;
}
