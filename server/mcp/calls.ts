/** Calls of one client: a few at a time are worked on, some wait, more are refused. */
import { AskBertError, abortReason } from '../errors.js';

/** Calls at a time: of one file or text, and of many files. Each holds its documents in memory. */
const AT_ONCE = { question: 2, run: 1 } as const;
/** Calls that run or wait. */
export const MAX_CALLS = 32;

export type Lane = keyof typeof AT_ONCE;

export class Calls {
  #count = 0;
  readonly #running: Record<Lane, number> = { question: 0, run: 0 };
  readonly #waiting: Record<Lane, (() => void)[]> = { question: [], run: [] };

  /** Runs `work` when it is its turn. @throws AskBertError BadRequest: too many wait; Cancelled; what `work` throws */
  async run<T>(lane: Lane, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#count >= MAX_CALLS) {
      throw new AskBertError(
        'BadRequest',
        `${MAX_CALLS} calls run or wait, which is the most at a time.`,
        'Call again when one of them is answered.',
      );
    }
    this.#count++;
    try {
      if (this.#running[lane] >= AT_ONCE[lane]) await this.#turn(lane, signal);
      else this.#running[lane]++;
      try {
        return await work();
      } finally {
        const next = this.#waiting[lane].shift();
        if (next) next();
        else this.#running[lane]--;
      }
    } finally {
      this.#count--;
    }
  }

  /** Resolves when the place of another call is free for this one. */
  #turn(lane: Lane, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting[lane];
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(turn), 1);
        reject(abortReason(signal));
      };
      if (signal.aborted) return reject(abortReason(signal));
      waiting.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
