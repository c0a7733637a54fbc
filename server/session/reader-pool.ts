/**
 * Reader threads beside an engine that takes many questions at once. One JavaScript thread tokenises, cuts windows and
 * finds spans for fewer questions than a GPU answers: the threads do that, and send the windows to this one, whose
 * engine merges those of all threads into launches.
 *
 * A thread is started when those that run have enough to do, and all end when there has been nothing to do for a while.
 * Long documents are read in this thread: they need little of it for each window, and would have to be copied.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Engine } from '../engine/engine.js';
import { AskBertError, abortReason, asAskBertError, fromPlainError, toPlainError } from '../errors.js';
import { BUNDLE_VARIABLE, bundleInUse, t } from '../l10n.js';
import type { AskResult } from '../protocol.js';
import type { AskRequest, GiveWay, OnProgress } from '../reader/request.js';
import { Recent } from '../text/recent.js';
import type { OnViewFailure } from '../views/choose-view.js';
import { type FromReader, Outbox, type ReaderStart, type ToReader } from './reader-messages.js';

/** UTF-16 units: a longer document is read in the engine's own thread. */
const LONGEST = 64 * 1024;
/** Questions under way before the first thread is started, and in each thread before the next one is. */
const ENOUGH = 4;
/** Threads at most: half of the processors, the others are for the engine's thread, the driver and the clients. */
const MOST_THREADS = 8;
/** Milliseconds without a question after which the threads end. */
const IDLE_MS = 30_000;
/** Texts whose thread is known, so that the next question about it finds its pieces there. */
const KNOWN_TEXTS = 4096;

export const usualThreads = (): number => Math.min(MOST_THREADS, Math.floor(availableParallelism() / 2));

/** A thread could not be started, or has ended by itself. From then on there are none: this thread reads alone. */
export class ThreadLost extends AskBertError {
  constructor(cause: unknown) {
    const { code, message } = asAskBertError(cause);
    super(code, message, undefined, { cause });
  }
}

/** The part of a `worker_threads.Worker` that is used. */
export interface ThreadLike {
  postMessage(messages: ToReader[]): void;
  terminate(): Promise<unknown>;
  ref(): void;
  unref(): void;
  on(event: 'message', listener: (messages: FromReader[]) => void): unknown;
  on(event: 'error' | 'messageerror', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
}

export interface ReaderPoolOptions {
  settings: ReaderStart['settings'];
  engine: Engine;
  onViewFailure: () => OnViewFailure | undefined;
  /** Threads at most. Default: {@link usualThreads}. */
  threads?: number | undefined;
  /** Starts a thread; only tests replace it. */
  start?: ((start: ReaderStart) => ThreadLike) | undefined;
  idleMs?: number | undefined;
}

interface Question {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
  readonly giveWay: GiveWay | undefined;
  resolve(result: AskResult): void;
  reject(error: AskBertError): void;
}

interface Thread {
  readonly worker: ThreadLike;
  readonly out: Outbox<ToReader>;
  readonly questions: Map<number, Question>;
  /** The engine that it was told about. */
  told: Engine['info'];
}

export class ReaderPool {
  readonly #options: ReaderPoolOptions;
  #most: number;
  #threads: Thread[] = [];
  readonly #threadOf = new Recent<string, Thread>(KNOWN_TEXTS);
  #lastId = 0;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ReaderPoolOptions) {
    this.#options = options;
    this.#most = options.threads ?? usualThreads();
  }

  /** Threads that run. */
  get threads(): number {
    return this.#threads.length;
  }

