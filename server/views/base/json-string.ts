/** The escapes of JSON's strings, with the range of each. */
import type { ViewBuilder } from './view-builder.js';

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

/** Shows the decoded text of a JSON string literal. @param start after its quote @param end before the closing one */
export function showJsonString(builder: ViewBuilder, start: number, end: number): void {
  const { file } = builder;
  let done = start;
  for (let at = file.indexOf('\\', start); at >= 0 && at < end; at = file.indexOf('\\', done)) {
    builder.copy(done, at);
    const [decoded, size] = jsonEscape(file, at);
    done = Math.min(end, at + size);
    // Anything else after a backslash is unchanged.
    builder.decode(decoded || file.slice(at, done), at, done);
  }
  builder.copy(done, end);
}

/** One escape; a surrogate pair of two is one character. @returns its character, '' if it is not one; units it takes */
export function jsonEscape(text: string, at: number): [string, number] {
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
