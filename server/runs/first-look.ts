/**
 * A first answer from the pages that are there, while the rest of a long file is still extracted. It changes nothing
 * about the result: that is of the whole text.
 */
import { cancelled } from '../errors.js';
import type { Extracted, Parts } from '../formats/extracted.js';
import type { AskResult } from '../protocol.js';

/** Pages that are read before the first look, and at least that are left; also as many as have been read. */
export const FEWEST_PAGES = 16;
/** How many times as long the next part is: each look takes time from the extraction. */
const GROWTH = 4;
/** Windows that a look reads: where there are few processors, the extraction waits for them. */
export const GLANCE_WINDOWS = 2;

export interface Looking {
  /** Whether the model is loaded: until then nothing is wanted. */
  isReady(): boolean;
  /** Asks about a part, which is read through at most `GLANCE_WINDOWS` windows. @param stop ends it */
  look(part: Extracted, stop: AbortSignal): Promise<AskResult>;
  /** Receives answers that are more than a guess. */
  tell(found: Pick<AskResult, 'answers' | 'noAnswer'>): void;
}

/** Looks at parts, one at a time: at one, then at one several times as long. */
export class FirstLook implements Parts {
  readonly #looking: Looking;
  /** Pages of the part that was wanted last. */
  #pages = FEWEST_PAGES / GROWTH;
  #isWaiting = false;
  #look: Promise<void> | undefined;
  #told = '';
  readonly #stop = new AbortController();

  constructor(looking: Looking) {
    this.#looking = looking;
  }

  wanted(done: number, total: number): boolean {
    if (this.#isWaiting || this.#look || done < GROWTH * this.#pages) return false;
    // Soon the whole text is there.
    if (total - done < Math.max(FEWEST_PAGES, done)) return false;
    if (!this.#looking.isReady()) return false;
    this.#pages = done;
    this.#isWaiting = true;
    return true;
  }

  take(part: Extracted): void {
    this.#isWaiting = false;
    // What fails here fails again with the whole text.
    this.#look = this.#at(part)
      .catch(() => {})
      .finally(() => {
        this.#look = undefined;
      });
  }

  /** Ends a look that is under way: the file cannot be read. */
  stop(): void {
    this.#stop.abort(cancelled());
  }

  /** When no look is under way. Never rejects. */
  async settled(): Promise<void> {
    await this.#look;
  }

  async #at(part: Extracted): Promise<void> {
    const { answers, noAnswer } = await this.#looking.look(part, this.#stop.signal);
    const places = answers.map(({ start, end }) => `${start}-${end}`).join(' ');
    if (noAnswer.chosen || !answers[0] || answers[0].grade === 'guess' || places === this.#told) return;
    this.#told = places;
    this.#looking.tell({ answers, noAnswer });
  }
}
