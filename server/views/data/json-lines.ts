/** JSON lines by records, for a question about many of them: a value on each line. */
import { IntList } from '../base/int-list.js';
import type { Records } from '../base/records.js';
import { jsonLinesView } from './json.js';

/** Lines at the beginning that must be values. */
const EXAMINED = 3;
const FEWEST = 2;
/** A longer line is not examined. */
const MAX_LINE = 1024 * 1024;

/** @returns undefined: the text is one value over several lines, or none */
export function jsonLinesRecords(text: string): Records | undefined {
  const starts = new IntList();
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (!isBlank(text, start, end)) {
      if (starts.length < EXAMINED && !isContainer(text, start, end)) return undefined;
      starts.push(start);
    }
    start = end + 1;
  }
  if (starts.length < FEWEST) return undefined;
  const places = starts.toArray();
  const view: Records['view'] = (some) =>
    jsonLinesView(
      text,
      Array.from(some, (record) => ({ start: places[record], end: places[record + 1] ?? text.length })),
    );
  return { text, starts: places, always: -1, view };
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!/[\s\ufeff]/.test(text[i])) return false;
  return true;
}

/** Whether a line is an object or an array. */
function isContainer(text: string, start: number, end: number): boolean {
  if (end - start > MAX_LINE) return false;
  try {
    const value: unknown = JSON.parse(text.slice(start, end).replace(/^\ufeff/, ''));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
