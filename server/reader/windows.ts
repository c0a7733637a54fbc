/**
 * Stage 2a: a question and a long text become windows [CLS] question [SEP] context [SEP] that the model can read; some
 * families have two separators after the question.
 * Neighbouring windows share `docStride` context pieces (the overlap, as in Hugging Face's `stride`). A window may have
 * a prefix before its context (the headings above it), which is read but never part of an answer.
 */
import type { WindowBatch } from '../engine/engine.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { type PairFormat, USUAL_STRIDE } from '../model/config.js';
import type { Pieces } from '../tokenizer/pieces.js';

/** Longest question, in pieces, as in BERT's own run_squad. */
export const MAX_QUERY_LENGTH = 64;
/** [CLS] question [SEP] text [SEP]. */
const BERT_PAIR: PairFormat = { separators: 1, contextSegment: 1 };
/** Pieces of a window besides question and text: [CLS], one or two [SEP] between them, [SEP] at the end. */
export const specialPieces = ({ separators }: PairFormat = BERT_PAIR): number => separators + 2;

/** The positions of the windows of one question; a window is identified by its index. */
export interface WindowPlan {
  readonly count: number;
  /** Question pieces in every window, after the cut. */
  readonly queryLength: number;
  /** Context pieces in all. */
  readonly contextLength: number;
  /** [count] first context piece of each window. */
  readonly starts: Int32Array;
  /** [count] one past the last context piece of each window. */
  readonly ends: Int32Array;
  /** Prefix token ids of each window; empty if there are none. */
  readonly prefixes: readonly Int32Array[];
  /** Missing: BERT's. */
  readonly pair?: PairFormat | undefined;
}

/** Prefixes before the context of windows. */
export interface Prefixes {
  /** Pieces of the longest one, by which every window's room is reduced. */
  longest: number;
  /** Ids before the window that begins at this context piece. */
  at(piece: number): Int32Array;
}

export interface WindowOptions {
  prefix?: Prefixes | undefined;
  /** Break points: windows begin and end at blocks or sentences, as far as the overlap allows. Missing: anywhere. */
  breaks?: Breaks | undefined;
  /** Maximum pieces of an answer: the minimum overlap of two windows, if the overlap is not less. */
  longestAnswer?: number | undefined;
  /** Missing: BERT's. */
  pair?: PairFormat | undefined;
}

/**
 * What begins at a context piece, from the second to the last: a block or a paragraph (no answer crosses it), a
 * sentence or a line (an answer may), or nothing.
 */
export type Breaks = (piece: number) => 'block' | 'sentence' | undefined;

/** Question pieces that fit a model; at most half the length of a short model. */
export const queryLimit = (maxSequenceLength: number, pair?: PairFormat): number =>
  Math.min(MAX_QUERY_LENGTH, Math.floor((maxSequenceLength - specialPieces(pair)) / 2));

/**
 * Plans the windows: as few as possible, and of nearly equal length, since a short last one would have little context.
 * Prefixes take at most a quarter of a window's pieces, the end of a longer one; a text that fits into one window
 * leaves the rest to its prefix.
 * @throws AskBertError BadRequest when the overlap leaves no room to advance
 */
export function planWindows(
  questionPieces: number,
  contextLength: number,
  maxSequenceLength: number,
  docStride: number,
  { prefix, breaks, longestAnswer = docStride, pair }: WindowOptions = {},
): WindowPlan {
  const limit = maxSequenceLength - specialPieces(pair) - queryLimit(maxSequenceLength, pair);
  if (!Number.isInteger(docStride) || docStride < 0 || docStride >= limit) {
    throw new AskBertError(
      'BadRequest',
      t('The doc stride is {0}, expected a whole number from 0 to {1}.', docStride, limit - 1),
      t('It is the overlap of two windows in pieces; {0} is usual.', USUAL_STRIDE),
    );
  }
  const queryLength = Math.min(questionPieces, queryLimit(maxSequenceLength, pair));
  const fullRoom = maxSequenceLength - specialPieces(pair) - queryLength;
  let reserved = 0;
  if (prefix && contextLength > 0) {
    reserved =
      contextLength <= fullRoom
        ? Math.min(prefix.at(0).length, fullRoom - contextLength)
        : Math.min(prefix.longest, Math.floor((fullRoom - docStride) / 4));
  }
  const least = Math.min(docStride, longestAnswer);
  const { starts, ends } = layWindows(contextLength, fullRoom - reserved, docStride, least, breaks);
  const prefixes =
    prefix && reserved > 0
      ? Array.from(starts, (start) => {
          const ids = prefix.at(start);
          return ids.subarray(Math.max(0, ids.length - reserved));
        })
      : [];
  return { count: starts.length, queryLength, contextLength, starts, ends, prefixes, pair };
}

/** Overlap that a window with a block at its edge may lack, in pieces less than all. */
const LEAST_AT_BLOCKS = 8;

/**
 * Windows of at most `room` pieces over `length` pieces, neighbours sharing `overlap` of them; with breaks
 * approximately, but at least `least` unless a block begins there.
 */
