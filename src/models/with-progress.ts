/** Downloads and imports: long tasks with a notification that shows progress and can cancel them. */
import * as vscode from 'vscode';
import type { ErrorCode } from '../../server/protocol.js';
import { asMessage } from '../shared/markdown.js';
import { Failure, reasonOf } from '../sidecar/failure.js';

/** Current message, and the fraction done (0..1). */
export type ReportWork = (message: string, share: number | undefined) => void;

/** @throws Failure; silent if cancelled */
export function withWork<T>(
  title: string,
  work: (signal: AbortSignal, report: ReportWork) => Promise<T>,
): PromiseLike<T> {
  const options = { location: vscode.ProgressLocation.Notification, title: asMessage(title), cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    let percentage = 0;
    try {
      return await work(stop.signal, (message, share) => {
        const reached = share === undefined ? percentage : Math.min(100, 100 * share);
        const percent = share === undefined ? '' : `${Math.floor(reached)} %, `;
        progress.report({ message: percent + asMessage(message), increment: Math.max(0, reached - percentage) });
        percentage = Math.max(percentage, reached);
      });
    } catch (error) {
      throw stop.signal.aborted ? new Failure('Cancelled', vscode.l10n.t('Cancelled.')) : workFailure(error);
    }
  });
}

/** An error of the bundle, which has a class of its own for them. */
export function workFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code, message, remedy } = error as { code?: ErrorCode; message?: string; remedy?: string };
  if (error instanceof Error && error.name === 'AskBertError' && code) return new Failure(code, message ?? '', remedy);
  return new Failure('Internal', reasonOf(error));
}
