/** A look at a checkpoint, and its import, in a thread of their own: they must not block the extension host. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AskBertError, asAskBertError } from '../../errors.js';
import { t, useLanguage } from '../../l10n.js';
import type { ErrorCode } from '../../protocol.js';
import { ModelStore } from '../store/store.js';
import type { ImportReport } from './import-model.js';
import { importToStore } from './import-to-store.js';
import { lookAtCheckpoint } from './look.js';

interface Task {
  kind: 'ask-bert-import';
  checkpoint: string;
  /** Where to import it; missing: only look at it. */
  target?: { store: string; name: string };
  locale: string | undefined;
}

type Message =
  | { done: number; total: number }
  /** `report` is missing after a look. */
  | { finished: true; report?: ImportReport }
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
export async function importInThread(
  module: string,
  checkpoint: string,
  store: ModelStore,
  name: string,
  options: ThreadOptions = {},
): Promise<ImportReport> {
  const report = await inThread(module, { checkpoint, target: { store: store.folder, name } }, options);
  return report ?? Promise.reject(new AskBertError('Internal', t('The import ended without a report.')));
}

/**
 * Whether it can be imported, as far as that can be seen without reading the weights.
 * @throws AskBertError as importToStore
 */
export async function lookInThread(module: string, checkpoint: string, options: ThreadOptions = {}): Promise<void> {
  await inThread(module, { checkpoint }, options);
}

function inThread(
  module: string,
  what: Pick<Task, 'checkpoint' | 'target'>,
  { locale, signal, progress }: ThreadOptions,
): Promise<ImportReport | undefined> {
  return new Promise((resolve, reject) => {
    const task: Task = { kind: 'ask-bert-import', ...what, locale };
    const thread = new Worker(module, { workerData: task });
    // It stops at the next tensor and cleans up.
    const cancel = () => {
      thread.postMessage('cancel');
      // A look has nothing to clean up that could not be done later.
      if (!what.target) reject(new AskBertError('Cancelled', t('The import was cancelled.')));
    };
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    thread.on('message', (message: Message) => {
      if ('finished' in message) resolve(message.report);
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
  const run = async ({ checkpoint, target }: Task): Promise<ImportReport | undefined> => {
    if (!target) {
      lookAtCheckpoint(checkpoint);
      return undefined;
    }
    const store = new ModelStore(target.store);
    return importToStore(checkpoint, store, target.name, { signal: stop.signal, progress });
  };
  run(task)
    .then((report) => tell({ finished: true, ...(report && { report }) }))
    .catch((thrown: unknown) => {
      const { code, message, remedy } = asAskBertError(thrown);
      tell({ error: { code, message, remedy } });
    })
    .finally(() => port.close());
}
