/**
 * The process that reads files for this one. It is started with the first file, kept for the next ones, and ended when
 * a file takes too long or too much memory, when its reading is cancelled, and some time after the last file.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { abortReason, throwIfAborted } from '../../errors.js';
import { BUNDLE_VARIABLE, bundleInUse } from '../../l10n.js';
import { bundleFile } from '../../storage/bundle-file.js';
import {
  type FromReader,
  MEMORY_MARK,
  RESIDENT_VARIABLE,
  type Reading,
  type ReadOrder,
  type ToReader,
} from '../child/messages.js';
import { type Extracted, type ExtractOptions, UnreadableFormat } from '../extracted.js';

export interface ReaderLimits {
  /** Milliseconds without progress, and for a whole file. */
  silentMs: number;
  totalMs: number;
  /** MB of JavaScript objects, and of memory in all. */
  heapMb: number;
  residentMb: number;
  /** Milliseconds after the last file. */
  idleMs: number;
}

/** Tests use smaller ones. */
export const readerLimits: ReaderLimits = {
  silentMs: 60_000,
  totalMs: 300_000,
  heapMb: 1024,
  residentMb: 1536,
  idleMs: 10_000,
};

export type ReaderFaultKind = 'memory' | 'time' | 'crash';

/** The reading process had to be ended, or ended by itself. The caller makes the sentence, with the file's name. */
export class ReaderFault extends Error {
  constructor(
    readonly kind: ReaderFaultKind,
    /** Seconds, megabytes, or how it ended. */
    readonly detail: string,
  ) {
    super(`${kind}: ${detail}`);
    this.name = 'ReaderFault';
  }
}

/** The last of standard error that is looked at. */
const ERROR_UNITS = 4096;
/** V8 writes one of these when its heap is full. */
const HEAP_MARK = /heap out of memory|Allocation failed|invalid array (?:buffer )?length/i;

/** How the process ended, if this side ended it. */
const ENDED = 'ended';

interface Job {
  id: number;
  settle(reply: Exclude<FromReader, { type: 'progress' | 'part' }>): void;
  fail(error: unknown): void;
  onProgress(done: number, total: number): void;
  onPart(part: Extracted): void;
}

export class ReaderProcess {
  readonly #file: string;
  readonly #limits: ReaderLimits;
  #child: ChildProcess | undefined;
  #errors = '';
  /** Whether the process has read a file. */
  #isUsed = false;
  #job: Job | undefined;
  #lastId = 0;
  #idle: NodeJS.Timeout | undefined;
  /** The reading before the next one. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param file bundle of child.ts */
  constructor(file = bundleFile('formats-child.js'), limits = readerLimits) {
    this.#file = file;
    this.#limits = limits;
  }

  /** Id of the process; undefined: none runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Reads a file, after those before it. Undefined: no reader knows it.
   * @throws UnreadableFormat; ReaderFault; AskBertError Cancelled, as soon as `signal` is aborted
   */
  async read(bytes: Uint8Array, options: ExtractOptions = {}): Promise<Reading | undefined> {
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise<void>((resolve) => {
      done = resolve;
    });
    try {
      await unlessAborted(before, options.signal);
      return await this.#readOnce(bytes, options);
    } finally {
      // One that is cancelled while it waits lets those behind it wait for the one before it.
      void before.then(done);
    }
  }

  /** Ends the process; a file that is being read fails. */
  end(): void {
    clearTimeout(this.#idle);
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    this.#job?.fail(new ReaderFault('crash', ENDED));
  }

  /** A process that has read other files may fail by what they left behind: then a fresh one reads this file. */
  async #readOnce(bytes: Uint8Array, options: ExtractOptions): Promise<Reading | undefined> {
    const isUsed = this.#isUsed;
    try {
      return await this.#readNow(bytes, options);
    } catch (error) {
      const isOwn = !(error instanceof ReaderFault) || error.kind === 'time' || error.detail === ENDED;
      if (isOwn || !isUsed) throw error;
      return await this.#readNow(bytes, options);
    }
  }

