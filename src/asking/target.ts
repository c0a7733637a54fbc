/**
 * Which text a question is about: the selections, or the whole document or notebook when nothing is selected. What has
 * no text of its own is found elsewhere: the source of a preview, a file that VS Code does not hand over.
 */
import * as vscode from 'vscode';
import { isExtracted, shownAs } from '../shared/extracted-uri.js';
import { inform } from '../shared/messages.js';
import { notebookInFront } from '../shared/notebook-in-front.js';
import { documentName } from '../shared/texts.js';
import { fileInFront, sourceOfPreview, tellNoText, textInFront } from './tab.js';

/** A document, or a part of it. */
export interface Part {
  readonly document: vscode.TextDocument;
  /** Undefined: the whole document. */
  readonly range?: vscode.Range | undefined;
}

export interface Target extends Part {
  /** Of the document or notebook. */
  name: string;
  /** "service-agreement.md (selection, 3 lines)" */
  description: string;
  /** Several selections, or the cells of a notebook; undefined: one part. */
  parts?: readonly Part[] | undefined;
}

export interface TargetRequest {
  uri?: vscode.Uri | undefined;
  range?: vscode.Range | undefined;
  /** The whole document, whatever is selected. */
  whole?: boolean | undefined;
}

/** A file that can only be read from disk. */
export interface FileTarget {
  file: vscode.Uri;
}

/**
 * A PDF whose pages show the answers: that of the active tab, whatever viewer it is. One that is named, and any for
 * those who have it read aloud, is shown as text, unless its page view is the active tab.
 */
export function pdfOf({ uri, range }: TargetRequest): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isFile = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
  if (!isFile || range || vscode.window.activeTextEditor || !/\.pdf$/i.test(input.uri.path)) return undefined;
  const isPageView = input instanceof vscode.TabInputCustom && input.viewType === 'askBert.pdf';
  if (uri) return isPageView && uri.toString() === input.uri.toString() ? uri : undefined;
  const isRead = vscode.workspace.getConfiguration('editor').get('accessibilitySupport') === 'on';
  return isPageView || !isRead ? input.uri : undefined;
}

/** From the current editors; undefined after the user was told why there is none. */
export async function findTarget(request: TargetRequest): Promise<Target | FileTarget | undefined> {
  const { uri, range, whole } = request;
  if (uri && isExtracted(uri)) return ofFile(uri, request);
  if (uri) {
    const key = uri.toString();
    const notebook = vscode.workspace.notebookDocuments.find((each) => each.uri.toString() === key);
    if (notebook) return ofNotebook(notebook);
    const editor = editorWith((document) => document.uri.toString() === key);
    if (editor && !range) return whole ? described(editor.document) : ofEditor(editor);
    const document = editor?.document ?? (await opened(uri));
    return document ? described(document, range) : { file: uri };
  }
  const editor = vscode.window.activeTextEditor;
  if (editor && range) return described(editor.document, range);
  const notebook = notebookToAsk(editor);
  if (notebook) return ofNotebook(notebook);
  if (editor) return whole ? described(editor.document) : ofEditor(editor);
  const inFront = fileInFront();
  if (inFront && isExtracted(inFront)) return ofFile(inFront, request);
  const source = (await textInFront()) ?? (await sourceOfPreview());
  if (source) return described(source);
  if (inFront) return { file: inFront };
  tellNoText();
  return undefined;
}

/** Shows the text of a PDF or another binary file, to which the answers belong. */
async function ofFile(uri: vscode.Uri, { range, whole }: TargetRequest): Promise<Target | undefined> {
  try {
    const document = await vscode.workspace.openTextDocument(shownAs(uri));
    const editor = await vscode.window.showTextDocument(document);
    return whole || range ? described(document, range) : ofEditor(editor);
  } catch {
    // The user was told when it was read.
    return undefined;
  }
}

const opened = (uri: vscode.Uri): Promise<vscode.TextDocument | undefined> =>
  Promise.resolve(vscode.workspace.openTextDocument(uri)).catch(() => undefined);

