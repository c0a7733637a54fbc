/**
 * The sidecar without its connection: questions and runs in a queue, one worker, its state, and unloading when idle.
 */

import { type CompleteSettings, checkSettings } from '../checks/check-request.js';
import type { FileOrder, ManyQuestion, Question, QuestionSet } from '../checks/requests.js';
import { AskBertError, asAskBertError } from '../errors.js';
import { processInfo } from '../info.js';
import { t } from '../l10n.js';
import type {
  AskManyProgress,
  AskManyResult,
  AskProgress,
  AskResult,
  BackgroundState,
  DocumentText,
  ExtractProgress,
  ExtractResult,
  Info,
  Status,
} from '../protocol.js';
import { bytesOf, JobQueue } from './queue.js';
import { WorkerClient, type WorkerLike } from './worker-client.js';
import { ofQuestion, type WorkerProgress, type WorkerStart } from './worker-messages.js';

export interface ServiceOptions {
  startWorker(start: WorkerStart): WorkerLike;
  onStatus(status: Status): void;
  log(level: 'info' | 'error', message: string): void;
  version: string;
}

type OnProgress = (progress: AskProgress) => void;

/** Failures that say nothing about the health of model and engine. */
const HARMLESS = new Set(['BadRequest', 'InputUnreadable', 'PasswordNeeded', 'Cancelled', 'Superseded']);

/**
 * The worker and what the client is told are two state machines; `work` is where they meet.
 *
 * The worker (`worker.running`, `stale`, `retired`, `renewing`):
 *
 *     none ── a call ──> running ── settings of the engine changed, or a library was missing ──> stale
 *      ^                   │  ^                                                                    │
 *      │   unload, idle,   │  └── the next call starts a new one <── renewing <── the next call ───┘
 *      └── or it is lost ──┘        (if others are under way, the old one is retired and ends with the last of them)
 *
 * What the client is told (`status`): while jobs run, `loading` or `busy`; between jobs, `rest`:
 *
 *     idle ── a call succeeds ──> ready ── unload, idle, or the worker is lost ──> unloaded ── a call succeeds ──>
 *     ready any  ── a call fails for more than its own reasons ──> error ── a call succeeds ──> ready
 *                                                            error ── other settings, or unload ──> unloaded
 */
export class Service {
  readonly #options: ServiceOptions;
  #settings: CompleteSettings = checkSettings(undefined);
  readonly #queue: JobQueue;
  #worker: WorkerClient;
  #idleTimer: NodeJS.Timeout | undefined;
  #questionsAnswered = 0;

  /** The settings have changed since the running worker was started. */
  #stale = false;
  /** The worker with the old settings is being stopped. */
  #renewing: Promise<void> | undefined;
  /** Workers with old settings that still answer, or are being stopped. */
  readonly #retired = new Set<WorkerClient>();
  /** Called when the last of them has ended. */
  readonly #onlyOne: (() => void)[] = [];

  /** State between jobs. */
  #rest: { state: 'idle' | 'ready' | 'unloaded' | 'error'; message?: string } = { state: 'idle' };
  /** The job that runs loads model and engine. */
  #loading = false;
  /** An engine that is built beside the jobs. */
  #background: BackgroundState = {};
  /** The client assumes this state until told otherwise. */
  #lastStatus = JSON.stringify({ state: 'idle', queued: 0 } satisfies Status);

  constructor(options: ServiceOptions) {
    this.#options = options;
    const questions = () => this.#worker.loaded.concurrency;
    this.#queue = new JobQueue(() => this.#report(), questions);
    this.#worker = this.#newWorker();
  }

