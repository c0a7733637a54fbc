/** Brings an answer into view: by scrolling alone, or with the cursor, which also opens folded text. */
import * as vscode from 'vscode';
import { inform } from '../shared/messages.js';
import { oneLine } from '../shared/texts.js';
import type { DocumentAnswers, ShownAnswer } from './store.js';

/** Scrolls to the current answer where its document is visible; selection, cursor and focus stay where they are. */
export function reveal({ document, current }: DocumentAnswers): void {
  editorOf(document)?.revealRange(inView(current), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/**
 * Puts the cursor at the beginning of the current answer: folded text opens, "Go Back" returns, and a screen reader
 * reads the line. The focus stays where it is.
 */
export function goTo(entry: DocumentAnswers): void {
  const { document, current } = entry;
  showCell(document);
  const editor = editorOf(document);
  if (!editor) return;
  const { start } = current.range;
  editor.selection = new vscode.Selection(start, start);
  editor.revealRange(inView(current), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  const drawn = drawnCharacters(document);
  if (current.range.end.character > drawn) void inform(notDrawnText(current, drawn));
}

/** Selects the cell of a notebook, which may be out of view and then has no editor. */
function showCell(document: vscode.TextDocument): void {
  for (const editor of vscode.window.visibleNotebookEditors) {
    const index = editor.notebook.getCells().findIndex((cell) => cell.document === document);
    if (index < 0) continue;
    const range = new vscode.NotebookRange(index, index + 1);
    editor.selection = range;
    editor.revealRange(range, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
  }
}

/** The active editor of a document, or any visible one. */
export function editorOf(document: vscode.TextDocument): vscode.TextEditor | undefined {
  const active = vscode.window.activeTextEditor;
  if (active?.document === document) return active;
  return vscode.window.visibleTextEditors.find((each) => each.document === document);
}

/** A long line is shown from the beginning of the sentence. */
function inView({ range, sentence }: ShownAnswer): vscode.Range {
  const from = sentence && range.start.character - sentence.lead;
  return from === undefined || from < 0 ? range : new vscode.Range(range.start.with({ character: from }), range.end);
}

/** How many characters of a line the editor draws. */
function drawnCharacters(document: vscode.TextDocument): number {
  const most = vscode.workspace.getConfiguration('editor', document).get<number>('stopRenderingLineAfter', 10_000);
  return most < 0 ? Number.POSITIVE_INFINITY : most;
}

function notDrawnText({ range, text, sentence }: ShownAnswer, drawn: number): string {
  const number = new Intl.NumberFormat(vscode.env.language);
  return vscode.l10n.t(
    'Ask BERT: the editor draws line {0} only up to character {1}; the answer is at character {2}: {3}',
    number.format(range.end.line + 1),
    number.format(drawn),
    number.format(range.start.character + 1),
    oneLine(sentence?.text ?? text, 300),
  );
}
