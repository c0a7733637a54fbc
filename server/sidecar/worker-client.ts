/**
 * The main thread's side of the worker: starts it at the first call, notices its end, starts a new one at the next
 * call.
 */
import { AskBertError, abortReason, asAskBertError, fromPlainError, toPlainError } from '../errors.js';
import { t } from '../l10n.js';
import type { BackgroundState } from '../protocol.js';
import type {
  FromWorker,
  Loaded,
  ToWorker,
  WorkerCall,
  WorkerProgress,
  WorkerResult,
  WorkerResults,
} from './worker-messages.js';

/** The part of a `worker_threads.Worker` that is used. */
export interface WorkerLike {
  postMessage(message: ToWorker): void;
  terminate(): Promise<unknown>;
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  on(event: 'messageerror' | 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
}

interface Pending {
  readonly message: ToWorker;
  readonly signal: AbortSignal | undefined;
  /** It does not use the engine now: it waits for its turn. */
  waiting: boolean;
  /** A worker was lost while it waited. */
  retried: boolean;
  resolve(result: WorkerResult): void;
  reject(error: AskBertError): void;
  onProgress?: ((progress: WorkerProgress) => void) | undefined;
}

export const nothingLoaded = (): Loaded => ({ model: null, engine: null, choice: [], concurrency: 1 });

/** A cancelled batch or load ends long before that; a worker still running after this long is stuck. */
const STOP_MS = 120_000;

/** Messages of a worker other than results. */
export interface WorkerListeners {
  /** It has ended unexpectedly. */
  onLost?(error: AskBertError): void;
  /** The background work has changed. */
  onBackground?(state: BackgroundState): void;
  /** A bug that does not fail any call; for the log. */
  onDefect?(message: string): void;
}

export class WorkerClient {
  readonly #start: () => WorkerLike;
  readonly #listeners: WorkerListeners;
  readonly #stopMs: number;
  /** What the worker's session had loaded after the last call. */
  loaded: Loaded = nothingLoaded();

  #worker: WorkerLike | undefined;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /**
   * @param start starts a worker; its failure is the failure of the call
   */
  constructor(start: () => WorkerLike, listeners: WorkerListeners = {}, stopMs = STOP_MS) {
    this.#start = start;
    this.#listeners = listeners;
    this.#stopMs = stopMs;
  }

  get running(): boolean {
    return this.#worker !== undefined;
  }

  /** Calls in progress. */
  get calls(): number {
    return this.#pending.size;
  }

  /**
   * One call of the session in the worker.
   * @param signal an abort reaches the session between two batches; the promise settles when the session has stopped
   * A call that only waited for its turn when the worker ended is made again in a new one, once.
   * @throws AskBertError of the session; Internal, EngineRun or OutOfMemory when the worker ended
   */
  call<C extends WorkerCall>(
    call: C,
    signal?: AbortSignal,
    onProgress?: (progress: WorkerProgress) => void,
  ): Promise<WorkerResults[C['type']]> {
    const result = new Promise<WorkerResult>((resolve, reject) => {
      const id = ++this.#lastId;
      const worker = this.#worker ?? this.#launch();
      const message = { ...call, id };
      let deaf: NodeJS.Timeout | undefined;
      const cancel = () => {
        const asked = this.#worker;
        if (!asked) return;
        asked.postMessage({ type: 'cancel', id, error: toPlainError(signal?.reason) });
        deaf = setTimeout(() => this.#giveUp(asked), this.#stopMs).unref();
      };
      const settle = () => {
        clearTimeout(deaf);
        signal?.removeEventListener('abort', cancel);
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        message,
        signal,
        waiting: false,
        retried: false,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        onProgress,
      });
      worker.postMessage(message);
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
    });
    // The worker answers each call with its own kind of result.
    return result as Promise<WorkerResults[C['type']]>;
  }

  /** Makes the worker cancel its background build. */
  stopBuilding(): void {
    this.#worker?.postMessage({ type: 'stopBuilding' });
  }

  /**
   * Ends the worker and frees all it holds; the next call starts a new one. Must not be called during a call:
   * terminating a thread inside native code crashes the process.
   */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#forget(new AskBertError('Cancelled', t('The reader was stopped.')));
    await worker.terminate();
  }

  /**
   * Terminates a worker that does not stop; inside native code that ends the process, and the client starts another.
   */
  #giveUp(worker: WorkerLike): void {
    if (this.#worker !== worker) return;
    this.#lose(new AskBertError('EngineRun', t('The engine did not stop in time and was terminated.')));
    void worker.terminate();
  }

  #launch(): WorkerLike {
    const worker = this.#start();
    // The first of error and exit says why; messages of an abandoned worker are ignored.
    const current = () => this.#worker === worker;
    worker.on('message', (message) => {
      if (current()) this.#receive(message);
    });
    worker.on('error', (error) => {
      if (current()) this.#lose(failureOf(error));
    });
    worker.on('messageerror', (error) => {
      if (current()) this.#lose(failureOf(error));
      void worker.terminate();
    });
    worker.on('exit', (code) => {
      if (!current()) return;
      this.#lose(new AskBertError('EngineRun', t('The engine ended unexpectedly (exit code {0}).', code)));
    });
    this.#worker = worker;
    return worker;
  }

  #receive(message: FromWorker): void {
    if (message.type === 'background') {
      this.loaded = message.loaded;
      this.#listeners.onBackground?.(message.state);
      return;
    }
    if (message.type === 'defect') {
      this.#listeners.onDefect?.(message.message);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (message.type === 'turn') {
      if (pending) pending.waiting = !message.has;
      return;
    }
    if (message.type === 'progress') {
      pending?.onProgress?.(message.progress);
      return;
    }
    this.loaded = message.loaded;
    if (message.type === 'done') pending?.resolve(message.result);
    else pending?.reject(fromPlainError(message.error));
  }

  #lose(error: AskBertError): void {
    // Of these the lost worker has not told that they are cancelled, and a new one would not know.
    for (const pending of [...this.#pending.values()]) {
      if (pending.waiting && pending.signal?.aborted) pending.reject(abortReason(pending.signal));
    }
    const again = [...this.#pending.values()].filter(({ waiting, retried }) => waiting && !retried);
    this.#forget(error, new Set(again));
    for (const pending of again) {
      Object.assign(pending, { waiting: false, retried: true });
      try {
        (this.#worker ?? this.#launch()).postMessage(pending.message);
      } catch (failed) {
        pending.reject(asAskBertError(failed));
      }
    }
    this.#listeners.onLost?.(error);
  }

  /** @param except calls that are not failed */
  #forget(error: AskBertError, except?: ReadonlySet<Pending>): void {
    this.#worker = undefined;
    this.loaded = nothingLoaded();
    this.#listeners.onBackground?.({});
    for (const pending of [...this.#pending.values()]) if (!except?.has(pending)) pending.reject(error);
  }
}

function failureOf(error: unknown): AskBertError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new AskBertError(
      'OutOfMemory',
      t('There was not enough memory to read this text.'),
      t('Ask about a part of it.'),
      { cause: error },
    );
  }
  if (code === 'MODULE_NOT_FOUND') {
    return new AskBertError(
      'LibraryMissing',
      t('A part of Ask BERT is missing: {0}', (message ?? '').split('\n')[0]),
      t('Install it again.'),
      { cause: error },
    );
  }
  return new AskBertError(
    'Internal',
    t('The reader failed: {0}', message ?? String(error)),
    t('Ask again; the reader restarts.'),
    { cause: error },
  );
}