  #readNow(bytes: Uint8Array, options: ExtractOptions): Promise<Reading | undefined> {
    const { signal, onProgress, password, pages, parts } = options;
    throwIfAborted(signal);
    const { silentMs, totalMs } = this.#limits;
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      let silent: NodeJS.Timeout;
      const late = (ms: number) => stop(new ReaderFault('time', String(Math.round(ms / 1000))));
      const watch = () => {
        clearTimeout(silent);
        silent = setTimeout(late, silentMs, silentMs);
      };
      const total = setTimeout(late, totalMs, totalMs);
      const settle = (how: () => void) => {
        if (this.#job?.id !== id) return;
        this.#job = undefined;
        clearTimeout(silent);
        clearTimeout(total);
        signal?.removeEventListener('abort', cancel);
        how();
      };
      const stop = (error: unknown) =>
        settle(() => {
          this.end();
          reject(error);
        });
      const cancel = () => stop(abortReason(signal));
      this.#job = {
        id,
        settle: (reply) =>
          settle(() => {
            this.#isUsed = true;
            this.#rest();
            if (reply.type === 'done') resolve(reply.reading);
            else if (reply.type === 'unknown') resolve(undefined);
            else reject(new UnreadableFormat(reply.reason, reply.detail));
          }),
        fail: (error) => stop(error),
        onProgress: (done, of) => {
          watch();
          onProgress?.(done, of);
          if (parts?.wanted(done, of)) this.#child?.send({ part: id } satisfies ToReader, () => {});
        },
        onPart: (part) => parts?.take(part),
      };
      signal?.addEventListener('abort', cancel, { once: true });
      watch();
      try {
        const order: ReadOrder = { id, bytes };
        if (password !== undefined) order.password = password;
        if (pages) order.pages = pages;
        if (parts) order.parts = true;
        this.#running().send(order, (error) => error && this.#job?.id === id && this.#lost(error.message));
      } catch (error) {
        stop(error);
      }
    });
  }

  /** The child, started if none runs. */
  #running(): ChildProcess {
    clearTimeout(this.#idle);
    if (this.#child) {
      hold(this.#child);
      return this.#child;
    }
    const { heapMb, residentMb } = this.#limits;
    const { [BUNDLE_VARIABLE]: _, ...environment } = process.env;
    const language = bundleInUse();
    const child = fork(this.#file, [], {
      execArgv: [`--max-old-space-size=${heapMb}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...environment,
        ELECTRON_RUN_AS_NODE: '1',
        [RESIDENT_VARIABLE]: String(residentMb),
        ...(language === undefined ? {} : { [BUNDLE_VARIABLE]: language }),
      },
    });
    this.#child = child;
    this.#errors = '';
    this.#isUsed = false;
    const current = () => this.#child === child;
    child.stderr?.on('data', (data: Buffer) => {
      if (current()) this.#errors = (this.#errors + data.toString('utf8')).slice(-ERROR_UNITS);
    });
    child.on('message', (message: FromReader) => {
      if (!current() || message.id !== this.#job?.id) return;
      if (message.type === 'progress') this.#job.onProgress(message.done, message.total);
      else if (message.type === 'part') this.#job.onPart(message.part);
      else this.#job.settle(message);
    });
    child.on('error', (error) => current() && this.#lost(error.message));
    // After its last words.
    child.on('close', (code, signal) => current() && this.#lost(signal ?? `exit code ${code}`));
    return child;
  }

  /** The child has ended by itself. */
  #lost(how: string): void {
    const full = this.#errors.includes(MEMORY_MARK) || HEAP_MARK.test(this.#errors);
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    this.#job?.fail(full ? new ReaderFault('memory', String(this.#limits.residentMb)) : new ReaderFault('crash', how));
  }

  /** Kept for the next file, without keeping this process running. */
  #rest(): void {
    const child = this.#child;
    if (!child) return;
    release(child);
    this.#idle = setTimeout(() => this.end(), this.#limits.idleMs).unref();
  }
}

const hold = (child: ChildProcess): void => {
  child.ref();
  child.channel?.ref();
};

const release = (child: ChildProcess): void => {
  child.unref();
  child.channel?.unref();
  (child.stderr as Socket | null)?.unref();
};

/** Settles with `work`, which never rejects, or with the reason of the signal. */
export function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const cancel = () => reject(abortReason(signal));
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel, { once: true });
    void work.then(resolve).finally(() => signal.removeEventListener('abort', cancel));
  });
}
