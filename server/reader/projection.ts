/**
 * Stage 3: logits become character ranges of the original text.
 *
 * A span is scored start logit + end logit. It begins at a piece whose maximum context is in its window, holds at most
 * `maxAnswerLength` pieces, and is widened to whole words. The n-best over all windows are the best-scoring spans that
 * do not overlap (each stands for those that overlap it); probabilities are the softmax over their scores and the
 * null score.
 */
import type { Logits } from '../engine/engine.js';
import type { Pieces } from './pieces.js';
import { contextPosition, hasMaxContext, type WindowPlan, windowContext, windowStart } from './windows.js';

/** Answers kept over all windows. */
export const nBestSize = 20;

/** A candidate: context pieces [first, last] after widening to words, its score, and what its window says of it. */
interface Candidate {
  first: number;
  last: number;
  score: number;
  margin: number;
}

export interface ProjectedAnswer {
  start: number;
  end: number;
  score: number;
  /** Its score less the null score of its own window. */
  margin: number;
  probability: number;
}

/** Collects the windows of one question, in any order, and gives the n-best. Memory does not grow with the text. */
export class Projection {
  #best: Candidate[] = [];
  #null = Number.POSITIVE_INFINITY;

  constructor(
    readonly plan: WindowPlan,
    readonly context: Pieces,
    readonly maxAnswerLength: number,
  ) {}

  /**
   * Takes one window's logits.
   * @param row row of the batch; `length` its padded length
   */
  add(window: number, logits: Logits, row: number, length: number): void {
    const base = row * length;
    const windowNull = logits.start[base] + logits.end[base];
    this.#null = Math.min(this.#null, windowNull);
    const offset = windowStart(this.plan, window);
    const size = windowContext(this.plan, window);
    const first = base + contextPosition(this.plan);
    const start = logits.start.subarray(first, first + size);
    const end = logits.end.subarray(first, first + size);
    const owned = new Uint8Array(size);
    for (let i = 0; i < size; i++) owned[i] = hasMaxContext(this.plan, window, offset + i) ? 1 : 0;
    const taken = new Uint8Array(size);
    const found: Candidate[] = [];
    while (found.length < nBestSize) {
      const floor = this.#best.length < nBestSize ? Number.NEGATIVE_INFINITY : this.#best[nBestSize - 1].score;
      const candidate = this.#bestSpan(start, end, owned, taken, offset, floor);
      if (!candidate) break;
      found.push({ ...candidate, margin: candidate.score - windowNull });
      taken.fill(1, Math.max(0, candidate.first - offset), Math.min(size, candidate.last - offset + 1));
    }
    if (found.length > 0) this.#best = nonOverlapping([...this.#best, ...found]);
  }

  /** The n-best, best first, and the null answer. */
  finish(): { answers: ProjectedAnswer[]; nullScore: number; nullProbability: number } {
    const { starts, ends } = this.context;
    const scores = this.#best.map((c) => c.score);
    const nullScore = this.#null;
    const max = Math.max(...scores, Number.isFinite(nullScore) ? nullScore : Number.NEGATIVE_INFINITY);
    const weights = scores.map((s) => Math.exp(s - max));
    const nullWeight = Number.isFinite(nullScore) ? Math.exp(nullScore - max) : 0;
    const sum = weights.reduce((a, b) => a + b, nullWeight);
    const answers = this.#best.map((c, i) => ({
      start: starts[c.first],
      end: ends[c.last],
      score: c.score,
      margin: c.margin,
      probability: weights[i] / sum,
    }));
    return { answers, nullScore, nullProbability: sum > 0 ? nullWeight / sum : 1 };
  }

  /** The best span of a window that touches no taken piece and beats `floor`. */
  #bestSpan(
    start: Float32Array,
    end: Float32Array,
    owned: Uint8Array,
    taken: Uint8Array,
    offset: number,
    floor: number,
  ): Omit<Candidate, 'margin'> | undefined {
    const size = start.length;
    let best = floor;
    let from = -1;
    let to = -1;
    for (let s = 0; s < size; s++) {
      if (owned[s] === 0 || taken[s] !== 0) continue;
      const stop = Math.min(size, s + this.maxAnswerLength);
      const startLogit = start[s];
      for (let e = s; e < stop && taken[e] === 0; e++) {
        const score = startLogit + end[e];
        if (score > best) {
          best = score;
          from = s;
          to = e;
        }
      }
    }
    if (from < 0) return undefined;
    return { first: this.#wordStart(offset + from), last: this.#wordEnd(offset + to), score: best };
  }

  #wordStart(piece: number): number {
    const { wordStarts } = this.context;
    while (piece > 0 && wordStarts[piece] === 0) piece--;
    return piece;
  }

  #wordEnd(piece: number): number {
    const { wordStarts, length } = this.context;
    while (piece + 1 < length && wordStarts[piece + 1] === 0) piece++;
    return piece;
  }
}

/** The best-scoring candidates that share no piece, best first, ties by place. */
function nonOverlapping(candidates: Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const c of candidates.sort((a, b) => b.score - a.score || a.first - b.first)) {
    if (kept.length === nBestSize) break;
    if (!kept.some((k) => c.first <= k.last && k.first <= c.last)) kept.push(c);
  }
  return kept;
}
