/** A table of a question set as a file: for a spreadsheet, a program, or a reader. */
import * as vscode from 'vscode';
import type { TableRow as FileRow } from '../../server/documents/table-columns.js';
import { complain, inform } from '../shared/messages.js';
import { documentName } from '../shared/texts.js';
import { reasonOf } from '../sidecar/failure.js';
import type { CheckedMarks } from './checked-marks.js';
import type { ExportFormat, Table } from './table.js';

/** Loaded when it is needed: the YAML parser and the formats of tables. */
export const fileBundle = () => require('./question-set-file.js') as typeof import('../bundles/question-set.js');

/** Asks where, writes the file, and offers to open it. @param file of the questions */
export async function save(table: Table, format: ExportFormat, file: vscode.Uri, marks: CheckedMarks): Promise<void> {
  const { l10n } = vscode;
  const name = `${table.name.replace(/\.\w+$/, '')}-answers.${format}`;
  const defaultUri = vscode.Uri.joinPath(file, '..', name);
  const target = await vscode.window.showSaveDialog({
    title: l10n.t('Save table'),
    defaultUri,
    filters: { [format.toUpperCase()]: [format] },
  });
  if (!target) return;
  const saved = documentName(target);
  try {
    await vscode.workspace.fs.writeFile(target, await exported(table, format, marks));
  } catch (error) {
    void complain(`Ask BERT: ${l10n.t('{0} cannot be written ({1}).', saved, reasonOf(error))}`);
    return;
  }
  const open = l10n.t('Open');
  void inform(l10n.t('Ask BERT: the table was saved as {0}.', saved), open).then((choice) => {
    if (choice === open) void show(target, format);
  });
}

/** A spreadsheet in its own program; anything else, and where there is no such program, in the editor. */
async function show(target: vscode.Uri, format: ExportFormat): Promise<void> {
  const isForSpreadsheet = format === 'csv' || format === 'xlsx';
  if (isForSpreadsheet && (await vscode.env.openExternal(target))) return;
  await vscode.commands.executeCommand('vscode.open', target);
}

const nameOf = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));

/** The same file as `ask-bert extract` writes, and what was checked. */
async function exported(table: Table, format: ExportFormat, marks: CheckedMarks): Promise<Uint8Array> {
  const { questions, skipped } = table;
  const { formatOf, workbookOf } = fileBundle();
  const rows = [...table.rows.values()].map(({ uri, cells }): FileRow => {
    const checked = questions.map(({ question }, i) => marks.has(uri, question, cells[i] ?? null));
    return { file: nameOf(uri), cells, checked };
  });
  const notRead = skipped.map(
    ({ uri, message }): FileRow => ({
      file: nameOf(uri),
      cells: questions.map(() => null),
      checked: questions.map(() => false),
      skipped: message,
    }),
  );
  const all = [...rows, ...notRead];
  if (format === 'xlsx') return workbookOf(questions, all, true);
  const { head, row, tail } = formatOf(`table.${format}`);
  const lines = all.map((each, index) => row(each, index === 0));
  return new TextEncoder().encode([head(questions, true), ...lines, tail(skipped, undefined)].join(''));
}
