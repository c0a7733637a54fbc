/** Tables for display: the first column left-aligned, figures right-aligned. */
import { largest } from '../text/arrays.js';
import { oneLine } from '../text/one-line.js';

/** @param given cells, the same number in each row @param least minimum column width, in characters */
function aligned(given: readonly (readonly string[])[], least = 0): string[][] {
  const rows = given.map((cells) => cells.map(oneLine));
  const widths = rows[0].map((_, column) => Math.max(least, largest(rows.map((cells) => cells[column].length))));
  return rows.map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))));
}

/** For a terminal: two blanks between the columns. */
export const plainTable = (rows: readonly (readonly string[])[]): string =>
  aligned(rows)
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head, ...body] = aligned([headings, ...rows], 3);
  const rule = head.map(({ length }, i) => (i === 0 ? '-'.repeat(length) : `${'-'.repeat(length - 1)}:`));
  return [head, rule, ...body].map(line).join('\n');
}
