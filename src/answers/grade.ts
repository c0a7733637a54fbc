/** How far an answer can be believed, in words. */
import * as vscode from 'vscode';
import type { Grade } from '../../server/protocol.js';
import { percent } from '../shared/texts.js';

export function gradeText(grade: Grade): string {
  switch (grade) {
    case 'sure':
      return vscode.l10n.t('sure');
    case 'unsure':
      return vscode.l10n.t('unsure');
    default:
      return vscode.l10n.t('guess');
  }
}

/** "sure, 88.7 %"; how probable a guess is says nothing. */
export const confidence = ({ grade, probability }: { grade: Grade; probability: number }): string =>
  grade === 'guess' ? gradeText(grade) : vscode.l10n.t('{0}, {1}', gradeText(grade), percent(probability));
