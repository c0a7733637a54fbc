/** An import in its own thread: it runs for many seconds and must not block the extension host. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AskBertError, asAskBertError } from '../../errors.js';
import { t, useLanguage } from '../../l10n.js';
import type { ErrorCode } from '../../protocol.js';
import { ModelStore } from '../store/store.js';
import type { ImportReport } from './import-model.js';
import { importToStore } from './import-to-store.js';

interface Task {
  kind: 'ask-bert-import';
  checkpoint: string;
  store: string;
  name: string;
  locale: string | undefined;
}

type Message =
  | { done: number; total: number }
  | { report: ImportReport }
  | { error: { code: ErrorCode; message: string; remedy?: string | undefined } };

export interface ThreadOptions {
  /** Language of messages. */
  locale?: string;
  signal?: AbortSignal;
  progress?: (done: number, total: number) => void;
}

/**
 * @param module bundle that calls {@link serveImport} when it is loaded
 * @throws AskBertError as importToStore; when the signal is aborted, nothing is left behind
 */
export function importInThread(
  module: string,
  checkpoint: string,
  store: ModelStore,
  name: string,
  { locale, signal, progress }: ThreadOptions = {},
): Promise<ImportReport> {
  return new Promise((resolve, reject) => {
    const task: Task = { kind: 'ask-bert-import', checkpoint, store: store.folder, name, locale };
    const thread = new Worker(module, { workerData: task });
    // It stops at the next tensor and cleans up.
    const cancel = () => thread.postMessage('cancel');
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    thread.on('message', (message: Message) => {
      if ('report' in message) resolve(message.report);
      else if ('error' in message) {
        const { code, message: text, remedy } = message.error;
        reject(new AskBertError(code, text, remedy));
      } else progress?.(message.done, message.total);
    });
    thread.once('error', (error) => reject(asAskBertError(error)));
    thread.once('exit', (code) => {
      signal?.removeEventListener('abort', cancel);
      reject(new AskBertError('Internal', t('The import ended unexpectedly (exit code {0}).', code)));
    });
  });
}

/** Runs the task of this thread, if it was started for one. */
export function serveImport(): void {
  const task = workerData as Task | null;
  if (isMainThread || task?.kind !== 'ask-bert-import' || !parentPort) return;
  const port = parentPort;
  const tell = (message: Message) => port.postMessage(message);
  useLanguage(task.locale);
  const stop = new AbortController();
  port.on('message', () => stop.abort(new AskBertError('Cancelled', t('The import was cancelled.'))));
  const progress = (done: number, total: number) => tell({ done, total });
  importToStore(task.checkpoint, new ModelStore(task.store), task.name, { signal: stop.signal, progress })
    .then((report) => tell({ report }))
    .catch((thrown: unknown) => {
      const { code, message, remedy } = asAskBertError(thrown);
      tell({ error: { code, message, remedy } });
    })
    .finally(() => port.close());
}
