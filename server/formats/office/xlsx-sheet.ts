/** The cells of an Excel sheet, in one pass over its XML. */
import { walkXml, type XmlAttributes } from '../xml.js';
import type { CellFormats } from './cell-format.js';
import { unescaped } from './drawing.js';
import { cellAddress, columnOf, rowOf, type SheetRow } from './sheet-blocks.js';

const MAX_COLUMN = 16_383;
const MAX_ROW = 1_048_575;
/** Header rows that stay when a person scrolls. */
const MAX_FROZEN = 5;

export interface SheetContents {
  rows: SheetRow[];
  hasHidden: boolean;
  /** Formulas whose result the file does not have. */
  withoutResult: number;
  /** More cells than may be read. */
  isCut: boolean;
  isWellFormed: boolean;
  /** Header and footer of the printed page. */
  printed: string[];
}

/**
 * @param strings the shared strings
 * @param headers rows (from 0) that name columns, as tables and filters say
 * @param limit cells with text that are read
 */
export function readSheet(
  bytes: Uint8Array,
  sheet: string,
  strings: readonly string[],
  formats: CellFormats,
  headers: Set<number>,
  limit: number,
): SheetContents {
  const result: SheetContents = {
    rows: [],
    hasHidden: false,
    withoutResult: 0,
    isCut: false,
    isWellFormed: true,
    printed: [],
  };
  const merged: string[] = [];
  let row = -1;
  let column = -1;
  let cells: { column: number; text: string; isBold: boolean; columns?: number; rows?: number; place: object }[] = [];
  let cell: XmlAttributes | undefined;
  let value = '';
  let inline = '';
  let hasFormula = false;
  let hasValue = false;
  let count = 0;
  /** Where text goes. */
  let into: 'value' | 'inline' | 'printed' | undefined;
  let phonetic = 0;
  let printed = '';

  const endCell = (): void => {
    const text = shown(cell!, value, inline, strings, formats).trim();
    if (hasFormula && !hasValue && inline === '') result.withoutResult++;
    if (text !== '' && column >= 0 && column <= MAX_COLUMN && row <= MAX_ROW) {
      if (count++ >= limit) result.isCut = true;
      else
        cells.push({ column, text, isBold: formats.isBold(cell!.s), place: { sheet, cell: cellAddress(row, column) } });
    }
    cell = undefined;
  };
  result.isWellFormed = walkXml(bytes, {
    open: (name, attributes) => {
      switch (name) {
        case 'x:row': {
          const declared = Number(attributes.r);
          row = declared > 0 && declared <= MAX_ROW + 1 ? declared - 1 : row + 1;
          column = -1;
          cells = [];
          if (attributes.hidden === '1' || attributes.hidden === 'true') result.hasHidden = true;
          break;
        }
        case 'x:c': {
          const declared = columnOf(attributes.r ?? '');
          column = declared >= 0 ? declared : column + 1;
          cell = attributes;
          value = inline = '';
          hasFormula = hasValue = false;
          break;
        }
        case 'x:f':
          hasFormula = true;
          break;
        case 'x:v':
          into = 'value';
          hasValue = true;
          break;
        case 'x:rPh':
          phonetic++;
          break;
        case 'x:t':
          if (cell && phonetic === 0) into = 'inline';
          break;
        case 'x:col':
          if (attributes.hidden === '1' || attributes.hidden === 'true') result.hasHidden = true;
          break;
        case 'x:pane': {
          const split = Number(attributes.ySplit);
          if (/^frozen/.test(attributes.state ?? '') && split >= 1 && split <= MAX_FROZEN) headers.add(split - 1);
          break;
        }
        case 'x:autoFilter':
          if (attributes.ref) headers.add(rowOf(attributes.ref.split(':')[0]));
          break;
        case 'x:mergeCell':
          if (attributes.ref) merged.push(attributes.ref);
          break;
        case 'x:oddHeader':
        case 'x:oddFooter':
          into = 'printed';
          printed = '';
          break;
      }
    },
    close: (name) => {
      if (name === 'x:c' && cell) endCell();
      else if (name === 'x:row' && cells.length > 0) {
        cells.sort((one, other) => one.column - other.column);
        result.rows.push({ row, cells });
        cells = [];
      } else if (name === 'x:rPh') phonetic--;
      else if (into === 'printed' && (name === 'x:oddHeader' || name === 'x:oddFooter')) result.printed.push(printed);
      if (name === 'x:v' || name === 'x:t' || name === 'x:oddHeader' || name === 'x:oddFooter') into = undefined;
    },
    text: (text) => {
      if (into === 'value') value += text;
      else if (into === 'inline') inline += text;
      else if (into === 'printed') printed += text;
    },
  });
  // In order, whatever the file's order; of two rows with one number the first.
  result.rows.sort((one, other) => one.row - other.row);
  merge(result.rows, merged);
  for (const one of result.rows) if (headers.has(one.row) && one.cells.length > 1) one.isHeader = true;
  return result;
}

/** A stored value as it is shown. */
function shown(
  { t: type, s: style }: XmlAttributes,
  value: string,
  inline: string,
  strings: readonly string[],
  formats: CellFormats,
): string {
  switch (type) {
    case 's':
      return strings[Number(value)] ?? '';
    case 'inlineStr':
      return unescaped(inline || value);
    case 'str':
      return unescaped(value);
    case 'e':
      return value;
    case 'b':
      return value === '' ? '' : value.trim() === '0' || value === 'false' ? 'FALSE' : 'TRUE';
    case 'd':
      return formats.date(value.trim(), style);
    default:
      return inline || formats.number(value.trim(), style);
  }
}

/** Cells that are merged extend; the text is in the first of them. */
function merge(rows: readonly SheetRow[], ranges: readonly string[]): void {
  const byRow = new Map(rows.map((row) => [row.row, row]));
  for (const range of ranges) {
    const [first, last] = range.split(':');
    if (first === undefined || last === undefined) continue;
    const [row, column] = [rowOf(first), columnOf(first)];
    const [columns, down] = [columnOf(last) - column + 1, rowOf(last) - row + 1];
    const cell = byRow.get(row)?.cells.find((one) => one.column === column);
    if (!cell) continue;
    if (columns > 1 && columns <= MAX_COLUMN + 1) cell.columns = columns;
    if (down > 1 && down <= MAX_ROW + 1) cell.rows = down;
  }
}
