/**
 * When the reading of a long text ends before its end. Windows nearest to the question are read first, so that reading
 * can end as for many documents (runs/ask-many.ts): everything is read if that fits into the budget; otherwise until
 * further windows change nothing, or the budget is spent.
 */
import type { ReadingEnd } from '../protocol.js';
import { patience } from './calibration.js';

/** How long to read before the measured speed is used, at most a tenth of the budget. */
export const SAMPLE_MS = 1000;
/** Everything is read if it takes no longer than this multiple of the budget: an estimate is not exact. */
export const SLACK = 1.1;

/** State of the reading after a batch. */
export interface ReadingState {
  /** Windows read, in all. */
  windows: number;
  /** Pieces read since the budget began, and pieces left, padding included. */
  spent: number;
  left: number;
  /** The best candidate, another object whenever it changes; and whether it passes the threshold for "no answer". */
  best: unknown;
  passed: boolean;
}

export class ReadingBudget {
  readonly #limitMs: number;
  readonly #now: () => number;
  readonly #began: number;
  /** When the first batch was given to the engine. */
  #firstAt: number | undefined;
  #tooSlow = false;
  #best: unknown;
  #changedAt = 0;

  /** @param limitMs from now on */
  constructor(limitMs: number, now: () => number = () => performance.now()) {
    this.#limitMs = limitMs;
    this.#now = now;
    this.#began = now();
  }

  /** The first batch is about to be read. */
  start(windows: number): void {
    this.#firstAt = this.#now();
    this.#changedAt = windows;
  }

  /** After a batch: why reading ends here; undefined: it goes on. */
  ended({ windows, spent, left, best, passed }: ReadingState): Exclude<ReadingEnd, 'all'> | undefined {
    if (best !== this.#best) {
      this.#best = best;
      this.#changedAt = windows;
    }
    if (left === 0 || !this.#isTooSlow(spent, left)) return undefined;
    if (this.#now() - this.#began >= this.#limitMs) return 'time';
    return windows - this.#changedAt >= (passed ? patience.answered : patience.unanswered) ? 'settled' : undefined;
  }

  /** Once true, it stays true. */
  #isTooSlow(spent: number, left: number): boolean {
    if (this.#tooSlow) return true;
    const now = this.#now();
    const readMs = now - (this.#firstAt ?? now);
    const isOver = now - this.#began >= this.#limitMs;
    if (!isOver && readMs < Math.min(SAMPLE_MS, this.#limitMs / 10)) return false;
    const expectedMs = now - this.#began + (readMs * left) / Math.max(1, spent);
    this.#tooSlow = expectedMs > this.#limitMs * SLACK;
    return this.#tooSlow;
  }
}
