/** Messages to the page of a table: plain data that the page shows as text. */
import * as vscode from 'vscode';
import type { Answer } from '../../server/protocol.js';
import { confidence } from '../answers/grade.js';
import { oneLine, pathText } from '../shared/texts.js';
import { beyondText } from './results-text.js';
import type { Table, TableRow } from './table.js';

export interface PageCell {
  words: string;
  /** Probability and line. */
  more: string;
  tip: string;
  /** For a screen reader. */
  label: string;
}
export interface PageRow {
  uri: string;
  name: string;
  cells: (PageCell | null)[];
}

const number = (value: number) => new Intl.NumberFormat(vscode.env.language).format(value);

export const titleOf = ({ name, scope }: Table): string => vscode.l10n.t('{0}: {1}', oneLine(name, 200), scope);

/** Everything, for a new page. */
export function beginning(table: Table) {
  const { l10n } = vscode;
  const strings = {
    document: l10n.t('Document'),
    noAnswer: l10n.t('no answer'),
    run: l10n.t('Run'),
    runAll: l10n.t('Run All Again'),
    cancel: l10n.t('Cancel'),
    csv: l10n.t('Export CSV'),
    json: l10n.t('Export JSON'),
    md: l10n.t('Export Markdown'),
  };
  return {
    type: 'begin',
    title: titleOf(table),
    strings,
    columns: table.questions.map(({ name, question }) => ({ name, question })),
    rows: [...table.rows.values()].map(pageRow),
    status: statusOf(table),
  };
}

export function pageRow({ uri, cells }: TableRow): PageRow {
  return {
    uri,
    name: oneLine(vscode.workspace.asRelativePath(vscode.Uri.parse(uri)), 500),
    cells: cells.map(pageCell),
  };
}

function pageCell(cell: Answer | null): PageCell | null {
  if (!cell) return null;
  const { l10n } = vscode;
  const words = oneLine(cell.prose ?? cell.text, 500);
  const more = l10n.t('{0} · line {1}', confidence(cell), cell.line + 1);
  const tip = cell.path?.length ? `${more} · ${pathText(cell.path)}` : more;
  return { words, more, tip, label: `${words}, ${tip}` };
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
