/**
 * Stage 2a: a question and a long text become windows [CLS] question [SEP] context [SEP] that the model can read.
 * Neighbouring windows share `docStride` context pieces (the overlap, as in Hugging Face's `stride`).
 */
import type { WindowBatch } from '../engine/engine.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { Pieces } from './pieces.js';

/** Longest question, in pieces, as in BERT's own run_squad. */
export const maxQueryLength = 64;

/** Where the windows of one question lie; a window is named by its index. */
export interface WindowPlan {
  readonly count: number;
  /** Question pieces in every window, after the cut. */
  readonly queryLength: number;
  /** Context pieces that a window can hold. */
  readonly room: number;
  /** Context pieces from one window's beginning to the next one's. */
  readonly step: number;
  /** Context pieces in all. */
  readonly contextLength: number;
}

/** Question pieces that fit a model; half of a short model's length at most. */
export const queryLimit = (maxSequenceLength: number): number =>
  Math.min(maxQueryLength, Math.floor((maxSequenceLength - 3) / 2));

/** Plans the windows. @throws AskBertError BadRequest when the overlap leaves no room to advance */
export function planWindows(
  questionPieces: number,
  contextLength: number,
  maxSequenceLength: number,
  docStride: number,
): WindowPlan {
  const limit = maxSequenceLength - 3 - queryLimit(maxSequenceLength);
  if (!Number.isInteger(docStride) || docStride < 0 || docStride >= limit) {
    throw new AskBertError(
      'BadRequest',
      t('The doc stride is {0}, expected a whole number from 0 to {1}.', docStride, limit - 1),
      t('It is the overlap of two windows in pieces; 128 is usual.'),
    );
  }
  const queryLength = Math.min(questionPieces, queryLimit(maxSequenceLength));
  const room = maxSequenceLength - 3 - queryLength;
  const step = room - docStride;
  const count = contextLength === 0 ? 0 : 1 + Math.max(0, Math.ceil((contextLength - room) / step));
  return { count, queryLength, room, step, contextLength };
}

/** First context piece of a window, and how many it holds. */
export const windowStart = (plan: WindowPlan, window: number): number => window * plan.step;
export const windowContext = (plan: WindowPlan, window: number): number =>
  Math.min(plan.room, plan.contextLength - windowStart(plan, window));

/** Position in a window's row of its first context piece. */
export const contextPosition = (plan: WindowPlan): number => plan.queryLength + 2;

/**
 * Whether a window is the one that sees a context piece with the most context on both sides (BERT's maximum context:
 * min(left, right) + 0.01 * length; the earlier window wins a tie).
 * @param piece index in the whole context
 */
export function hasMaxContext(plan: WindowPlan, window: number, piece: number): boolean {
  const own = contextScore(plan, window, piece);
  for (let w = window - 1; w >= 0 && piece < windowStart(plan, w) + windowContext(plan, w); w--) {
    if (contextScore(plan, w, piece) >= own) return false;
  }
  for (let w = window + 1; w < plan.count && piece >= windowStart(plan, w); w++) {
    if (contextScore(plan, w, piece) > own) return false;
  }
  return true;
}

function contextScore(plan: WindowPlan, window: number, piece: number): number {
  const left = piece - windowStart(plan, window);
  const length = windowContext(plan, window);
  return Math.min(left, length - 1 - left) + 0.01 * length;
}

/** Windows sorted by length and cut into batches of at most `batchPieces` pieces, padding included. */
export function planBatches(plan: WindowPlan, batchPieces: number): number[][] {
  const rowLength = (w: number): number => windowContext(plan, w) + plan.queryLength + 3;
  // Only the last window can be shorter: longest first is the order they already have.
  const batches: number[][] = [];
  let current: number[] = [];
  for (let w = 0; w < plan.count; w++) {
    const alone = current.length === 0;
    const differs = !alone && rowLength(w) < 0.75 * rowLength(current[0]);
    if (!alone && (differs || (current.length + 1) * rowLength(current[0]) > batchPieces)) {
      batches.push(current);
      current = [];
    }
    current.push(w);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/** The rows of a batch. */
export function buildBatch(
  plan: WindowPlan,
  windows: readonly number[],
  question: Pieces,
  context: Pieces,
  special: { clsId: number; sepId: number; padId: number },
): WindowBatch {
  const lengths = Int32Array.from(windows, (w) => windowContext(plan, w) + plan.queryLength + 3);
  const length = Math.max(...lengths);
  const inputIds = new Int32Array(windows.length * length).fill(special.padId);
  const segmentIds = new Int32Array(windows.length * length);
  for (const [row, w] of windows.entries()) {
    const base = row * length;
    const first = base + contextPosition(plan);
    const size = windowContext(plan, w);
    const start = windowStart(plan, w);
    inputIds[base] = special.clsId;
    inputIds.set(question.ids.subarray(0, plan.queryLength), base + 1);
    inputIds[first - 1] = special.sepId;
    inputIds.set(context.ids.subarray(start, start + size), first);
    inputIds[first + size] = special.sepId;
    segmentIds.fill(1, first, first + size + 1);
  }
  return { count: windows.length, length, inputIds, segmentIds, lengths };
}
