/** A table as CSV, JSON or Markdown. Pure. */
import type { Answer, NamedQuestion } from '../../server/protocol.js';
import type { ExportFormat, TableRow } from './table.js';

/** @param nameOf what a document is called in the table */
export function exported(
  format: ExportFormat,
  questions: readonly NamedQuestion[],
  rows: readonly TableRow[],
  nameOf: (uri: string) => string,
): string {
  if (format === 'json') return asJson(questions, rows, nameOf);
  return format === 'csv' ? asCsv(questions, rows, nameOf) : asMarkdownTable(questions, rows, nameOf);
}

/** RFC 4180: one column with the words, one with the probability and one with the place for each question. */
function asCsv(questions: readonly NamedQuestion[], rows: readonly TableRow[], nameOf: (uri: string) => string): string {
  const head = ['document', ...questions.flatMap(({ name }) => [name, `${name} probability`, `${name} place`])];
  const lines = rows.map(({ uri, cells }) => [
    nameOf(uri),
    ...cells.flatMap((cell) => (cell ? [wordsOf(cell), cell.probability.toFixed(4), placeText(cell)] : ['', '', ''])),
  ]);
  return [head, ...lines].map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

/** A field that a spreadsheet would take for a formula gets an apostrophe: the words come from documents of anybody. */
function csvField(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.,\s]*$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function asJson(questions: readonly NamedQuestion[], rows: readonly TableRow[], nameOf: (uri: string) => string): string {
  const documents = rows.map(({ uri, cells }) => ({
    document: nameOf(uri),
    uri,
    answers: Object.fromEntries(questions.map(({ name }, column) => [name, cells[column] ?? null])),
  }));
  return `${JSON.stringify({ questions, documents }, null, 2)}\n`;
}

function asMarkdownTable(
  questions: readonly NamedQuestion[],
  rows: readonly TableRow[],
  nameOf: (uri: string) => string,
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownCell).join(' | ')} |\n`;
  const head = line(['document', ...questions.map(({ name }) => name)]);
  const rule = `|${' --- |'.repeat(questions.length + 1)}\n`;
  const text = (cell: Answer | null) =>
    cell ? `${wordsOf(cell)} (${(100 * cell.probability).toFixed(0)} %, ${placeText(cell)})` : '';
  return head + rule + rows.map(({ uri, cells }) => line([nameOf(uri), ...cells.map(text)])).join('');
}

/** As text: nothing in it is Markdown or HTML, and it stays in its cell. */
const markdownCell = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');

const wordsOf = ({ prose, text }: Answer): string => prose ?? text;

/** Line and column as people count them. */
const placeText = ({ line, character }: Answer): string => `${line + 1}:${character + 1}`;
