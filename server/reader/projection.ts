/**
 * Stage 3: logits become character ranges of the original text.
 *
 * A span is scored start logit + end logit, minus a handicap in code and keys. It begins at a piece whose maximum
 * context is in its window, has at most `maxAnswerLength` pieces of one block, and is widened to whole words. The
 * n-best over all windows are the best spans that do not overlap (each stands for those that overlap it).
 *
 * In a passage spans are compared by their scores, as in BERT's own run_squad: the null score is the smallest of all
 * windows, probabilities are the softmax over scores and null score. In a document (that is: with a {@link Relevance})
 * a span's score also counts how near the words of the question are, and everything goes by margins, the scores minus
 * the null score of their own windows.
 */
import type { Logits } from '../engine/engine.js';
import type { Pieces } from '../tokenizer/pieces.js';
import {
  CODE_HANDICAP,
  FIELD_WEIGHT,
  KEY_HANDICAP,
  likelihood,
  marginOf,
  RELEVANCE_WEIGHT,
  TEMPERATURE,
} from './calibration.js';
import type { Layout } from './layout.js';
import type { Relevance } from './relevance.js';
import { contextPosition, hasMaxContext, type WindowPlan, windowContext, windowStart } from './windows.js';

/** Number of answers over all windows. */
export const N_BEST_SIZE = 20;
/** Number of candidates kept for them: some overlap better ones of other windows. */
const keptSize = 2 * N_BEST_SIZE;
/** Below any difference of two sums of logits. */
const EPSILON = 2 ** -20;

/** A candidate: context pieces [first, last] after widening to words, its score, and its relation to its window. */
interface Candidate {
  first: number;
  last: number;
  score: number;
  margin: number;
  window: number;
}

/** One window's logits, and how near its pieces are to the words of the question (0..1). */
interface WindowLogits {
  start: Float32Array;
  end: Float32Array;
  highestEnd: number;
  bonus: Float32Array | undefined;
}

/** What is known of a piece as the beginning of a span. */
const UNKNOWN = 0;
/** Its best span is in {@link scratch}. */
const KNOWN = 1;
/** No answer begins there. */
const NEVER = 2;
/** It is part of a span that was found. */
const USED = 3;

/** For each piece of the window that is being added: its state, the score and the last piece of its best span. */
interface Scratch {
  states: Uint8Array;
  scores: Float64Array;
  lasts: Int32Array;
}

let scratch: Scratch = scratchOf(512);

function scratchOf(size: number): Scratch {
  return { states: new Uint8Array(size), scores: new Float64Array(size), lasts: new Int32Array(size) };
}

export interface ProjectedAnswer {
  start: number;
  end: number;
  score: number;
  /** Its score minus the null score of its own window. */
  margin: number;
  probability: number;
  /** Upper bound of the probability, because the span cuts something in two. */
  atMost?: number;
}

/** The result over the windows of a question. */
export interface Projected {
  /** The n-best, best first. */
  answers: ProjectedAnswer[];
  nullScore: number;
  nullProbability: number;
}

/**
 * Collects the windows of one question and returns the n-best so far. They may arrive in any order: the result is the
 * same. Memory does not grow with the text.
 */
export class Projection {
  /** In the order of {@link Projection.#compare}, a total order: always the first of all candidates. */
  #kept: Candidate[] = [];
  #changes = 0;
  #null = Number.POSITIVE_INFINITY;

  constructor(
    readonly plan: WindowPlan,
    readonly context: Pieces,
    readonly maxAnswerLength: number,
    /** Undefined: every span can be an answer. */
    readonly layout?: Layout,
    /** For a document; undefined: a passage. */
    readonly relevance?: Relevance,
  ) {}

  /** Grows whenever the n-best may have changed. */
  get changes(): number {
    return this.#changes;
  }

  /** The best candidate of all: another object whenever a better one is found. */
  get top(): { readonly margin: number } | undefined {
    return this.#kept.at(0);
  }

