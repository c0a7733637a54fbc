/** When the best answers so far are told while a long text is read. */
import type { AskProgress, AskResult } from '../protocol.js';
import type { Projection } from './projection.js';

/** A shorter text is read before anybody misses its answer. */
export const fewestWindows = 13;
/** Windows that are read before the first answer is told. */
export const firstRound = 4;
/** Milliseconds between two. */
export const soFarMs = 100;

type Best = Pick<AskResult, 'answers' | 'noAnswer'>;

export class SoFar {
  #next = Number.NEGATIVE_INFINITY;
  #changes = 0;
  #told = '';

  /** @param best the best of what was read, placed */
  constructor(
    private readonly projection: Pick<Projection, 'changes'>,
    private readonly best: () => Best,
    private readonly everyMs = soFarMs,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * After a batch: what there is to tell, if there is an answer and it is another one than was told last.
   * @param done windows read, of `total`; the last ones are told by the result
   */
  after(done: number, total: number): Pick<AskProgress, 'answers' | 'noAnswer'> {
    const { changes } = this.projection;
    if (done < firstRound || done >= total || changes === this.#changes) return {};
    const now = this.now();
    if (now < this.#next) return {};
    this.#next = now + this.everyMs;
    this.#changes = changes;
    const { answers, noAnswer } = this.best();
    const places = answers.map(({ start, end }) => `${start}-${end}`).join(' ');
    if (noAnswer.chosen || places === this.#told) return {};
    this.#told = places;
    return { answers, noAnswer };
  }
}
