/**
 * Jobs of the worker. Questions are handed to it at once, where they take turns (turns.ts); of the runs over many
 * documents each client has one at a time. A newer job of the same source supersedes the older ones.
 */
import { AskBertError, abortReason } from '../errors.js';
import { t } from '../l10n.js';

/** The work of a job. It stops soon after `signal` is aborted; its result is then ignored. */
export type Work<T> = (signal: AbortSignal) => Promise<T>;

/** `alone`: after everything before it has ended, with nothing in parallel. */
export type Lane = 'question' | 'run' | 'alone';

export interface JobOptions {
  /** Jobs of the same source supersede each other; without it the job supersedes nothing. */
  source?: string | undefined;
  /** Default `question`. */
  lane?: Lane | undefined;
  client?: string | undefined;
  /** Bytes that it holds in memory until it ends. */
  bytes?: number | undefined;
  /** Cancels the job; its reason, when an AskBertError, is the error. */
  signal?: AbortSignal | undefined;
}

/** Runs of all clients at once: each holds its documents in memory. */
const MAX_RUNS = 4;
/** All jobs together hold at most this many bytes, or there is only one. */
const MAX_BYTES = 512 * 2 ** 20;

interface Job {
  source?: string | undefined;
  lane: Lane;
  client: string;
  bytes: number;
  controller: AbortController;
  /** Runs the work and settles the caller's promise; never rejects. */
  run(): Promise<void>;
  /** Fails the caller's promise, whether the work has stopped or not. */
  drop(): void;
}

export class JobQueue {
  readonly #onChange: () => void;
  readonly #atOnce: () => number;
  readonly #waitingJobs: Job[] = [];
  readonly #current = new Set<Job>();
  readonly #maxBytes: number;
  /** Questions in the worker that were not cancelled. */
  #questions = 0;
  /** Held by all jobs. */
  #bytes = 0;

  /**
   * @param onChange called when a job was added, started, dropped or ended
   * @param atOnce how many questions the engine takes at once
   */
  constructor(onChange: () => void = () => {}, atOnce: () => number = () => 1, maxBytes = MAX_BYTES) {
    this.#onChange = onChange;
    this.#atOnce = atOnce;
    this.#maxBytes = maxBytes;
  }

  /** Jobs that wait for another one, here or for their turn in the worker. */
  get waiting(): number {
    return this.#waitingJobs.length + Math.max(0, this.#questions - this.#atOnce());
  }

  get busy(): boolean {
    return this.#current.size > 0;
  }

  /**
   * Adds a job. One that is cancelled or superseded fails at once; if it runs, it keeps its place until its work has
   * stopped, so that two jobs of a source never overlap.
   * @throws AskBertError Cancelled, Superseded, OutOfMemory if too much waits already, or anything that the work throws
   */
  async add<T>(work: Work<T>, options: JobOptions = {}): Promise<T> {
    const { source, lane = 'question', client = '', bytes = 0, signal } = options;
    if (source !== undefined) this.#abort((job) => job.source === source, superseded());
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) throw tooMuch(this.#maxBytes);
    this.#bytes += bytes;
    const controller = new AbortController();
    const promise = new Promise<T>((resolve, reject) => {
      const run = async () => {
        try {
          const result = await work(controller.signal);
          controller.signal.throwIfAborted();
          resolve(result);
        } catch (error) {
          reject(controller.signal.aborted ? controller.signal.reason : error);
        } finally {
          signal?.removeEventListener('abort', cancel);
        }
      };
      const drop = () => reject(controller.signal.reason);
      const job: Job = { source, lane, client, bytes, controller, run, drop };
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
      this.#bytes -= job.bytes;
      job.controller.abort(error);
      job.drop();
    }
    for (const job of this.#current) {
      if (!which(job) || job.controller.signal.aborted) continue;
      if (job.lane === 'question') this.#questions--;
      job.controller.abort(error);
      job.drop();
    }
    this.#onChange();
  }

  #next(): void {
    if (this.#waitingJobs.length === 0) return;
    const running = [...this.#current];
    for (const job of [...this.#waitingJobs]) {
      if (running.some(({ lane }) => lane === 'alone')) return;
      if (job.lane === 'alone' && running.length > 0) return;
      if (!hasRoom(job, running)) continue;
      this.#waitingJobs.splice(this.#waitingJobs.indexOf(job), 1);
      this.#current.add(job);
      running.push(job);
      if (job.lane === 'question') this.#questions++;
      void job.run().then(() => {
        this.#current.delete(job);
        if (job.lane === 'question' && !job.controller.signal.aborted) this.#questions--;
        this.#bytes -= job.bytes;
        this.#next();
        this.#onChange();
      });
    }
  }
}

function hasRoom({ lane, source, client }: Job, running: readonly Job[]): boolean {
  const beside = running.filter((job) => job.lane === lane);
  if (lane === 'run' && (beside.length >= MAX_RUNS || beside.some((job) => job.client === client))) return false;
  // A superseded one may not have stopped yet.
  return source === undefined || beside.every((job) => job.source !== source);
}

const superseded = () => new AskBertError('Superseded', t('This question was replaced by a newer one.'));

const tooMuch = (most: number) =>
  new AskBertError(
    'OutOfMemory',
    t('The questions that wait for an answer hold more than {0} MB of text.', most / 2 ** 20),
    t('Ask again when some of them are answered.'),
  );