  /**
   * Adds one window's logits.
   * @param row row of the batch; `length` its padded length
   */
  add(window: number, logits: Logits, row: number, length: number): void {
    const base = row * length;
    const windowNull = logits.start[base] + logits.end[base];
    this.#null = Math.min(this.#null, windowNull);
    const size = windowContext(this.plan, window);
    const first = base + contextPosition(this.plan, window);
    const offset = windowStart(this.plan, window);
    const floor = this.#floor(offset, windowNull);
    // In a long text hardly any window can still improve the n-best.
    let highestStart = Number.NEGATIVE_INFINITY;
    let highestEnd = Number.NEGATIVE_INFINITY;
    const { start: allStarts, end: allEnds } = logits;
    for (let i = first, stop = first + size; i < stop; i++) {
      const s = allStarts[i];
      const e = allEnds[i];
      if (s > highestStart) highestStart = s;
      if (e > highestEnd) highestEnd = e;
    }
    if (highestStart + highestEnd + this.#mostBonus() <= floor) return;
    const start = allStarts.subarray(first, first + size);
    const end = allEnds.subarray(first, first + size);
    const bonus = this.relevance?.proximityOf(this.context.starts, offset, offset + size);
    if (scratch.states.length < size) scratch = scratchOf(size);
    scratch.states.fill(UNKNOWN, 0, size);
    const found: Candidate[] = [];
    while (found.length < N_BEST_SIZE) {
      const candidate = this.#bestSpan(window, { start, end, highestEnd, bonus }, floor);
      if (!candidate) break;
      // Not by spreading: this is done twenty times for each window, and that would take half of the time.
      const { first, last, score } = candidate;
      found.push({ first, last, score, margin: marginOf(score, windowNull), window });
      this.#use(Math.max(0, candidate.first - offset), Math.min(size, candidate.last - offset + 1));
    }
    if (found.length === 0) return;
    this.#kept = [...this.#kept, ...found].sort(this.#compare).slice(0, keptSize);
    this.#changes++;
  }

  /** The maximum bonus of a span besides its logits. */
  #mostBonus(): number {
    if (!this.relevance) return 0;
    return RELEVANCE_WEIGHT + (this.layout?.fields ? FIELD_WEIGHT : 0);
  }

  /** The score that a span in a window must exceed to be kept. */
  #floor(offset: number, windowNull: number): number {
    if (this.#kept.length < keptSize) return Number.NEGATIVE_INFINITY;
    const weakest = this.#kept[keptSize - 1];
    const floor = this.#valueOf(weakest) + (this.relevance ? windowNull : 0);
    // Of equal ones the earlier place is kept.
    return this.#wordStart(offset) <= weakest.first ? floor - EPSILON : floor;
  }

  /** The n-best of the windows so far, best first, and the null answer. */
  finish(): Projected {
    const { starts, ends } = this.context;
    const nBest = this.#nBest();
    const best = nBest.at(0);
    // For a document, that of the best answer's window: the difference of both is its margin.
    const nullScore = this.relevance && best ? best.score - best.margin : this.#null;
    const values = nBest.map((candidate) => this.#valueOf(candidate));
    const none = this.relevance ? 0 : nullScore;
    const probability = likelihood(values, none, this.relevance ? TEMPERATURE : 1);
    const answers = nBest.map(({ first, last, score, margin }, i) => ({
      start: starts[first],
      end: ends[last],
      score,
      margin,
      probability: probability(values[i]),
    }));
    return { answers, nullScore, nullProbability: answers.length > 0 ? probability(none) : 1 };
  }

  /** The value by which candidates of different windows are compared. */
  #valueOf({ score, margin }: Candidate): number {
    return this.relevance ? margin : score;
  }

