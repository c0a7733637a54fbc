/** Reliability of probabilities: the probability of the best answer compared with how often it is right. */
import { t } from '../l10n.js';
import { markdownTable } from './columns.js';

/** Width of a bin is 1 / BINS. */
const BINS = 10;
/** An answer counts as right from this F1: of "the port 8080" and "8080" either is. */
const RIGHT_F1 = 0.5;

export interface ReliabilityBin {
  /** Bounds of the bin. */
  from: number;
  to: number;
  answers: number;
  /** Mean probability, and percentage that is right; null: no answer is in this bin. */
  probability: number | null;
  right: number | null;
}

export interface ReliabilityFigures {
  bins: ReliabilityBin[];
  /**
   * Expected calibration error in percentage points: the mean difference of both, weighted by answers; null: no
   * answers.
   */
  error: number | null;
}

export class Reliability {
  readonly #bins = Array.from({ length: BINS }, () => ({ answers: 0, probability: 0, right: 0 }));

  /** @param f1 0..1 of the best answer, regardless of the decision; 0 if the text has none */
  add(probability: number, f1: number): void {
    const bin = this.#bins[Math.min(BINS - 1, Math.floor(probability * BINS))];
    bin.answers++;
    bin.probability += probability;
    if (f1 >= RIGHT_F1) bin.right++;
  }

  figures(): ReliabilityFigures {
    const answers = this.#bins.reduce((sum, bin) => sum + bin.answers, 0);
    const distance = this.#bins.reduce((sum, { probability, right }) => sum + Math.abs(probability - right), 0);
    const share = (part: number, of: number) => (of === 0 ? null : (100 * part) / of);
    const bins = this.#bins.map(({ answers: count, probability, right }, i) => ({
      from: i / BINS,
      to: (i + 1) / BINS,
      answers: count,
      probability: share(probability, count),
      right: share(right, count),
    }));
    return { bins, error: share(distance, answers) };
  }
}

/** A Markdown table; bins without answers are left out. */
export function reliabilityTable({ bins, error }: ReliabilityFigures): string {
  const headings = [t('probability'), t('answers'), t('mean'), t('right')];
  const rows = bins.flatMap(({ from, to, answers, probability, right }) =>
    probability === null || right === null
      ? []
      : [[`${from.toFixed(1)}-${to.toFixed(1)}`, String(answers), probability.toFixed(1), right.toFixed(1)]],
  );
  const summary = t('expected calibration error {0}', error?.toFixed(1) ?? '-');
  return `${markdownTable(headings, rows)}\n\n${summary}`;
}