function layWindows(length: number, room: number, overlap: number, least: number, breaks?: Breaks) {
  const count = length === 0 ? 0 : 1 + Math.max(0, Math.ceil((length - room) / (room - overlap)));
  const size = Math.ceil((length + (count - 1) * overlap) / count);
  const reach = { block: Math.max(0, overlap - LEAST_AT_BLOCKS), sentence: Math.floor((overlap - least) / 2) };
  const near = (place: number, low: number, high: number, lowAtBlock: number, highAtBlock: number): number => {
    if (!breaks) return place;
    for (let d = 0, sentence = -1; ; d++) {
      if (d > reach.block) return sentence < 0 ? Math.max(low, Math.min(high, place)) : sentence;
      for (const at of d === 0 ? [place] : [place - d, place + d]) {
        if (at < lowAtBlock || at > highAtBlock) continue;
        const found = breaks(at);
        if (found === 'block') return at;
        if (found === 'sentence' && sentence < 0 && d <= reach.sentence && at >= low && at <= high) sentence = at;
      }
    }
  };
  const starts = new Int32Array(count);
  const ends = new Int32Array(count).fill(length);
  for (let w = 1; w < count; w++) {
    const place = w * (size - overlap);
    // From there the remaining windows reach the end.
    const left = count - w;
    const low = Math.max(starts[w - 1] + 1, length - left * room + (left - 1) * least);
    const high = Math.min(starts[w - 1] + room, length - 1);
    starts[w] = near(place, low, high - least, low, high);
    const needed = breaks?.(starts[w]) === 'block' ? starts[w] : starts[w] + least;
    const first = w > 1 ? Math.max(needed, ends[w - 2]) : needed;
    ends[w - 1] = near(place + overlap, first, high, first, high);
  }
  return { starts, ends };
}

/** First context piece of a window, and their number. */
export const windowStart = (plan: WindowPlan, window: number): number => plan.starts[window];
export const windowContext = (plan: WindowPlan, window: number): number => plan.ends[window] - plan.starts[window];

const prefixLength = (plan: WindowPlan, window: number): number => plan.prefixes[window]?.length ?? 0;

/** Position in a window's row of its first context piece. */
export const contextPosition = (plan: WindowPlan, window: number): number =>
  plan.queryLength + specialPieces(plan.pair) - 1 + prefixLength(plan, window);

const rowLength = (plan: WindowPlan, window: number): number =>
  contextPosition(plan, window) + windowContext(plan, window) + 1;

/**
 * Whether a window has a context piece with the most context on both sides (BERT's maximum context:
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

/**
 * Windows cut into batches of at most `batchPieces` pieces, padding included.
 * @param order windows, each once, in reading order. Missing: all, in sequence
 */
export function planBatches(plan: WindowPlan, batchPieces: number, order?: readonly number[]): number[][] {
  const batches: number[][] = [];
  let current: number[] = [];
  let longest = 0;
  const count = order?.length ?? plan.count;
  for (let i = 0; i < count; i++) {
    const w = order?.[i] ?? i;
    const length = rowLength(plan, w);
    const alone = current.length === 0;
    if (!alone && (current.length + 1) * Math.max(longest, length) > batchPieces) {
      batches.push(current);
      current = [];
      longest = 0;
    }
    current.push(w);
    longest = Math.max(longest, length);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/** Pieces of a batch, padding included. */
export const batchSize = (plan: WindowPlan, windows: readonly number[]): number =>
  windows.length * windows.reduce((longest, w) => Math.max(longest, rowLength(plan, w)), 0);

/** The rows of a batch. */
export function buildBatch(
  plan: WindowPlan,
  windows: readonly number[],
  question: Pieces,
  context: Pieces,
  special: { clsId: number; sepId: number; padId: number },
): WindowBatch {
  const lengths = new Int32Array(windows.length);
  let length = 0;
  for (let row = 0; row < windows.length; row++) {
    lengths[row] = rowLength(plan, windows[row]);
    length = Math.max(length, lengths[row]);
  }
  const inputIds = new Int32Array(windows.length * length).fill(special.padId);
  const segmentIds = new Int32Array(windows.length * length);
  // Rows are copied in a loop: a long text has thousands of them, and a view of an array costs more than its few
  // hundred ids.
  const { queryLength, pair: { separators, contextSegment } = BERT_PAIR } = plan;
  const { ids: questionIds } = question;
  const { ids: contextIds } = context;
  for (let row = 0; row < windows.length; row++) {
    const w = windows[row];
    let at = row * length;
    inputIds[at++] = special.clsId;
    for (let i = 0; i < queryLength; i++) inputIds[at++] = questionIds[i];
    for (let i = 0; i < separators; i++) inputIds[at++] = special.sepId;
    const second = at;
    if (plan.prefixes.length > 0) for (const id of plan.prefixes[w]) inputIds[at++] = id;
    const start = windowStart(plan, w);
    const end = start + windowContext(plan, w);
    for (let i = start; i < end; i++) inputIds[at++] = contextIds[i];
    inputIds[at++] = special.sepId;
    segmentIds.fill(contextSegment, second, at);
  }
  return { count: windows.length, length, inputIds, segmentIds, lengths };
}
