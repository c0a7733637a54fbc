/** A limit for what is under way: work waits until enough of it is free, in the order of coming. */
import { abortReason } from '../../errors.js';

interface Waiting {
  readonly weight: number;
  start(): void;
}

export class Permits {
  #free: number;
  #waiting: Waiting[] = [];

  constructor(readonly most: number) {
    this.#free = most;
  }

  /**
   * Runs `work` while it holds `weight` of the limit; one that is larger than the limit runs alone.
   * @throws the signal's reason, at once; of `work`
   */
  async hold<T>(weight: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const own = Math.min(weight, this.most);
    if (this.#waiting.length > 0 || this.#free < own) await this.#turn(own, signal);
    else this.#free -= own;
    try {
      return await work();
    } finally {
      this.#free += own;
      this.#startNext();
    }
  }

  /** Ends when it is its turn; what it holds is taken then. */
  #turn(weight: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.#waiting = this.#waiting.filter((each) => each !== entry);
        reject(abortReason(signal));
        this.#startNext();
      };
      const entry: Waiting = {
        weight,
        start: () => {
          signal.removeEventListener('abort', cancel);
          this.#free -= weight;
          resolve();
        },
      };
      if (signal.aborted) return reject(abortReason(signal));
      signal.addEventListener('abort', cancel, { once: true });
      this.#waiting.push(entry);
    });
  }

  #startNext(): void {
    while (this.#waiting.length > 0 && this.#waiting[0].weight <= this.#free) this.#waiting.shift()!.start();
  }
}
