/**
 * Jobs in order of arrival, one at a time in each of two lanes: a question does not wait for the end of a long run over
 * many documents. A newer job of the same source supersedes the older ones. If the engine takes several questions at
 * once, several run in the question lane, each from a different source.
 */
import { AskBertError, abortReason } from '../errors.js';
import { t } from '../l10n.js';

/** The work of a job. It stops soon after `signal` is aborted; its result is then ignored. */
export type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * `question` and `run`: in parallel with the other lane. `alone`: after everything before it has ended, with nothing in
 * parallel.
 */
export type Lane = 'question' | 'run' | 'alone';

interface Job {
  source?: string | undefined;
  lane: Lane;
  controller: AbortController;
  /** Runs the work and settles the caller's promise; never rejects. */
  run(): Promise<void>;
  /** Settles the caller's promise of a job that never ran. */
  drop(): void;
}

export class JobQueue {
  readonly #onChange: () => void;
  readonly #questions: () => number;
  readonly #waitingJobs: Job[] = [];
  readonly #current = new Set<Job>();

  /**
   * @param onChange called when a job was added, started, dropped or ended
   * @param questions how many jobs of the lane `question` may run at once
   */
  constructor(onChange: () => void = () => {}, questions: () => number = () => 1) {
    this.#onChange = onChange;
    this.#questions = questions;
  }

  /** Jobs that have not started. */
  get waiting(): number {
    return this.#waitingJobs.length;
  }

  get busy(): boolean {
    return this.#current.size > 0;
  }

  /**
   * Adds a job. A waiting job that is cancelled or superseded fails at once; a running one fails once its work
   * has stopped, so that a lane never exceeds its limit, and two jobs of a source never overlap.
   * @param options.source jobs of the same source supersede each other; without it the job supersedes nothing
   * @param options.lane default `question`
   * @param options.signal cancels the job; its reason, when an AskBertError, is the error
   * @throws AskBertError Cancelled, Superseded, or anything that the work throws
   */
  add<T>(
    work: Work<T>,
    options: { source?: string | undefined; lane?: Lane | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    const { source, lane = 'question', signal } = options;
    if (source !== undefined) this.#abort((job) => job.source === source, superseded());
    const controller = new AbortController();
    const promise = new Promise<T>((resolve, reject) => {
      const run = async () => {
        try {
          const result = await work(controller.signal);
          controller.signal.throwIfAborted();
          resolve(result);
        } catch (error) {
          reject(controller.signal.aborted ? controller.signal.reason : error);
        }
      };
      const job: Job = { source, lane, controller, run, drop: () => reject(controller.signal.reason) };
      const cancel = () => this.#abort((other) => other === job, abortReason(signal));
      signal?.addEventListener('abort', cancel, { once: true });
      this.#waitingJobs.push(job);
      if (signal?.aborted) cancel();
    });
    this.#next();
    this.#onChange();
    return promise;
  }

  /** Fails every job, running or waiting, with `error`. */
  abortAll(error: AskBertError): void {
    this.#abort(() => true, error);
  }

  #abort(which: (job: Job) => boolean, error: AskBertError): void {
    for (const job of this.#waitingJobs.filter(which)) {
      this.#waitingJobs.splice(this.#waitingJobs.indexOf(job), 1);
      job.controller.abort(error);
      job.drop();
    }
    for (const job of this.#current) if (which(job)) job.controller.abort(error);
    this.#onChange();
  }

  #next(): void {
    for (const job of [...this.#waitingJobs]) {
      const running = [...this.#current];
      if (running.some(({ lane }) => lane === 'alone')) return;
      if (job.lane === 'alone' && running.length > 0) return;
      if (!this.#hasRoom(job, running)) continue;
      this.#waitingJobs.splice(this.#waitingJobs.indexOf(job), 1);
      this.#current.add(job);
      void job.run().then(() => {
        this.#current.delete(job);
        this.#next();
        this.#onChange();
      });
    }
  }

  #hasRoom({ lane, source }: Job, running: readonly Job[]): boolean {
    const beside = running.filter((job) => job.lane === lane);
    if (beside.length >= (lane === 'question' ? this.#questions() : 1)) return false;
    // A superseded one may not have stopped yet.
    return source === undefined || beside.every((job) => job.source !== source);
  }
}

const superseded = () => new AskBertError('Superseded', t('This question was replaced by a newer one.'));
