/** Which text a question is about: the primary selection, or the whole document when nothing is selected. */
import * as vscode from 'vscode';
import { isExtracted, shownAs } from '../shared/extracted-uri.js';
import { inform } from '../shared/messages.js';

export interface Target {
  document: vscode.TextDocument;
  /** Undefined: the whole document. */
  range?: vscode.Range | undefined;
  /** "selection, 3 lines" */
  description: string;
}

export interface TargetRequest {
  uri?: vscode.Uri | undefined;
  range?: vscode.Range | undefined;
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
export async function findTarget(request: TargetRequest): Promise<Target | undefined> {
  if (request.uri && isExtracted(request.uri)) return ofFile(request.uri);
  if (request.uri) {
    const key = request.uri.toString();
    const editor = editorWith((document) => document.uri.toString() === key);
    if (editor && !request.range) return ofEditor(editor);
    const document = editor?.document ?? (await opened(request.uri));
    return document && described(document, request.range);
  }
  const editor = vscode.window.activeTextEditor;
  if (editor) return request.range ? described(editor.document, request.range) : ofEditor(editor);
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isFile = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom;
  if (isFile && isExtracted(input.uri)) return ofFile(input.uri);
  if (input instanceof vscode.TabInputText) tellWithheld();
  else void inform(vscode.l10n.t('Ask BERT: open a text first, then ask about it.'));
  return undefined;
}

/** Shows the text of a PDF or another binary file, to which the answers belong. */
async function ofFile(uri: vscode.Uri): Promise<Target | undefined> {
  try {
    const document = await vscode.workspace.openTextDocument(shownAs(uri));
    return ofEditor(await vscode.window.showTextDocument(document));
  } catch {
    // The user was told when it was read.
    return undefined;
  }
}

async function opened(uri: vscode.Uri): Promise<vscode.TextDocument | undefined> {
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    tellWithheld();
    return undefined;
  }
}

function tellWithheld(): void {
  const { l10n } = vscode;
  void inform(
    l10n.t(
      'Ask BERT: VS Code does not give extensions access to this file, most likely because it is larger than 50 MB.',
    ),
  );
}

/** The same target with the current selection. */
export function targetNow(target: Target, request: TargetRequest): Target {
  if (request.range) return target;
  const editor = editorWith((document) => document === target.document);
  return editor ? ofEditor(editor) : described(target.document);
}

/** The active editor if it shows such a document, otherwise any visible one. */
function editorWith(wanted: (document: vscode.TextDocument) => boolean): vscode.TextEditor | undefined {
  const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  return editors.find((editor) => editor && wanted(editor.document));
}

function ofEditor({ document, selection, selections }: vscode.TextEditor): Target {
  return selection.isEmpty ? described(document) : described(document, selection, selections.length);
}

function described(document: vscode.TextDocument, range?: vscode.Range, selections = 1): Target {
  const { l10n } = vscode;
  const lines = range ? linesIn(range) : document.lineCount;
  const count = lines === 1 ? l10n.t('1 line') : l10n.t('{0} lines', lines);
  let what = l10n.t('whole document');
  if (range) what = selections > 1 ? l10n.t('first of {0} selections', selections) : l10n.t('selection');
  return { document, range: range && new vscode.Range(range.start, range.end), description: `${what}, ${count}` };
}

/** A selection that ends at the start of a line does not include that line. */
function linesIn(range: vscode.Range): number {
  const reachesIn = range.end.character > 0 || range.isEmpty ? 1 : 0;
  return range.end.line - range.start.line + reachesIn;
}
