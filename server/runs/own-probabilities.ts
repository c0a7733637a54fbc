/**
 * The probabilities of the answers of one document within it, however many parts of it were read: two leases with one
 * right answer each are both sure, although each answer alone has half of what there is.
 */
import type { Answer, NoAnswer, OffsetRange } from '../protocol.js';
import { likelihood, TEMPERATURE } from '../reader/calibration.js';
import { N_BEST_SIZE } from '../reader/projection.js';

interface Place extends OffsetRange {
  margin: number;
}

export class OwnProbabilities {
  /** The n-best places of all parts, best first, none overlapping another. */
  #places: Place[] = [];
  #parts = 0;
  #none = 1;

  /** The answers of one part. */
  add(answers: readonly Answer[], noAnswer: NoAnswer): void {
    this.#parts++;
    this.#none = answers.length > 0 ? noAnswer.probability : 1;
    const all = answers.flatMap(({ also = [], ...first }) => [first, ...also]);
    const sorted = [...this.#places, ...all.map(placeOf)].sort((a, b) => b.margin - a.margin);
    const kept: Place[] = [];
    for (const place of sorted) {
      if (kept.length === N_BEST_SIZE) break;
      if (!kept.some((better) => place.start < better.end && better.start < place.end)) kept.push(place);
    }
    this.#places = kept;
  }

  /** That the document has no answer. */
  get none(): number {
    return this.#isWhole ? this.#none : this.#weight()(0);
  }

  /** An answer with all its places in the document. @param others its other places there */
  ofAnswer(best: Answer, others: readonly Answer[]): number {
    // The reading of the only part has added them up.
    if (this.#isWhole) return best.probability;
    const weight = this.#weight();
    return others.reduce((sum, { margin }) => sum + weight(margin), weight(best.margin));
  }

  ofPlace(place: Answer): number {
    return this.#isWhole ? place.probability : this.#weight()(place.margin);
  }

  /** The reader's own probabilities count: it knows more candidates than it returned. */
  get #isWhole(): boolean {
    return this.#parts <= 1;
  }

  #weight(): (margin: number) => number {
    const margins = this.#places.map(({ margin }) => margin);
    return likelihood(margins, 0, TEMPERATURE);
  }
}

const placeOf = ({ start, end, margin }: Omit<Answer, 'also'>): Place => ({ start, end, margin });
