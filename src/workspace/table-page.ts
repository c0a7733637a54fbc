/** Messages to the page of a table: plain data that the page shows as text. */
import * as vscode from 'vscode';
import type { ExtractCell, Grade } from '../../server/protocol.js';
import { confidence } from '../answers/grade.js';
import { whereText } from '../answers/where.js';
import { oneLine, pathText } from '../shared/texts.js';
import type { CheckedMarks } from './checked-marks.js';
import { beyondText } from './results-text.js';
import { answerAt, type Table, type TableRow } from './table.js';

export interface PageCell {
  words: string;
  /** Grade, probability and place; missing: no answer. */
  more?: string;
  tip: string;
  /** For a screen reader. */
  label: string;
  grade?: Grade;
  /** There is no answer, and whether there is a guess. */
  none?: boolean;
  guess?: boolean;
  checked: boolean;
}
export interface PageRow {
  uri: string;
  name: string;
  cells: PageCell[];
}

const number = (value: number) => new Intl.NumberFormat(vscode.env.language).format(value);

export const titleOf = ({ name, scope }: Table): string => vscode.l10n.t('{0}: {1}', oneLine(name, 200), scope);

/** Everything, for a new page. */
export function beginning(table: Table, marks: CheckedMarks) {
  const { l10n } = vscode;
  const strings = {
    document: l10n.t('Document'),
    run: l10n.t('Run'),
    runAll: l10n.t('Run All Again'),
    cancel: l10n.t('Cancel'),
    csv: l10n.t('Export CSV'),
    xlsx: l10n.t('Export XLSX'),
    json: l10n.t('Export JSON'),
    md: l10n.t('Export Markdown'),
    filter: l10n.t('Filter'),
    show: l10n.t('Which rows are shown'),
    all: l10n.t('All rows'),
    doubtful: l10n.t('Rows with unsure answers'),
    none: l10n.t('Rows without an answer'),
    unchecked: l10n.t('Rows with unchecked cells'),
    // The page fills in the numbers.
    shown: l10n.t('{0} of {1} rows are shown', '{0}', '{1}'),
    sort: l10n.t('Click to sort'),
    open: l10n.t('Open'),
    copy: l10n.t('Copy with Source'),
    checked: l10n.t('Checked'),
  };
  return {
    type: 'begin',
    title: titleOf(table),
    strings,
    columns: table.questions.map(({ name, question }) => ({ name, question })),
    rows: [...table.rows.values()].map((row) => pageRow(row, table, marks)),
    status: statusOf(table),
  };
}

export function pageRow({ uri, cells, guesses }: TableRow, { questions }: Table, marks: CheckedMarks): PageRow {
  return {
    uri,
    name: nameOf(uri),
    cells: cells.map((cell, i) => {
      const checked = marks.has(uri, questions[i]?.question ?? '', cell);
      return cell ? answered(cell, checked) : unanswered(guesses?.[i] ?? null, checked);
    }),
  };
}

const nameOf = (uri: string): string => oneLine(vscode.workspace.asRelativePath(vscode.Uri.parse(uri)), 500);
const wordsOf = ({ prose, text }: ExtractCell): string => oneLine(prose ?? text, 500);
const withChecked = (label: string, checked: boolean): string =>
  checked ? vscode.l10n.t('{0}, checked', label) : label;

/** "sure, 97 % · line 32" */
const placeText = (cell: ExtractCell): string => `${confidence(cell)} · ${whereText(cell)}`;

function answered(cell: ExtractCell, checked: boolean): PageCell {
  const words = wordsOf(cell);
  const more = placeText(cell);
  const tip = cell.path?.length ? `${more} · ${pathText(cell.path)}` : more;
  return { words, more, tip, label: withChecked(`${words}, ${tip}`, checked), grade: cell.grade, checked };
}

function unanswered(guess: ExtractCell | null, checked: boolean): PageCell {
  const { l10n } = vscode;
  const none = l10n.t('no answer');
  const tip = guess ? l10n.t('No answer. Click for the best guess: {0}', wordsOf(guess)) : none;
  return { words: '–', tip, label: withChecked(tip, checked), none: true, guess: guess !== null, checked };
}

/** What is shown of a cell while it has the focus; undefined: there is no such cell. */
export function detailOf(table: Table, marks: CheckedMarks, uri: string, column: number) {
  const row = table.rows.get(uri);
  const asked = table.questions[column];
  if (!row || !asked) return undefined;
  const { l10n } = vscode;
  const found = answerAt(table, uri, column);
  const parts = [nameOf(uri), oneLine(asked.question, 500)];
  if (!found) parts.push(l10n.t('no answer'));
  else if (!found.guess) parts.push(placeText(found.answer));
  else parts.push(l10n.t('no answer; the best guess: {0}', wordsOf(found.answer)), whereText(found.answer));
  const sentence = found?.answer.sentenceText ?? '';
  const words = found ? oneLine(found.answer.text, 2000) : '';
  const lead = words === '' ? -1 : sentence.indexOf(words);
  // The words more than once: it is not known which of them are meant.
  const isOnce = lead >= 0 && sentence.indexOf(words, lead + 1) < 0;
  return {
    type: 'detail',
    uri,
    column,
    about: parts.join(' · '),
    sentence,
    lead: isOnce ? lead : -1,
    length: words.length,
    hasAnswer: found !== undefined,
    checked: marks.has(uri, asked.question, row.cells[column] ?? null),
  };
}

export function statusOf(table: Table) {
  const busy = table.phase === 'finding' || table.phase === 'reading';
  const count = table.skipped.length;
  const skippedText = count === 1 ? vscode.l10n.t('1 file skipped') : vscode.l10n.t('{0} files skipped', number(count));
  const skipped = table.skipped.slice(0, 1000).map(({ message }) => message);
  return { busy, text: statusText(table), skippedText, skipped };
}

function statusText({ phase, rows, total, beyond }: Table): string {
  const { l10n } = vscode;
  const counts = l10n.t('{0} of {1} documents', number(rows.size), number(total));
  const more = beyond > 0 ? ` ${beyondText(beyond)}` : '';
  switch (phase) {
    case 'finding':
      return l10n.t('looking for files');
    case 'reading':
      return l10n.t('Reading: {0}', counts) + more;
    case 'cancelled':
      return l10n.t('Cancelled: {0}. Run continues from here.', counts) + more;
    case 'failed':
      return l10n.t('Failed: {0}.', counts) + more;
    default:
      return counts + more;
  }
}