  /** Takes pieces of the window out of every span to come. */
  #use(from: number, to: number): void {
    const { states, lasts } = scratch;
    states.fill(USED, from, to);
    for (let s = Math.max(0, from - this.maxAnswerLength); s < from; s++) {
      if (states[s] === KNOWN && lasts[s] >= from) states[s] = UNKNOWN;
    }
  }

  /** The best span of a window that touches no used piece and beats `floor`; the first of equal ones. */
  #bestSpan(window: number, logits: WindowLogits, floor: number): Omit<Candidate, 'margin' | 'window'> | undefined {
    const { states, scores, lasts } = scratch;
    const { start, highestEnd } = logits;
    const most = this.#mostBonus();
    const offset = windowStart(this.plan, window);
    const size = start.length;
    let best = floor;
    let from = -1;
    for (let s = 0; s < size; s++) {
      const state = states[s];
      if (state >= NEVER) continue;
      if (state === UNKNOWN) {
        // Most starts cannot win with any end: the expensive checks are done only for the others.
        if (start[s] + highestEnd + most <= best) continue;
        this.#examine(window, s, logits);
        if (states[s] === NEVER) continue;
      }
      if (scores[s] > best) {
        best = scores[s];
        from = s;
      }
    }
    if (from < 0) return undefined;
    return { first: this.#wordStart(offset + from), last: this.#wordEnd(offset + lasts[from]), score: best };
  }

  /** Finds the best span that begins at piece `s` of a window. */
  #examine(window: number, s: number, { start, end, bonus }: WindowLogits): void {
    const { layout } = this;
    const { states, scores, lasts } = scratch;
    const offset = windowStart(this.plan, window);
    states[s] = NEVER;
    if (layout?.limits[offset + s] === 0 || !hasMaxContext(this.plan, window, offset + s)) return;
    let stop = Math.min(start.length, s + this.maxAnswerLength);
    if (layout) stop = Math.min(stop, layout.limits[offset + s] - offset);
    const fields = layout?.fields;
    const prior = this.relevance?.fieldPrior;
    let handicap = layout?.code?.[offset + s] === 1 ? CODE_HANDICAP : 0;
    if (layout?.keys?.[offset + s] === 1) handicap += KEY_HANDICAP;
    if (fields && prior && bonus) {
      const gain = prior[fields[offset + s]];
      // The full bonus if all words of the question are near, or if it has only words like "when" or "which user".
      handicap -= gain > 0 ? gain * (this.relevance!.isBare ? 1 : Math.max(0, bonus[s])) : gain;
    }
    const base = start[s] - handicap + (bonus ? RELEVANCE_WEIGHT * bonus[s] : 0);
    let best = Number.NEGATIVE_INFINITY;
    for (let e = s; e < stop && states[e] !== USED; e++) {
      // An answer does not end in the repeated question either.
      if (bonus?.[e] === Number.NEGATIVE_INFINITY) break;
      const score = base + end[e];
      if (score > best && layout?.limits[offset + e] !== 0) {
        best = score;
        scores[s] = best;
        lasts[s] = e;
        states[s] = KNOWN;
      }
    }
  }

  #wordStart(piece: number): number {
    const { wordStarts } = this.context;
    while (piece > 0 && wordStarts[piece] === 0 && this.#together(piece - 1, piece)) piece--;
    return piece;
  }

  #wordEnd(piece: number): number {
    const { wordStarts, length } = this.context;
    while (piece + 1 < length && wordStarts[piece + 1] === 0 && this.#together(piece, piece + 1)) piece++;
    return piece;
  }

  /** Whether an answer may include both of two adjacent pieces at its edge. */
  #together(left: number, right: number): boolean {
    return !this.layout || this.layout.limits[left] === this.layout.limits[right];
  }

  readonly #compare = (a: Candidate, b: Candidate): number =>
    this.#valueOf(b) - this.#valueOf(a) || a.first - b.first || a.window - b.window;

  /** The same n-best as with windows in sequence, regardless of their order of arrival. */
  #nBest(): Candidate[] {
    const windows = new Map<number, Candidate[]>();
    for (const candidate of this.#kept) {
      const own = windows.get(candidate.window);
      if (own) own.push(candidate);
      else windows.set(candidate.window, [candidate]);
    }
    let best: Candidate[] = [];
    for (const window of [...windows.keys()].sort((a, b) => a - b)) {
      best = this.#nonOverlapping([...best, ...windows.get(window)!]);
    }
    return best;
  }

  /** The best candidates that share no piece, best first, ties by place. */
  #nonOverlapping(candidates: Candidate[]): Candidate[] {
    const kept: Candidate[] = [];
    for (const c of candidates.sort(this.#compare)) {
      if (kept.length === N_BEST_SIZE) break;
      if (!kept.some((k) => c.first <= k.last && k.first <= c.last)) kept.push(c);
    }
    return kept;
  }
}
