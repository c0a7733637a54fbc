/** Progress of a question: a word in the status bar, and after a while a notification that can cancel it. */
import * as vscode from 'vscode';
import type { AskProgress } from '../../server/protocol.js';
import { asLabel, asMessage } from '../shared/markdown.js';
import { wholePercent } from '../shared/texts.js';

const QUIET_MS = 1500;

/** Current message, and the fraction done (0..1; undefined: unknown). */
export interface Shown {
  message: string;
  share?: number | undefined;
}

/** Runs `work` and shows what it reports; cancelling the notification cancels `source`. */
export async function withProgress<T, P>(
  source: vscode.CancellationTokenSource,
  work: (report: (progress: P) => void) => Promise<T>,
  shownOf: (progress: P) => Shown,
  atFirst: string,
): Promise<T> {
  let last: Shown = { message: atFirst };
  let show: (now: Shown) => void = () => {};
  const result = work((progress) => {
    last = shownOf(progress);
    show(last);
  });
  const finished = result.then(
    () => true,
    () => true,
  );

  const quick = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Ask BERT' },
    (progress) => {
      show = ({ message }) => progress.report({ message: asLabel(message) });
      return Promise.race([finished, pause(QUIET_MS)]);
    },
  );
  if (!quick) {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Ask BERT', cancellable: true },
      (progress, token) => {
        token.onCancellationRequested(() => source.cancel());
        let percentage = 0;
        show = ({ message, share }) => {
          const reached = share === undefined ? percentage : 100 * share;
          progress.report({ message: asMessage(message), increment: Math.max(0, reached - percentage) });
          percentage = Math.max(percentage, reached);
        };
        show(last);
        return finished;
      },
    );
  }
  return result;
}

/**
 * Progress of one question about one text.
 * @param name of the document
 * @param atFirst until the sidecar says something
 */
export function withAskProgress<T>(
  source: vscode.CancellationTokenSource,
  name: string,
  atFirst: string,
  work: (report: (progress: AskProgress) => void) => Promise<T>,
): Promise<T> {
  const named = (what: string) => vscode.l10n.t('{0}: {1}', name, what);
  const shownOf = (progress: AskProgress): Shown => {
    const { stage, done, total } = progress;
    return { message: named(stageText(progress)), share: stage === 'engine' && total > 0 ? done / total : undefined };
  };
  return withProgress(source, work, shownOf, named(atFirst));
}

const pause = (ms: number) => new Promise<false>((resolve) => setTimeout(resolve, ms, false));

function stageText({ stage, done, total }: AskProgress): string {
  const { l10n } = vscode;
  switch (stage) {
    case 'load':
      return l10n.t('loading the model');
    case 'engine':
      return total > 0 ? l10n.t('reading, {0} of the text', wholePercent(done / total)) : l10n.t('reading');
    default:
      return l10n.t('reading');
  }
}