  #newWorker(): WorkerClient {
    const current = () => this.#worker === worker;
    const worker: WorkerClient = new WorkerClient(
      () => {
        if (current()) this.#stale = false;
        const { idleUnloadMinutes: _, locale, ...settings } = this.#settings;
        return this.#options.startWorker({ settings, locale });
      },
      {
        onLost: (error) => current() && this.#lost(error),
        onBackground: (state) => current() && this.#backgroundChanged(state),
        onDefect: (message) => this.#options.log('error', message),
      },
    );
    return worker;
  }

  /**
   * Answers one question; those of all clients take turns.
   * @param client whose share of the engine it uses
   * @throws AskBertError of any kind
   */
  ask(
    question: Question,
    source?: string,
    signal?: AbortSignal,
    onProgress?: OnProgress,
    client?: string,
  ): Promise<AskResult> {
    const work = async (stop: AbortSignal) => {
      const progress = this.#watch(ofQuestion(onProgress));
      const result = await this.#work((worker) => worker.call({ type: 'ask', question, client }, stop, progress));
      this.#questionsAnswered++;
      return result;
    };
    return this.#queue.add(work, { source, signal, client, bytes: bytesOf([question]) });
  }

  /** One question about many documents, in parallel with the questions about one. @throws AskBertError of any kind */
  askMany(
    params: ManyQuestion,
    source?: string,
    signal?: AbortSignal,
    onProgress?: (progress: AskManyProgress) => void,
    client?: string,
  ): Promise<AskManyResult> {
    const work = async (stop: AbortSignal) => {
      const progress = this.#watch((p) => p.stage === 'documents' && onProgress?.(p));
      const result = await this.#work((worker) => worker.call({ type: 'askMany', params, client }, stop, progress));
      this.#questionsAnswered++;
      return result;
    };
    return this.#queue.add(work, { source, signal, client, lane: 'run', bytes: bytesOf(params.documents) });
  }

  /** A set of questions over many documents. @throws AskBertError of any kind */
  extract(
    params: QuestionSet,
    source?: string,
    signal?: AbortSignal,
    onProgress?: (progress: ExtractProgress) => void,
    client?: string,
  ): Promise<ExtractResult> {
    const work = async (stop: AbortSignal) => {
      const progress = this.#watch((p) => p.stage === 'rows' && onProgress?.(p));
      const result = await this.#work((worker) => worker.call({ type: 'extract', params, client }, stop, progress));
      this.#questionsAnswered += params.questions.length * result.rows.length;
      return result;
    };
    return this.#queue.add(work, { source, signal, client, lane: 'run', bytes: bytesOf(params.documents) });
  }

  /** Loads model and engine now. @throws AskBertError of loading, Cancelled */
  async prepare(signal?: AbortSignal, onProgress?: OnProgress): Promise<Info> {
    const work = (stop: AbortSignal) =>
      this.#work((worker) => worker.call({ type: 'prepare' }, stop, this.#watch(ofQuestion(onProgress))));
    await this.#queue.add(work, { signal });
    return this.info();
  }

  /** The text of a file, next to the questions: it needs no engine. @throws AskBertError of any kind */
  readFile(file: FileOrder, signal?: AbortSignal, onProgress?: OnProgress): Promise<DocumentText> {
    return this.#worker.call({ type: 'readFile', file }, signal, ofQuestion(onProgress));
  }

  /** Removes the kept texts of files. @throws AskBertError of any kind */
  async forget(): Promise<void> {
    await this.#worker.call({ type: 'forget' });
  }

  /** Frees model and engine after the questions before it. */
  unload(): Promise<void> {
    return this.#queue.add(() => this.#free(), { lane: 'alone' });
  }

  info(): Info {
    return processInfo(this.#options.version, this.#worker.loaded, this.#questionsAnswered);
  }

  /**
   * Replaces all settings; missing ones get their default. Model and engine settings take effect with the next
   * question, languages with the next worker.
   * @throws AskBertError BadRequest; nothing is changed then
   */
  configure(params: unknown): CompleteSettings {
    const before = this.#settings;
    this.#settings = checkSettings(params);
    const { idleUnloadMinutes: _, languages: __, ...ofWorker } = this.#settings;
    const keys = Object.keys(ofWorker) as (keyof typeof ofWorker)[];
    if (this.#worker.running && keys.some((key) => before[key] !== ofWorker[key])) this.#stale = true;
    // The next question starts a new worker: what this one builds, or is about to, is no longer needed.
    if (this.#stale) this.#worker.stopBuilding();
    // A failure with the old settings does not apply to the new ones.
    if (this.#rest.state === 'error') this.#rest = { state: 'unloaded' };
    this.#startIdleTimer();
    this.#report();
    return this.#settings;
  }

  /** A question, a load or an unload is in progress: the worker may be in native code. */
  get busy(): boolean {
    return this.#queue.busy || this.#retired.size > 0;
  }

  /**
   * Fails pending calls and ends the worker once it has left native code: terminating a thread inside native code
   * crashes the process.
   * @param limitMs how long to wait for that
   * @returns false when the worker was still busy then; only the end of the process can end it
   */
  async close(limitMs: number): Promise<boolean> {
    clearTimeout(this.#idleTimer);
    this.#queue.abortAll(new AskBertError('Cancelled', t('The reader was stopped.')));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, limitMs, false);
    });
    const closed = this.unload().then(
      () => true,
      () => true,
    );
    return Promise.race([closed, late]).finally(() => clearTimeout(timer));
  }

  /** The state changes around a call of the worker. */
  async #work<T>(call: (worker: WorkerClient) => Promise<T>): Promise<T> {
    clearTimeout(this.#idleTimer);
    if (this.#renewing) await this.#renewing;
    if (this.#stale) await this.#renew();
    const worker = this.#worker;
    this.#loading = worker.loaded.engine === null;
    this.#report();
    try {
      const result = await call(worker);
      this.#rest = { state: 'ready' };
      return result;
    } catch (thrown) {
      const error = asAskBertError(thrown);
      // A thread caches what it did not find: a new one sees what was installed since.
      if (error.code === 'LibraryMissing' && worker === this.#worker && worker.running) this.#stale = true;
      if (!HARMLESS.has(error.code)) {
        this.#rest = { state: 'error', message: error.line };
        const cause = error.cause instanceof Error ? error.cause.stack : error.stack;
        this.#options.log('error', `${error.code}: ${error.line}${cause ? `\n${cause}` : ''}`);
      } else if (this.#rest.state !== 'error') {
        this.#rest = { state: this.#worker.loaded.engine ? 'ready' : this.#rest.state };
      }
      throw error;
    } finally {
      this.#loading = false;
      if (this.#retired.has(worker) && worker.calls === 0) void this.#endRetired(worker);
      this.#startIdleTimer();
    }
  }

  /** The calls to come get a new worker; those under way, which may take minutes, end in the old one. */
  async #renew(): Promise<void> {
    const old = this.#worker;
    if (old.calls === 0) {
      this.#renewing = this.#release(old).finally(() => {
        this.#renewing = undefined;
      });
      return this.#renewing;
    }
    this.#retired.add(old);
    this.#stale = false;
    this.#worker = this.#newWorker();
    this.#backgroundChanged({});
  }

  async #endRetired(worker: WorkerClient): Promise<void> {
    await this.#release(worker);
    this.#retired.delete(worker);
    for (const resolve of this.#retired.size === 0 ? this.#onlyOne.splice(0) : []) resolve();
  }

  /** A worker that ends during a question fails that question; between questions it only needs to be recorded. */
  #lost(error: AskBertError): void {
    if (this.#queue.busy) return;
    this.#options.log('error', `${error.code}: ${error.line}`);
    this.#rest = { state: 'unloaded' };
    this.#report();
  }

  #backgroundChanged(state: BackgroundState): void {
    if (!state.building && !state.notice && !this.#background.building && !this.#background.notice) return;
    if (state.notice) this.#options.log('info', state.notice);
    this.#background = state;
    this.#report();
  }

  #watch(onProgress: ((progress: WorkerProgress) => unknown) | undefined): (progress: WorkerProgress) => void {
    return (progress) => {
      const loading = progress.stage === 'load';
      if (loading !== this.#loading) {
        this.#loading = loading;
        this.#report();
      }
      onProgress?.(progress);
    };
  }

  #startIdleTimer(): void {
    clearTimeout(this.#idleTimer);
    const { idleUnloadMinutes } = this.#settings;
    if (idleUnloadMinutes === 0 || !this.#worker.running) return;
    this.#idleTimer = setTimeout(() => {
      if (this.#queue.busy) return;
      if (this.#background.building) return this.#startIdleTimer();
      this.#options.log('info', `Idle for ${idleUnloadMinutes} minutes: model and engine are freed.`);
      void this.unload().catch((error) => this.#options.log('error', asAskBertError(error).line));
    }, idleUnloadMinutes * 60_000).unref();
  }

  async #free(): Promise<void> {
    clearTimeout(this.#idleTimer);
    if (this.#retired.size > 0) await new Promise<void>((resolve) => this.#onlyOne.push(resolve));
    await this.#release(this.#worker);
    this.#rest = { state: this.#rest.state === 'idle' ? 'idle' : 'unloaded' };
  }

  /** The session first frees what the engine holds outside the thread's heap, then the thread ends. */
  async #release(worker: WorkerClient): Promise<void> {
    try {
      if (worker.running) await worker.call({ type: 'unload' });
    } catch (error) {
      this.#options.log('error', asAskBertError(error).line);
    }
    await worker.stop();
  }

  /** Current state. */
  get status(): Status {
    const { engine } = this.#worker.loaded;
    const status: Status = { state: this.#rest.state, queued: this.#queue.waiting };
    if (this.#queue.busy) status.state = this.#loading ? 'loading' : 'busy';
    if (status.state === 'error') status.message = this.#rest.message;
    if (engine && (status.state === 'ready' || status.state === 'busy')) {
      status.engine = { name: engine.name, device: engine.device, model: engine.model, precision: engine.precision };
    }
    return Object.assign(status, this.#background);
  }

  #report(): void {
    const { status } = this;
    const text = JSON.stringify(status);
    if (text === this.#lastStatus) return;
    this.#lastStatus = text;
    this.#options.onStatus(status);
  }
}