  /** @param underWay questions that are being answered, this one included */
  takes({ text }: AskRequest, underWay: number): boolean {
    if (this.#most === 0 || this.#closed || text.length > LONGEST) return false;
    return this.#threads.length > 0 || underWay > ENOUGH;
  }

  /**
   * Answers a question as a reader does, with the check of its language.
   * @throws AskBertError of the reader and the engine; ThreadLost: the question can be read here
   */
  answer(
    request: AskRequest,
    signal: AbortSignal | undefined,
    onProgress: OnProgress | undefined,
    giveWay: GiveWay | undefined,
  ): Promise<AskResult> {
    return new Promise<AskResult>((resolve, reject) => {
      if (signal?.aborted) return reject(abortReason(signal));
      let thread: Thread;
      try {
        thread = this.#threadFor(request);
      } catch (error) {
        this.#most = 0;
        return reject(new ThreadLost(error));
      }
      const id = ++this.#lastId;
      const cancel = () => thread.out.put({ type: 'cancel', id, error: toPlainError(abortReason(signal)) });
      const settle = () => {
        signal?.removeEventListener('abort', cancel);
        thread.questions.delete(id);
        this.#rest(thread);
      };
      thread.questions.set(id, {
        signal,
        onProgress,
        giveWay,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      clearTimeout(this.#idle);
      if (thread.questions.size === 1) thread.worker.ref();
      signal?.addEventListener('abort', cancel, { once: true });
      const viewFailures = this.#options.onViewFailure() !== undefined;
      const tells = { progress: onProgress !== undefined, givesWay: giveWay !== undefined, viewFailures };
      thread.out.put({ type: 'ask', id, request, tells });
    });
  }

  /** Ends the threads; their questions fail. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const error = new AskBertError('EngineRun', t('The engine was closed.'));
    for (const { questions } of this.#threads) for (const question of [...questions.values()]) question.reject(error);
    await this.#end();
  }

  async #end(): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  /** The one that has read the text before, unless another one has much less to do. */
  #threadFor({ key, text }: AskRequest): Thread {
    const name = key ?? text;
    const known = this.#threadOf.get(name);
    let least = this.#threads.at(0);
    for (const each of this.#threads) if (each.questions.size < least!.questions.size) least = each;
    let thread = known && this.#threads.includes(known) ? known : undefined;
    if (thread && thread.questions.size > 2 * least!.questions.size + ENOUGH) thread = undefined;
    if (!thread) {
      const isBusy = !least || least.questions.size >= ENOUGH;
      thread = isBusy && this.#threads.length < this.#most ? this.#start() : least!;
      this.#threadOf.set(name, thread);
    }
    return thread;
  }

  #start(): Thread {
    const { engine, settings, start = startThread } = this.#options;
    const { info, batchPieces } = engine;
    const worker = start({ settings, engine: { info, batchPieces } });
    const out = new Outbox<ToReader>((messages) => worker.postMessage(messages));
    const thread: Thread = { worker, out, questions: new Map(), told: info };
    const lost = (error: unknown) => this.#lose(thread, error);
    worker.on('message', (messages) => {
      for (const message of messages) this.#take(thread, message);
    });
    worker.on('error', lost);
    worker.on('messageerror', lost);
    worker.on('exit', (code) => lost(new Error(`A reader thread has ended (code ${code}).`)));
    this.#threads.push(thread);
    return thread;
  }

  #lose(thread: Thread, cause: unknown): void {
    if (!this.#threads.includes(thread)) return;
    this.#threads = this.#threads.filter((each) => each !== thread);
    this.#most = 0;
    const error = new ThreadLost(cause);
    for (const question of [...thread.questions.values()]) question.reject(error);
    void thread.worker.terminate();
  }

  /** A process does not wait for threads without a question. */
  #rest(thread: Thread): void {
    if (thread.questions.size > 0) return;
    thread.worker.unref();
    if (this.#closed || this.#threads.some(({ questions }) => questions.size > 0)) return;
    const { idleMs = IDLE_MS } = this.#options;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#end(), idleMs).unref();
  }

  #take(thread: Thread, message: FromReader): void {
    if (message.type === 'viewFailure') {
      this.#options.onViewFailure()?.(new Error(message.error), message.kind);
      return;
    }
    const question = thread.questions.get(message.id);
    switch (message.type) {
      case 'run':
        void this.#run(thread, message, question?.signal);
        break;
      case 'progress':
        question?.onProgress?.(message.progress);
        break;
      case 'giveWay':
        void pause(thread.out, message, question?.giveWay);
        break;
      case 'done':
        question?.resolve(message.result);
        break;
      case 'failed':
        question?.reject(fromPlainError(message.error));
        break;
    }
  }

  async #run(thread: Thread, message: Extract<FromReader, { type: 'run' }>, signal?: AbortSignal): Promise<void> {
    const { engine } = this.#options;
    const { out } = thread;
    const { run, batch } = message;
    try {
      const logits = await engine.run(batch, signal);
      const { info, batchPieces } = engine;
      // Before the logits, so that an answer names the engine that they came from.
      if (info !== thread.told) out.put({ type: 'engine', engine: { info, batchPieces } });
      thread.told = info;
      out.put({ type: 'logits', run, logits });
    } catch (error) {
      out.put({ type: 'noLogits', run, error: toPlainError(error) });
    }
  }
}

async function pause(
  out: Outbox<ToReader>,
  { id, spent, next, left }: Extract<FromReader, { type: 'giveWay' }>,
  giveWay: GiveWay | undefined,
): Promise<void> {
  try {
    await giveWay?.(spent, next, left);
    out.put({ type: 'goOn', id });
  } catch (error) {
    out.put({ type: 'goOn', id, error: toPlainError(error) });
  }
}

function startThread(workerData: ReaderStart): ThreadLike {
  const messages = bundleInUse();
  const env = messages === undefined ? process.env : { ...process.env, [BUNDLE_VARIABLE]: messages };
  return new Worker(path.join(__dirname, 'reader-thread.js'), { workerData, env });
}
