/** Progress of one question: a word in the status bar, and after a while a notification that can cancel it. */
import * as vscode from 'vscode';
import type { AskProgress } from '../server/protocol.js';

const QUIET_MS = 1500;

type Report = (progress: AskProgress) => void;

/** Runs `work`; cancelling the notification cancels `source`. */
export async function withAskProgress<T>(
  source: vscode.CancellationTokenSource,
  work: (report: Report) => Promise<T>,
): Promise<T> {
  let last: AskProgress | undefined;
  let show: Report = () => {};
  const result = work((progress) => {
    last = progress;
    show(progress);
  });
  const finished = result.then(
    () => true,
    () => true,
  );

  const quick = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Ask BERT' },
    (progress) => {
      show = (now) => progress.report({ message: stageText(now) });
      return Promise.race([finished, pause(QUIET_MS)]);
    },
  );
  if (!quick) {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Ask BERT', cancellable: true },
      (progress, token) => {
        token.onCancellationRequested(() => source.cancel());
        let percentage = 0;
        show = (now) => {
          const reached = now.stage === 'engine' && now.total > 0 ? (100 * now.done) / now.total : percentage;
          progress.report({ message: stageText(now), increment: Math.max(0, reached - percentage) });
          percentage = Math.max(percentage, reached);
        };
        show(last ?? { stage: 'load', done: 0, total: 0 });
        return finished;
      },
    );
  }
  return result;
}

const pause = (ms: number) => new Promise<false>((resolve) => setTimeout(resolve, ms, false));

function stageText({ stage, done, total }: AskProgress): string {
  const { l10n } = vscode;
  switch (stage) {
    case 'load':
      return l10n.t('loading the model');
    case 'engine':
      return total > 0 ? l10n.t('reading, part {0} of {1}', Math.min(done + 1, total), total) : l10n.t('reading');
    default:
      return l10n.t('reading');
  }
}
