/** Decides when the best answers so far are reported while a long text is read. */
import type { AskProgress, AskResult } from '../protocol.js';
import type { Projection } from './projection.js';

/** A shorter text is read fast enough without reports. */
export const fewestWindows = 13;
/** Windows that are read before the first report. */
export const firstRound = 4;
/** Milliseconds between two reports. */
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
   * After a batch: the report, if there is an answer that differs from the last reported one.
   * @param done windows read, of `total`; the last ones are reported by the result
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
