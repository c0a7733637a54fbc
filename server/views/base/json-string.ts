/** JSON's string escapes, with the range of each. */
import type { ViewBuilder } from './view-builder.js';

const ESCAPES: Record<string, string> = {
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
    done = Math.min(end, at + (file[at + 1] === 'u' ? 6 : 2));
    builder.decode(decodeEscape(file.slice(at, done)), at, done);
  }
  builder.copy(done, end);
}

/** The character of one escape; anything else is unchanged. */
function decodeEscape(source: string): string {
  if (source[1] !== 'u') return ESCAPES[source[1]] ?? source;
  return /^\\u[0-9a-fA-F]{4}$/.test(source) ? String.fromCharCode(Number.parseInt(source.slice(2), 16)) : source;
}
