/** What the sidecar does, without the wire: questions and runs in a queue, one worker, its state, and its end when idle. */

import { type CompleteSettings, checkSettings } from '../checks/check-request.js';
import type { ManyQuestion, Question, QuestionSet } from '../checks/requests.js';
import { AskBertError, asAskBertError } from '../errors.js';
import { processInfo } from '../info.js';
import { t } from '../l10n.js';
import type {
  AskManyProgress,
  AskManyResult,
  AskProgress,
  AskResult,
  BackgroundState,
  ExtractProgress,
  ExtractResult,
  Info,
  Status,
} from '../protocol.js';
import { JobQueue } from './queue.js';
import { WorkerClient, type WorkerLike } from './worker-client.js';
import type { WorkerProgress, WorkerStart } from './worker-messages.js';

export interface ServiceOptions {
  startWorker(start: WorkerStart): WorkerLike;
  onStatus(status: Status): void;
  log(level: 'info' | 'error', message: string): void;
  version: string;
}

type OnProgress = (progress: AskProgress) => void;

/** Failures that say nothing about the health of model and engine. */
const HARMLESS = new Set(['BadRequest', 'InputUnreadable', 'Cancelled', 'Superseded']);

/**
 * The worker and what the client is told are two state machines; `work` is where they meet.
 *
 * The worker (`worker.running`, `stale`, `calls`, `renewing`):
 *
 *     none ── a call ──> running ── settings of the engine changed, or a library was missing ──> stale
 *      ^                   │  ^                                                                    │
 *      │   unload, idle,   │  └── the next call starts a new one <── renewing <── the next call ───┘
 *      └── or it is lost ──┘                                       once no other call is under way (`calls`)
 *
 * What the client is told (`status`): while jobs run, `loading` or `busy`; between jobs, `rest`:
 *
 *     idle ── a call succeeds ──> ready ── unload, idle, or the worker is lost ──> unloaded ── a call succeeds ──> ready
 *     any  ── a call fails for more than its own reasons ──> error ── a call succeeds ──> ready
 *                                                            error ── other settings, or unload ──> unloaded
 */
export class Service {
  private settings: CompleteSettings = checkSettings(undefined);
  private readonly queue: JobQueue;
  private readonly worker: WorkerClient;
  private idleTimer: NodeJS.Timeout | undefined;
  private questionsAnswered = 0;

  /** The running worker does not know the current settings. */
  private stale = false;
  /** Calls of the worker under way. */
  private calls = 0;
  /** The stale worker is being ended. */
  private renewing: Promise<void> | undefined;

  /** State between jobs. */
  private rest: { state: 'idle' | 'ready' | 'unloaded' | 'error'; message?: string } = { state: 'idle' };
  /** The job that runs loads model and engine. */
  private loading = false;
  /** An engine that is built beside the jobs. */
  private background: BackgroundState = {};
  /** The client takes this state for granted until it hears of another. */
  private lastStatus = JSON.stringify({ state: 'idle', queued: 0 } satisfies Status);

  constructor(private readonly options: ServiceOptions) {
    const questions = () => this.worker.loaded.concurrency;
    this.queue = new JobQueue(() => this.report(), questions);
    this.worker = new WorkerClient(
      () => {
        this.stale = false;
        const { modelPath, engine, precision, threads, tensorRtPath, cacheFolder, languages, locale } = this.settings;
        return options.startWorker({
          settings: { modelPath, engine, precision, threads, tensorRtPath, cacheFolder, languages },
          locale,
        });
      },
      {
        onLost: (error) => this.lost(error),
        onBackground: (state) => this.backgroundChanged(state),
        onDefect: (message) => options.log('error', message),
      },
    );
  }

  /**
   * Answers one question after those before it.
   * @throws AskBertError every kind
   */
  ask(question: Question, source?: string, signal?: AbortSignal, onProgress?: OnProgress): Promise<AskResult> {
    const work = async (stop: AbortSignal) => {
      const progress = this.watch(ofQuestion(onProgress));
      const result = await this.work(() => this.worker.call({ type: 'ask', question }, stop, progress));
      this.questionsAnswered++;
      return result;
    };
    return this.queue.add(work, { source, signal });
  }