/** The same target with the current selection. */
export function targetNow(target: Target, request: TargetRequest): Target {
  if (request.range || request.whole) return target;
  const { document } = target;
  const notebook = target.parts ? notebookOf(document) : undefined;
  if (notebook) return ofNotebook(notebook);
  const editor = editorWith((each) => each === document);
  return editor ? ofEditor(editor) : described(document);
}

/** The active editor if it shows such a document, otherwise any visible one. */
function editorWith(wanted: (document: vscode.TextDocument) => boolean): vscode.TextEditor | undefined {
  const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  return editors.find((editor) => editor && wanted(editor.document));
}

const notebookOf = (document: vscode.TextDocument): vscode.NotebookDocument | undefined =>
  vscode.workspace.notebookDocuments.find((each) => each.getCells().some((cell) => cell.document === document));

/** The whole notebook, unless something is selected in the cell that is edited. */
function notebookToAsk(editor: vscode.TextEditor | undefined): vscode.NotebookDocument | undefined {
  if (editor) return editor.selections.some(({ isEmpty }) => !isEmpty) ? undefined : notebookOf(editor.document);
  return notebookInFront()?.notebook;
}

function ofNotebook(notebook: vscode.NotebookDocument): Target {
  const { l10n } = vscode;
  const name = documentName(notebook.uri);
  const cells = notebook.getCells();
  const parts = cells.map(({ document }) => ({ document })).filter(hasText);
  const count = cells.length === 1 ? l10n.t('1 cell') : l10n.t('{0} cells', cells.length);
  const description = l10n.t('{0} (whole notebook, {1})', name, count);
  const [first] = parts.length > 0 ? parts : cells;
  if (!first) throw new Error('A notebook without cells cannot be in front.');
  return { document: first.document, name, description, parts };
}

export const hasText = ({ document, range }: Part): boolean => /\S/.test(document.getText(range));

function ofEditor({ document, selections }: vscode.TextEditor): Target {
  const { l10n } = vscode;
  const selected = selections.filter(({ isEmpty }) => !isEmpty);
  if (selected.length < 2) return described(document, selected[0]);
  const inOrder = selected.toSorted((a, b) => a.start.compareTo(b.start));
  const parts = inOrder.map(({ start, end }) => ({ document, range: new vscode.Range(start, end) }));
  const lines = linesText(parts.reduce((sum, { range }) => sum + linesIn(range), 0));
  const name = documentName(document.uri);
  return { document, name, parts, description: l10n.t('{0} ({1} selections, {2})', name, parts.length, lines) };
}

function described(document: vscode.TextDocument, range?: vscode.Range): Target {
  const { l10n } = vscode;
  const name = documentName(document.uri);
  const { lineCount } = document;
  const all = lineCount === 1 ? l10n.t('{0} (1 line)', name) : l10n.t('{0} (all {1} lines)', name, number(lineCount));
  const description = range ? l10n.t('{0} (selection, {1})', name, linesText(linesIn(range))) : all;
  return { document, range: range && new vscode.Range(range.start, range.end), name, description };
}

const number = (value: number) => new Intl.NumberFormat(vscode.env.language).format(value);

const linesText = (count: number): string =>
  count === 1 ? vscode.l10n.t('1 line') : vscode.l10n.t('{0} lines', number(count));

/** A selection that ends at the start of a line does not include that line. */
function linesIn(range: vscode.Range): number {
  const reachesIn = range.end.character > 0 || range.isEmpty ? 1 : 0;
  return range.end.line - range.start.line + reachesIn;
}

/** The user is told if there is nothing to read. */
export function saysNothing({ document, range, parts, name }: Target): boolean {
  if (parts ? parts.some(hasText) : hasText({ document, range })) return false;
  const { l10n } = vscode;
  void inform(
    range || parts?.[0]?.range
      ? l10n.t('Ask BERT: nothing to read, the selection in {0} is blank.', name)
      : l10n.t('Ask BERT: nothing to read, {0} is empty.', name),
  );
  return true;
}
