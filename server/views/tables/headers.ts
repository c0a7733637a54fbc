/** Whether the first row of a table names its columns, and which column identifies a row. */
import { largest } from '../../text/arrays.js';

/** Rows that are examined. */
const SAMPLE_ROWS = 100;
const NUMBER = /^[-+−(]?[\p{Sc}]?\s?\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s?[%\p{Sc}°]?[A-Za-zµ]{0,3}\)?$/u;
const DATE = /^\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?(?:[T ]\d{1,2}:\d{2}.*)?$|^\d{1,2}:\d{2}(?::\d{2})?/;
const OTHER_VALUE = /^(?:true|false|yes|no|null|none|n\/a|-+)$|^\S+@\S+\.\S+$|^[a-z]+:\/\//i;
const YEAR = /^(?:1[89]|20)\d\d$/;
const NAMES = new Set(
  `id no nr number name title type kind code date day month year time start end from to city country region state
  address street email mail phone tel price cost amount total sum quantity qty count size weight height width length unit
  value status description comment comments remarks note notes category class group department team role owner author user
  host port url path file version licence license language colour color age sex gender birthday salary score rank key
  field column item product customer client order invoice account balance currency percent rate level latitude longitude`.split(
    /\s+/,
  ),
);

/** The rough type of a cell: a number, a date, another value that is not a name, a text by its shape. */
function shapeOf(text: string): string {
  if (text === '') return '';
  if (NUMBER.test(text)) return 'number';
  if (DATE.test(text)) return 'date';
  if (OTHER_VALUE.test(text)) return 'value';
  const words = Math.min(4, text.split(/\s+/).length);
  const first = /^\p{Lu}\p{Lu}/u.test(text) ? 'A' : /^\p{Lu}/u.test(text) ? 'Aa' : 'a';
  return `${first}${words}${/\d/.test(text) ? '0' : ''}${/[,;/_@.-]/.test(text) ? '-' : ''}`;
}

const isValue = (shape: string): boolean => shape === 'number' || shape === 'date' || shape === 'value';

/**
 * @param rows cells as read, including the first row; rows may be short
 * @param strict it may not be a table: several columns must agree
 * @returns whether the first row names the columns
 */
export function hasHeader(rows: readonly (readonly string[])[], strict = false): boolean {
  const [first, ...all] = rows;
  const body = all.slice(0, SAMPLE_ROWS);
  if (!first || body.length === 0) return false;
  const names = first.map((name) => name.trim());
  const told = names.filter((name) => name !== '');
  // Names are distinct, and only the first column may lack one.
  if (told.length === 0 || new Set(told).size < told.length || told.length < names.length - 1) return false;
  if (told.some((name) => name.length > 100)) return false;
  const shapes = names.map(shapeOf);
  const years = names.filter((name) => YEAR.test(name)).length;
  const values = shapes.filter((shape, i) => isValue(shape) && !YEAR.test(names[i])).length;
  if (values > 0 || (years > 0 && (years < 2 || isValue(shapes[0])))) return false;
  let votes = 0;
  let sure = 0;
  for (const [column, shape] of shapes.entries()) {
    const cells = body.map((row) => row[column]?.trim() ?? '').filter((cell) => cell !== '');
    if (cells.length === 0 || names[column] === '') continue;
    const others = cells.map(shapeOf);
    const most = mode(others);
    const alike = others.filter((other) => other === most).length >= 0.7 * cells.length;
    if (YEAR.test(names[column])) votes += cells.some((cell) => !YEAR.test(cell)) ? 1 : -1;
    else if (cells.includes(names[column])) votes -= 2;
    else if ((isValue(most) && alike) || isName(names[column])) {
      votes += 2;
      sure++;
    } else if (most !== shape) votes += 0.5;
    else if (alike) votes -= 0.75;
  }
  return votes > 0 && (!strict || sure >= Math.max(2, names.length / 3));
}

const isName = (text: string): boolean => {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.length <= 4 && words.some((word) => NAMES.has(word));
};

function mode(values: readonly string[]): string {
  const counts = new Map<string, number>();
  let best = '';
  for (const value of values) {
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    if (count > (counts.get(best) ?? 0)) best = value;
  }
  return best;
}

/** The first column of texts that differ from row to row; without one, the first that differs; -1: none. */
export function keyColumn(body: readonly (readonly string[])[]): number {
  const rows = body.slice(0, SAMPLE_ROWS);
  const columns = Math.min(20, Math.max(0, largest(rows.map(({ length }) => length))));
  let key = -1;
  for (let column = 0; column < columns; column++) {
    const cells = rows.map((row) => row[column]?.trim() ?? '').filter((cell) => cell !== '');
    if (cells.length < 0.9 * rows.length || new Set(cells).size < 0.9 * cells.length) continue;
    if (key < 0) key = column;
    if (!isValue(mode(cells.map(shapeOf)))) return column;
  }
  return key;
}
