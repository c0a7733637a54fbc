/** How a found answer is brought to the user, who may have gone on since. */
import * as vscode from 'vscode';
import type { Announcer } from '../answers/announcer.js';
import type { Attention } from '../answers/attention.js';
import { editorOf } from '../answers/reveal.js';
import type { AnswerStore, DocumentAnswers } from '../answers/store.js';
import { inform } from '../shared/messages.js';
import { oneLine } from '../shared/texts.js';

/**
 * The cursor goes to the answer, unless the user is busy elsewhere.
 * @param name of the document
 * @param inView the view went there while the text was read
 */
export function presentFound(
  { announcer, store }: { announcer: Announcer; store: AnswerStore },
  entry: DocumentAnswers,
  name: string,
  attention: Attention,
  inView: boolean,
): void {
  const { document } = entry;
  const where = attention.now;
  // The view went there while it was read, and the user has left since.
  const hasLeft = inView && editorOf(document)?.visibleRanges.every((range) => !range.contains(entry.current.range));
  if (where === 'here') {
    announcer.present(entry, hasLeft ? 'stay' : 'go');
    return;
  }
  const isVisible = vscode.window.visibleTextEditors.some((each) => each.document === document);
  if (!isVisible || vscode.window.activeTextEditor?.document !== document) announcer.later(entry);
  announcer.present(entry, where === 'moved' || inView ? 'stay' : 'scroll');
  if (where !== 'moved' && !isUnseen(document)) return;
  const { l10n } = vscode;
  const go = l10n.t('Go');
  const { current } = entry;
  const text = l10n.t('Ask BERT: answer found in {0}: {1}', name, oneLine(current.prose ?? current.text, 80));
  void inform(text, go).then(async (choice) => {
    if (!choice || document.isClosed) return;
    await vscode.window.showTextDocument(document);
    const now = store.of(document);
    if (now) announcer.present(now, 'go');
  });
}

/** What is in front has no text editor, such as a preview: nothing that is shown in the document would be seen. */
export const isUnseen = (document: vscode.TextDocument): boolean =>
  vscode.window.activeTextEditor === undefined &&
  vscode.window.visibleTextEditors.every((editor) => editor.document !== document);