  /** One question about many documents, beside the questions about one. @throws AskBertError every kind */
  askMany(
    params: ManyQuestion,
    source?: string,
    signal?: AbortSignal,
    onProgress?: (progress: AskManyProgress) => void,
  ): Promise<AskManyResult> {
    const work = async (stop: AbortSignal) => {
      const progress = this.watch((p) => p.stage === 'documents' && onProgress?.(p));
      const result = await this.work(() => this.worker.call({ type: 'askMany', params }, stop, progress));
      this.questionsAnswered++;
      return result;
    };
    return this.queue.add(work, { source, signal, lane: 'run' });
  }

  /** A set of questions over many documents. @throws AskBertError every kind */
  extract(
    params: QuestionSet,
    source?: string,
    signal?: AbortSignal,
    onProgress?: (progress: ExtractProgress) => void,
  ): Promise<ExtractResult> {
    const work = async (stop: AbortSignal) => {
      const progress = this.watch((p) => p.stage === 'rows' && onProgress?.(p));
      const result = await this.work(() => this.worker.call({ type: 'extract', params }, stop, progress));
      this.questionsAnswered += params.questions.length * result.rows.length;
      return result;
    };
    return this.queue.add(work, { source, signal, lane: 'run' });
  }

  /** Loads model and engine now. @throws AskBertError of loading, Cancelled */
  async prepare(signal?: AbortSignal, onProgress?: OnProgress): Promise<Info> {
    const work = (stop: AbortSignal) =>
      this.work(() => this.worker.call({ type: 'prepare' }, stop, this.watch(ofQuestion(onProgress))));
    await this.queue.add(work, { signal });
    return this.info();
  }

  /** Frees model and engine once the questions before it are answered. */
  unload(): Promise<void> {
    return this.queue.add(() => this.free(), { lane: 'alone' });
  }

  info(): Info {
    return processInfo(this.options.version, this.worker.loaded, this.questionsAnswered);
  }

  /**
   * Replaces all settings; what is left out has its default. Those of model and engine take effect with the next
   * question, languages with the next worker.
   * @throws AskBertError BadRequest; nothing has changed then
   */
  configure(params: unknown): CompleteSettings {
    const before = this.settings;
    this.settings = checkSettings(params);
    const keys = ['modelPath', 'engine', 'precision', 'threads', 'tensorRtPath', 'cacheFolder', 'locale'] as const;
    if (this.worker.running && keys.some((key) => before[key] !== this.settings[key])) this.stale = true;
    // The next question starts a worker anew: nobody needs that engine.
    if (this.stale && this.background.building) this.worker.stopBuilding();
    // A failure of the old settings is not one of the new.
    if (this.rest.state === 'error') this.rest = { state: 'unloaded' };
    this.startIdleTimer();
    this.report();
    return this.settings;
  }

  /** A question, a load or an unload is under way: the worker may be in native code. */
  get busy(): boolean {
    return this.queue.busy;
  }

