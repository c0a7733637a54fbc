/** What is in the columns of a table of answers, for files whose cells hold one value each: CSV, workbooks. */
import type { ExtractCell, NamedQuestion } from '../protocol.js';
import { oneLine } from '../text/one-line.js';
import { originCode } from './origin-text.js';

export interface TableRow {
  /** Name of the document, relative to the folder. */
  file: string;
  cells: (ExtractCell | null)[];
  /** Why the file was not read: a sentence. Missing: it was. */
  skipped?: string;
  /** What could not be read of it, as sentences. Missing: nothing. */
  notes?: readonly string[] | undefined;
  /** Which cells somebody has checked, one for each question. Missing: that is not noted. */
  checked?: readonly boolean[];
}

/**
 * The columns of each question: the words as a reader sees them, the exact characters, the sentence around them, page
 * or line, grade, probability. English in every language: programs read them.
 */
export const QUESTION_COLUMNS = ['', ' exact', ' sentence', ' place', ' grade', ' probability'] as const;
/** One more where it is noted what was checked. */
export const CHECKED_COLUMN = ' checked';

/** @param isChecked whether it is noted what was checked */
export function headOf(questions: readonly NamedQuestion[], isChecked = false): string[] {
  const columns = [...QUESTION_COLUMNS, ...(isChecked ? [CHECKED_COLUMN] : [])];
  return ['file', ...questions.flatMap(({ name }) => columns.map((column) => name + column)), 'status'];
}

/** One value for each column of {@link headOf}; probabilities are numbers. */
export function valuesOf(row: TableRow): (string | number)[] {
  const { file, cells, checked } = row;
  const values = cells.flatMap((cell, i) => {
    const mine = cell
      ? [cleanWords(cell), exactWords(cell), cell.sentenceText ?? '', placeOf(cell), cell.grade ?? '', cell.probability]
      : QUESTION_COLUMNS.map(() => '');
    return checked ? [...mine, checked[i] ? 'yes' : ''] : mine;
  });
  return [file, ...values, statusOf(row)];
}

/** The exact characters; each item of a list on its own line. */
export const exactWords = ({ text, ranges }: ExtractCell): string =>
  ranges ? ranges.map((range) => range.text).join('\n') : text;

/** The words as a reader sees them, in one line; items of a list are separated by semicolons. */
export const cleanWords = ({ text, prose, ranges }: ExtractCell): string =>
  (ranges ?? [{ text, prose }]).map((item) => oneLine(item.prose ?? item.text).trim()).join('; ');

/** "page 3", "slide 2", "Costs!C14", "line 32": nothing that a spreadsheet takes for a time of day. */
export const placeOf = (answer: ExtractCell): string => originCode(answer) || `line ${answer.line + 1}`;

/** What became of the file. */
export function statusOf({ skipped, notes = [] }: TableRow): string {
  if (skipped !== undefined) return `skipped: ${skipped}`;
  return notes.length > 0 ? `read: ${notes.join(' ')}` : 'read';
}
