/** A line that is a record of named values: JSON, or logfmt (`level=warn msg="scrape failed"`). */
import { visit } from 'jsonc-parser';
import { kindOfKey } from './key-kinds.js';
import type { RecordFields } from './record-fields.js';

/** A longer line is read as text. */
const MAX_LINE = 20_000;
const PAIR = /([A-Za-z_@][\w.@-]{0,60})=(?:"((?:[^"\\\n\r]|\\.)*)"|([^\s"]*))(?=\s|$)/my;
/** Minimum number of pairs at the beginning of a logfmt line. */
const FEWEST_PAIRS = 3;

/** @returns the end of the line; -1: a different form */
export function readStructured(text: string, start: number, end: number, fields: RecordFields): number {
  if (end - start > MAX_LINE) return -1;
  fields.clear();
  if (text[start] === '{') return text[end - 1] === '}' ? readJson(text, start, end, fields) : -1;
  return readLogfmt(text, start, end, fields);
}

function readJson(text: string, start: number, end: number, fields: RecordFields): number {
  let key = '';
  let wrong = false;
  visit(text.slice(start, end), {
    onObjectProperty: (name) => {
      key = name;
    },
    onLiteralValue: (value, offset, length) => {
      const quotes = typeof value === 'string' ? 1 : 0;
      fields.add(kindOfKey(key), start + offset + quotes, start + offset + length - quotes, `, ${key} `);
    },
    onError: () => {
      wrong = true;
    },
  });
  return wrong || fields.count === 0 ? -1 : end;
}

function readLogfmt(text: string, start: number, end: number, fields: RecordFields): number {
  let at = start;
  while (at < end) {
    PAIR.lastIndex = at;
    const pair = PAIR.exec(text);
    if (!pair || PAIR.lastIndex > end) break;
    const [, key, quoted, bare] = pair;
    const value = quoted ?? bare;
    const to = PAIR.lastIndex - Number(quoted !== undefined);
    fields.add(kindOfKey(key), to - value.length, to, `, ${key} `);
    at = PAIR.lastIndex;
    while (at < end && text[at] === ' ') at++;
  }
  return fields.count >= FEWEST_PAIRS ? Math.min(at, end) : -1;
}