  /**
   * Fails what is pending and ends the worker, once it is out of native code: a thread that is ended inside of it
   * takes the process with it.
   * @param limitMs the wait for that
   * @returns false when the worker was still busy then; only the end of the process can end it
   */
  async close(limitMs: number): Promise<boolean> {
    clearTimeout(this.idleTimer);
    this.queue.abortAll(new AskBertError('Cancelled', t('The reader was stopped.')));
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

  /** Everything around a call of the worker that has to do with state. */
  private async work<T>(call: () => Promise<T>): Promise<T> {
    clearTimeout(this.idleTimer);
    if (this.renewing) await this.renewing;
    // The other lane may still use the worker; then the next call starts the new one.
    if (this.stale && this.calls === 0) {
      this.renewing = this.release().finally(() => {
        this.renewing = undefined;
      });
      await this.renewing;
    }
    this.calls++;
    this.loading = this.worker.loaded.engine === null;
    this.report();
    try {
      const result = await call();
      this.rest = { state: 'ready' };
      return result;
    } catch (thrown) {
      const error = asAskBertError(thrown);
      // A thread remembers what it did not find: another one sees what was installed meanwhile.
      if (error.code === 'LibraryMissing' && this.worker.running) this.stale = true;
      if (!HARMLESS.has(error.code)) {
        this.rest = { state: 'error', message: error.line };
        const cause = error.cause instanceof Error ? error.cause.stack : error.stack;
        this.options.log('error', `${error.code}: ${error.line}${cause ? `\n${cause}` : ''}`);
      } else if (this.rest.state !== 'error') {
        this.rest = { state: this.worker.loaded.engine ? 'ready' : this.rest.state };
      }
      throw error;
    } finally {
      this.calls--;
      this.loading = false;
      this.startIdleTimer();
    }
  }

  /** A worker that ends during a question fails that question; one that ends between two only has to be known. */
  private lost(error: AskBertError): void {
    if (this.queue.busy) return;
    this.options.log('error', `${error.code}: ${error.line}`);
    this.rest = { state: 'unloaded' };
    this.report();
  }

  private backgroundChanged(state: BackgroundState): void {
    if (!state.building && !state.notice && !this.background.building && !this.background.notice) return;
    if (state.notice) this.options.log('info', state.notice);
    this.background = state;
    this.report();
  }

  private watch(onProgress: ((progress: WorkerProgress) => unknown) | undefined): (progress: WorkerProgress) => void {
    return (progress) => {
      const loading = progress.stage === 'load';
      if (loading !== this.loading) {
        this.loading = loading;
        this.report();
      }
      onProgress?.(progress);
    };
  }

  private startIdleTimer(): void {
    clearTimeout(this.idleTimer);
    const { idleUnloadMinutes } = this.settings;
    if (idleUnloadMinutes === 0 || !this.worker.running) return;
    this.idleTimer = setTimeout(() => {
      if (this.queue.busy) return;
      if (this.background.building) return this.startIdleTimer();
      this.options.log('info', `Idle for ${idleUnloadMinutes} minutes: model and engine are freed.`);
      void this.unload().catch((error) => this.options.log('error', asAskBertError(error).line));
    }, idleUnloadMinutes * 60_000).unref();
  }

  private async free(): Promise<void> {
    clearTimeout(this.idleTimer);
    await this.release();
    this.rest = { state: this.rest.state === 'idle' ? 'idle' : 'unloaded' };
  }

  /** The session first gives back what the engine holds outside of the thread's heap, then the thread itself ends. */
  private async release(): Promise<void> {
    try {
      if (this.worker.running) await this.worker.call({ type: 'unload' });
    } catch (error) {
      this.options.log('error', asAskBertError(error).line);
    }
    await this.worker.stop();
  }

  /** The current state. */
  get status(): Status {
    const { engine } = this.worker.loaded;
    const status: Status = { state: this.rest.state, queued: this.queue.waiting };
    if (this.queue.busy) status.state = this.loading ? 'loading' : 'busy';
    if (status.state === 'error') status.message = this.rest.message;
    if (engine && (status.state === 'ready' || status.state === 'busy')) {
      status.engine = { name: engine.name, device: engine.device, model: engine.model, precision: engine.precision };
    }
    return Object.assign(status, this.background);
  }

  private report(): void {
    const { status } = this;
    const text = JSON.stringify(status);
    if (text === this.lastStatus) return;
    this.lastStatus = text;
    this.options.onStatus(status);
  }
}

/** Hands on what a question about one text tells. */
const ofQuestion =
  (onProgress: OnProgress | undefined) =>
  (progress: WorkerProgress): void => {
    if (progress.stage !== 'documents' && progress.stage !== 'rows') onProgress?.(progress);
  };
