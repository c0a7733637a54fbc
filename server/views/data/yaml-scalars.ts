/** The characters of YAML scalars, every style, with their places in the file. */
import type { Part } from '../base/data-writer.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

const isBlank = (c: string): boolean => c === ' ' || c === '\t' || c === '\r';

/** Plain and quoted scalars. @param start, end without quotes @param quote '' for plain ones */
export function flowScalar(text: string, start: number, end: number, quote: '' | '"' | "'"): Part[] {
  const parts: Part[] = [];
  let from = start;
  const take = (to: number): void => {
    if (to > from) parts.push({ start: from, end: to });
  };
  for (let i = start; i < end; ) {
    const c = text[i];
    if (c === '\n') {
      let to = i;
      while (to > from && isBlank(text[to - 1])) to--;
      take(to);
      let lines = 0;
      for (; i < end && (isBlank(text[i]) || text[i] === '\n'); i++) if (text[i] === '\n') lines++;
      parts.push({ start: -1, end: -1, text: lines === 1 ? ' ' : '\n'.repeat(Math.min(lines - 1, 2)) });
      from = i;
    } else if (quote === "'" && c === "'" && text[i + 1] === "'" && i + 1 < end) {
      take(i);
      parts.push({ start: i, end: i + 2, text: "'" });
      from = i += 2;
    } else if (quote === '"' && c === '\\' && i + 1 < end) {
      take(i);
      const next = text[i + 1];
      if (next === '\n' || next === '\r') {
        // The line continues on the next without a space.
        i += 2;
        while (i < end && (isBlank(text[i]) || text[i] === '\n')) i++;
        from = i;
      } else {
        const [decoded, size] = unescaped(text, i, end);
        if (decoded === undefined) parts.push({ start: i, end: i + size });
        else parts.push({ start: i, end: i + size, text: decoded });
        from = i += size;
      }
    } else i++;
  }
  take(end);
  return parts;
}

/** @returns undefined: not an escape, to be shown as it is; units it takes */
function unescaped(text: string, at: number, end: number): [string | undefined, number] {
  const code = hexEscape(text, at, end);
  if (code) {
    const [value, size] = code;
    const low = value >= 0xd800 && value < 0xdc00 ? hexEscape(text, at + size, end) : undefined;
    if (low && low[0] >= 0xdc00 && low[0] < 0xe000) return [String.fromCharCode(value, low[0]), size + low[1]];
    return [value <= 0x10ffff ? String.fromCodePoint(value) : undefined, size];
  }
  return [ESCAPES[text[at + 1]], 2];
}

function hexEscape(text: string, at: number, end: number): [number, number] | undefined {
  const digits = text[at] === '\\' ? HEX_DIGITS[text[at + 1]] : undefined;
  if (!digits || at + 2 + digits > end) return undefined;
  const hex = text.slice(at + 2, at + 2 + digits);
  return /^[0-9a-fA-F]+$/.test(hex) ? [Number.parseInt(hex, 16), 2 + digits] : undefined;
}

/**
 * Block scalars: indentation is hidden, folded line ends are one space.
 * @param start, end the lines after the header
 * @param header such as `>-` or `|2+`
 * @param outer indentation of the parent of the scalar
 */
export function blockScalar(text: string, start: number, end: number, header: string, outer: number): Part[] {
  const folded = header[0] === '>';
  const digit = /[1-9]/.exec(header)?.[0];
  let indent = digit ? outer + Number(digit) : -1;
  const parts: Part[] = [];
  // Line ends that were passed since the last text; whether that was indented more than the rest.
  let breaks = 0;
  let deeper = false;
  for (let line = start; line < end; ) {
    const newline = text.indexOf('\n', line);
    const next = newline < 0 || newline >= end ? end : newline + 1;
    let to = newline < 0 || newline >= end ? end : newline;
    if (to > line && text[to - 1] === '\r') to--;
    let spaces = line;
    while (spaces < to && text[spaces] === ' ') spaces++;
    if (indent < 0 && spaces < to) indent = spaces - line;
    const from = indent < 0 ? to : Math.min(line + indent, spaces);
    if (from < to) {
      const deep = text[from] === ' ' || text[from] === '\t';
      if (parts.length > 0) {
        const join = folded && !deep && !deeper ? breaks - 1 : breaks;
        parts.push({ start: -1, end: -1, text: join <= 0 ? ' ' : '\n'.repeat(Math.min(join, 3)) });
      }
      parts.push({ start: from, end: to });
      breaks = 0;
      deeper = deep;
    }
    breaks++;
    line = next;
  }
  return parts;
}
