/** Decides when the best answers so far are reported while a long text is read. */
import type { AskProgress, AskResult } from '../protocol.js';
import type { Projection } from './projection.js';

/** A shorter text is read fast enough without reports. */
export const FEWEST_WINDOWS = 13;
/** Windows that are read before the first report. */
export const FIRST_ROUND = 4;
/** Milliseconds between two reports. */
export const SO_FAR_MS = 100;

type Best = Pick<AskResult, 'answers' | 'noAnswer'>;

export class SoFar {
  readonly #projection: Pick<Projection, 'changes'>;
  readonly #best: () => Best;
  readonly #everyMs: number;
  readonly #now: () => number;
  #next = Number.NEGATIVE_INFINITY;
  #changes = 0;
  #told = '';

  /** @param best the best of what was read, placed */
  constructor(
    projection: Pick<Projection, 'changes'>,
    best: () => Best,
    everyMs = SO_FAR_MS,
    now: () => number = () => performance.now(),
  ) {
    this.#projection = projection;
    this.#best = best;
    this.#everyMs = everyMs;
    this.#now = now;
  }

  /**
   * After a batch: the report, if there is an answer that differs from the last reported one.
   * @param done windows read, of `total`; the last ones are reported by the result
   */
  after(done: number, total: number): Pick<AskProgress, 'answers' | 'noAnswer'> {
    const { changes } = this.#projection;
    if (done < FIRST_ROUND || done >= total || changes === this.#changes) return {};
    const now = this.#now();
    if (now < this.#next) return {};
    this.#next = now + this.#everyMs;
    this.#changes = changes;
    const { answers, noAnswer } = this.#best();
    const places = answers.map(({ start, end }) => `${start}-${end}`).join(' ');
    if (noAnswer.chosen || places === this.#told) return {};
    this.#told = places;
    return { answers, noAnswer };
  }
}
