/** The questions that are being answered, one for each document: which cancels which, and what one waits for. */
import * as vscode from 'vscode';
import type { SidecarState } from '../status/state.js';

export interface PendingQuestion {
  readonly cancel: vscode.CancellationTokenSource;
  /** Of the document. */
  readonly name: string;
}

export class PendingQuestions {
  /** By source, the newest last. */
  readonly #pending = new Map<string, PendingQuestion>();

  /** A newer question about the same document cancels the older one. */
  begin(source: string, name: string): PendingQuestion {
    this.cancel(source);
    this.#pending.delete(source);
    const question = { cancel: new vscode.CancellationTokenSource(), name };
    this.#pending.set(source, question);
    return question;
  }

  end(source: string, question: PendingQuestion): void {
    question.cancel.dispose();
    if (this.isNewest(source, question)) this.#pending.delete(source);
  }

  cancel(source: string): void {
    this.#pending.get(source)?.cancel.cancel();
  }

  /** Whether no newer question about the same document has replaced it. */
  isNewest(source: string, question: PendingQuestion): boolean {
    return this.#pending.get(source) === question;
  }

  /** What a question waits for until the sidecar says something. */
  waitText(source: string, { state }: SidecarState['status']): string {
    const { l10n } = vscode;
    for (const [key, { name }] of this.#pending) if (key !== source) return l10n.t('waiting for {0}', name);
    return state === 'ready' || state === 'busy' ? l10n.t('reading') : l10n.t('loading the model');
  }
}
