/**
 * Which rows of a table name its columns, which are titles of the rows below them, and which are values: by what the
 * file says (header rows, bold, cells that extend over several columns), else by the contents.
 */
import { largest, smallest } from '../text/arrays.js';
import type { ExtractedBuilder, NewCell, NewRow } from './builder.js';

export interface GridCell extends NewCell {
  isBold?: boolean;
  /** Marked as a header by the file. */
  isHeader?: boolean;
  /** Its paragraphs, if the table may turn out to arrange text. */
  paragraphs?: readonly string[];
}

export interface GridRow {
  cells: readonly GridCell[];
  /** Marked as a header row by the file. */
  isHeader?: boolean;
  /** Its cells have labels of their own. */
  isPairs?: boolean;
}

/** Header rows at the beginning that are not marked. */
const MAX_NAMES = 3;
/** Rows that are examined. */
const SAMPLE = 60;
const MAX_NAME = 120;
const NUMBER = /^[-+−–(]?\s?\p{Sc}?\s?[-−]?\d[\d.,'’\s]*(?:[eE][-+]?\d+)?\s?[%‰\p{Sc}°]?[A-Za-zµ]{0,3}\)?\*{0,2}$/u;
const DATE = /^\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?(?:[T ]\d{1,2}:\d{2}.*)?$|^\d{1,2}:\d{2}(?::\d{2})?/;
const OTHER = /^(?:true|false|yes|no|null|none|n\/a|[-–—]+|x|✓|☐|☒)$|^\S+@\S+\.\S+$|^[a-z]+:\/\//i;
const YEAR = /^(?:FY\s?)?(?:1[89]|20)\d\d(?:[-/–]\d{2,4})?$/;
const NAMES = new Set(
  `id no nr number name title type kind code date day month year time start end from to city country region state term
  address street email mail phone tel price cost amount total sum quantity qty count size weight height width length unit
  value status description comment comments remarks note notes category class group department team role owner author user
  host port url path file version licence license language colour color age sex gender birthday salary score rank key
  field column item product customer client order invoice account balance currency percent rate level latitude longitude
  requirement question answer example abbreviation meaning definition identifier responsible location stage step phase
  datum anzahl preis betrag summe nummer straße ort land einheit bezeichnung beschreibung bemerkung menge titel`.split(
    /\s+/,
  ),
);

const isValue = (text: string): boolean => NUMBER.test(text) || DATE.test(text) || OTHER.test(text);
const isYear = (text: string): boolean => YEAR.test(text);

/** @param rows without empty rows; their cells without empty cells */
export function rowsOf(rows: readonly GridRow[]): NewRow[] {
  const filled = rows
    .map(withPairs)
    .map((row) => ({ ...row, cells: row.cells.filter(({ text }) => text.trim() !== '') }))
    .filter(({ cells }) => cells.length > 0);
  const width = widthOf(filled);
  const left = smallest(filled.flatMap(({ cells }) => cells.map(({ column }) => column)));
  const isNumeric = looksNumeric(filled, width - left);
  const isGroup = filled.map((_, index) => looksLikeGroup(filled, index, { left, width, isNumeric }));
  const names = namesOf(filled, isGroup);
  const named = new Set(names.flatMap((index) => filled[index].cells.map(keyOf)));
  /** Names that are repeated, all or most of them, on a further page. */
  const isRepeated = ({ cells }: GridRow): boolean => cells.length > 1 && cells.every((cell) => named.has(keyOf(cell)));
  return filled.map((row, index) => {
    const isNames = names.includes(index) || (row.isHeader && !isGroup[index]) || isRepeated(row);
    return { kind: isNames ? 'names' : isGroup[index] ? 'group' : 'values', cells: row.cells.map(withoutMarks) };
  });
}

/** A label over its value, in two paragraphs of a cell: "Severity", "HIGH". */
const LABEL = /^(?=.*\p{Ll})[^\p{N}]{2,40}$/u;
const VALUE = /^(?=.*[\p{Lu}\p{N}])[^\p{Ll}]{1,40}$/u;
const isPair = ({ paragraphs }: GridCell): boolean =>
  paragraphs?.length === 2 && LABEL.test(paragraphs[0].trim()) && VALUE.test(paragraphs[1].trim());

/** Where most cells of a row are a label over its value, the two are parted by a colon and the row names no columns. */
function withPairs(row: GridRow): GridRow {
  const pairs = row.cells.filter(isPair).length;
  if (pairs < 2 || 2 * pairs < row.cells.length) return row;
  const cells = row.cells.map((cell) => {
    if (!isPair(cell)) return cell;
    const [label, value] = cell.paragraphs!.map((text) => text.trim());
    return { ...cell, text: `${label.replace(/\s*[:：]$/, '')}: ${value}` };
  });
  return { cells, isPairs: true };
}

const withoutMarks = ({ isBold: _bold, isHeader: _header, paragraphs: _text, ...cell }: GridCell): NewCell => cell;
const keyOf = ({ column, text }: GridCell): string => `${column}:${text}`;
const endOf = ({ column, columns }: GridCell): number => column + (columns ?? 1);

/** Columns of the table. */
export const widthOf = (rows: readonly GridRow[]): number =>
  rows.reduce((width, { cells }) => cells.reduce((most, cell) => Math.max(most, endOf(cell)), width), 0);

/** Characters of a cell, on the average, from which on a table arranges text. */
export const LONG_CELL = 1500;

/** Adds a table, or the text that it arranges on the page: one column or row, or long texts. */
export function addGrid(builder: ExtractedBuilder, rows: readonly GridRow[]): void {
  const filled = rows.filter(({ cells }) => cells.some(({ text }) => text !== ''));
  const cells = filled.flatMap((row) => row.cells).filter(({ text }) => text !== '');
  const length = cells.reduce((sum, { text }) => sum + text.length, 0);
  const isTable = filled.length > 1 && filled.some((row) => row.cells.filter(({ text }) => text !== '').length > 1);
  if (isTable && length <= LONG_CELL * cells.length) {
    builder.table(rowsOf(filled));
    return;
  }
  for (const [index, { cells: row, isHeader }] of filled.entries()) {
    for (const { text, paragraphs, isBold, place } of row) {
      if (place) builder.place(place);
      const isTitle = index === 0 && filled.length > 1 && (isHeader || isBold) && text.length <= MAX_NAME;
      if (isTitle) builder.block('heading', text, 2);
      else for (const one of paragraphs ?? [text]) builder.block('paragraph', one);
    }
  }
}

/** Whether rows of several cells are nearly full, and of numbers: then a text alone in its row is a title. */
function looksNumeric(rows: readonly GridRow[], width: number): boolean {
  const several = rows.filter(({ cells }) => cells.length > 1).slice(0, SAMPLE);
  const cells = several.flatMap((row) => row.cells);
  const covered = cells.reduce((sum, { columns }) => sum + (columns ?? 1), 0);
  const numbers = cells.filter(({ text }) => isValue(text)).length;
  return several.length > 1 && covered >= 0.7 * width * several.length && numbers >= 0.4 * cells.length;
}

interface Shape {
  /** Of the table: its first column, and one behind its last. */
  left: number;
  width: number;
  isNumeric: boolean;
}

/** One cell alone in its row, a text that is not too long, over or before rows of several cells. */
function looksLikeGroup(rows: readonly GridRow[], index: number, { left, width, isNumeric }: Shape): boolean {
  const { cells } = rows[index];
  if (cells.length !== 1 || width - left < 2) return false;
  const [cell] = cells;
  if (isValue(cell.text) || cell.text.length > 200) return false;
  const spans = (cell.columns ?? 1) > 1;
  if (!spans && (cell.rows ?? 1) > 1) return false;
  const below = rows.slice(index + 1, index + 1 + SAMPLE).find((row) => row.cells.length > 1);
  if (!below) return false;
  // A label whose values are missing is not a title, unless it is set apart: it extends, or is bold as the others are
  // not.
  if (spans && endOf(cell) - cell.column >= (width - left) / 2) return true;
  if (cell.column > left) return false;
  if (cell.isBold) return !below.cells.every(({ isBold }) => isBold);
  return isNumeric || /[:：]$/.test(cell.text);
}

/** Indices of the rows that name the columns, at the beginning (behind titles). */
function namesOf(rows: readonly GridRow[], isGroup: readonly boolean[]): number[] {
  const marked = rows.flatMap((row, index) => (isHeaderRow(row) && !isGroup[index] ? [index] : []));
  if (marked.length > 0) return marked.length < rows.length ? marked : marked.slice(0, 1);
  let first = 0;
  while (first < rows.length && isGroup[first]) first++;
  const names: number[] = [];
  for (let index = first; index < rows.length - 1 && names.length < MAX_NAMES; index++) {
    if (isGroup[index]) break;
    const goesOn = names.length > 0;
    // A further row of names stands below names that extend over several columns.
    if (goesOn && !rows[index - 1].cells.some(({ columns, rows: down }) => (columns ?? 1) > 1 || (down ?? 1) > 1))
      break;
    const isNames = goesOn ? nameLike(rows[index]) && !rows[index].isPairs : isFirstOfNames(rows, isGroup, index);
    if (!isNames) break;
    names.push(index);
  }
  return names;
}

const isHeaderRow = ({ isHeader, cells }: GridRow): boolean =>
  isHeader === true || (cells.length > 1 && cells.every((cell) => cell.isHeader));

/** Whether a row could be names: short distinct texts, no values other than years. */
function nameLike({ cells }: GridRow): boolean {
  if (cells.some(({ text }) => text.length > MAX_NAME)) return false;
  const years = cells.filter(({ text }) => isYear(text)).length;
  const values = cells.filter(({ text }) => isValue(text) && !isYear(text)).length;
  return values === 0 && (years === 0 || years > 1 || cells.length > 2);
}

function isFirstOfNames(rows: readonly GridRow[], isGroup: readonly boolean[], index: number): boolean {
  const { cells } = rows[index];
  if (rows[index].isPairs || !nameLike(rows[index])) return false;
  const spans = cells.some(({ columns }) => (columns ?? 1) > 1);
  if (cells.length < 2 && !spans) return false;
  const body = rows.slice(index + 1, index + 1 + SAMPLE).filter((_, i) => !isGroup[index + 1 + i]);
  if (body.length === 0) return false;
  const texts = cells.map(({ text }) => text);
  if (!spans && new Set(texts).size < texts.length) return false;
  if (cells.every(({ isBold }) => isBold)) {
    const bold = body.filter((row) => row.cells.every(({ isBold }) => isBold)).length;
    if (bold <= body.length / 3) return true;
  }
  if (texts.every((text) => /[:：]$/.test(text))) return false;
  // Names stand over every column that has values, but for the first.
  const most = largest(body.map((row) => row.cells.length));
  let votes = (spans ? 1 : 0) - (cells.length < most - 1 ? 1 : 0);
  for (const { column, text } of cells) {
    const below = body.flatMap((row) => row.cells.filter((cell) => cell.column === column).map((cell) => cell.text));
    if (below.length === 0) continue;
    const values = below.filter(isValue).length;
    const lengths = below.map(({ length }) => length).sort((one, other) => one - other);
    if (text.length > 25 && text.length > 1.3 * lengths[lengths.length >> 1]) votes -= 1.5;
    if (isYear(text)) votes += below.some((one) => !isYear(one)) ? 1 : -1;
    else if (below.includes(text)) votes -= 2;
    else if (values >= 0.7 * below.length || isName(text)) votes += 2;
    else {
      const longer = below.filter((one) => one.length > 2 * text.length).length;
      votes += longer >= 0.6 * below.length ? 0.5 : -0.75;
    }
  }
  return votes > 0;
}

const isName = (text: string): boolean => {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.length <= 4 && words.some((word) => NAMES.has(word));
};
