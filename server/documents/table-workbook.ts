/** The table as a workbook (XLSX). Its cells are texts and numbers, so that nothing in them is ever calculated. */
import writeXlsxFile, { type Cell } from 'write-excel-file/universal';
import type { NamedQuestion } from '../protocol.js';
import { unsteered } from '../text/one-line.js';
import { WORKBOOK_SHEET } from './own-workbook.js';
import { headOf, QUESTION_COLUMNS, type TableRow, valuesOf } from './table-columns.js';

/** Of one cell, in UTF-16 units: Excel refuses a file with a longer text. */
const MOST_UNITS = 32_767;
/** Of columns, in characters. */
const WIDTHS = [28, 20, 48, 14, 9, 12, 9] as const;
const FILE_WIDTH = 36;

/**
 * One sheet: names in the first row, which stays in view, then a row for each document.
 * @param isChecked whether it is noted what was checked
 */
export async function workbookOf(
  questions: readonly NamedQuestion[],
  rows: readonly TableRow[],
  isChecked: boolean,
): Promise<Uint8Array> {
  const head: Cell[] = headOf(questions, isChecked).map((name) => ({ ...textCell(name), fontWeight: 'bold' }));
  const data = [head, ...rows.map((row) => valuesOf(row).map(cellOf))];
  const each = WIDTHS.slice(0, QUESTION_COLUMNS.length + (isChecked ? 1 : 0));
  const widths = [FILE_WIDTH, ...questions.flatMap(() => each), FILE_WIDTH];
  const made = writeXlsxFile(data, {
    sheet: WORKBOOK_SHEET,
    columns: widths.map((width) => ({ width })),
    stickyRowsCount: 1,
    stickyColumnsCount: 1,
  });
  return new Uint8Array(await (await made.toBlob()).arrayBuffer());
}

const cellOf = (value: string | number): Cell =>
  typeof value === 'number'
    ? { value, type: Number, format: '0.0000' }
    : value === ''
      ? null
      : { ...textCell(value), alignVertical: 'top' };

/** The first character of a text as its number, as XLSX may write every character. */
const numbered = (text: string): string => `_x${text.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;

/** XML has no control characters; `_x000D_` in a text would be read as the character with this number. */
function textCell(text: string): { value: string; type: StringConstructor } {
  const shown = unsteered(text)
    .replace(/\r\n?/g, '\n')
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
  // The library looks texts up in an object, which has these names without being given them.
  if (shown in {}) return { value: `${numbered(shown)}${shown.slice(1)}`, type: String };
  if (shown.length <= MOST_UNITS) return { value: shown, type: String };
  // Not within a surrogate pair.
  return { value: `${shown.slice(0, MOST_UNITS - 1).replace(/[\ud800-\udbff]$/, '')}…`, type: String };
}
