/** Text from outside as a cell of a table, which spreadsheets, terminals and Markdown read as text whatever it is. */
import { oneLine, unsteered } from '../text/one-line.js';

/** What a spreadsheet takes for the beginning of a formula, in its narrow and wide forms. */
const FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/;
/** "-5", "+3.2 %", "-1,000": a spreadsheet shows a number, and calculates nothing. */
const NUMBER = /^[+-]?\d[\d., ']*%?$/;
/** Where a reader with other separators than ours begins another cell. */
const SEPARATORS = /([;\t\r\n])/;

/**
 * A cell of RFC 4180: quotation marks doubled inside quotation marks. An apostrophe before what a spreadsheet would
 * calculate keeps it text; control characters other than line ends and tabs are replaced.
 */
export function csvCell(value: string): string {
  const text = unsteered(value)
    .split(SEPARATORS)
    .map((part, i) => (isFormula(part, i === 0) ? `'${part}` : part))
    .join('');
  // A tab at the beginning would be cut off, and what follows it calculated.
  const guarded = /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** @param first whether the cell begins here; inside of it "- item" is the usual beginning of a line */
function isFormula(part: string, first: boolean): boolean {
  const text = part.trim();
  if (!FORMULA.test(text) || NUMBER.test(text)) return false;
  return first || !/^[+-](\s|$)/.test(text);
}

/** A cell of a Markdown table: one line, shown as it is. */
export const markdownCell = (value: string): string => oneLine(value).replace(/[\\`*_[\]<>&|~]/g, '\\$&');
