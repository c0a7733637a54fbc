/** What is said when a question has no answer: which question, in which document, how sure. */
import * as vscode from 'vscode';
import type { ShownResult } from '../answers/store.js';
import { oneLine, percent } from '../shared/texts.js';

/** "When does it end?": not found in service-agreement.md (95 % sure). @param name of the document */
export function noAnswerText({ question, noAnswer, otherLanguage, read }: ShownResult, name: string): string {
  // Of what was not read, nothing is known.
  if (read) return vscode.l10n.t('"{0}": not found so far in {1}.', oneLine(question, 80), name);
  // How sure a model is of a language that it does not read means nothing.
  if (otherLanguage) return vscode.l10n.t('"{0}": not found in {1}.', oneLine(question, 80), name);
  return vscode.l10n.t(
    '"{0}": not found in {1} ({2} sure).',
    oneLine(question, 80),
    name,
    percent(noAnswer.probability),
  );
}
