/**
 * The question-answering pipeline of Hugging Face's transformers, which had it up to 5.2: the same windows, scores and
 * answers, in its own JSON. It reads the characters as they are, and knows nothing of documents: for those, the reader
 * (reader.ts) is better.
 *
 * A score is the softmax of the start logits times that of the end logits, over the context pieces and [CLS] of a
 * window; the scores of equal words are added up, over the windows too, so that a score may be above 1.
 */
import type { Engine } from '../engine/engine.js';
import { AskBertError, breathe, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { ModelConfig } from '../model/config.js';
import type { Pieces } from '../tokenizer/pieces.js';
import type { PieceVocabulary, TextTokenizer } from '../tokenizer/text-tokenizer.js';
import { checkFinite } from './check-logits.js';
import type { OnProgress } from './request.js';
import { buildBatch, contextPosition, planBatches, specialPieces, type WindowPlan } from './windows.js';

/** The options of the pipeline, with its names; missing ones have its defaults. */
export interface PipelineOptions {
  /** Default 1. */
  topK?: number | undefined;
  /** Overlap of two windows, in pieces. Default 128, at most half a window. */
  docStride?: number | undefined;
  /** Pieces of an answer. Default 15. */
  maxAnswerLength?: number | undefined;
  /** Pieces of a window. Default 384, at most what the model has positions for. */
  maxSequenceLength?: number | undefined;
  /** "No answer", whose words are empty, is an answer like others. Default false. */
  handleImpossibleAnswer?: boolean | undefined;
}

export interface PipelineRequest {
  question: string;
  context: string;
  options?: PipelineOptions | undefined;
}

/** `start` and `end` count code points of the context, as Python does. */
export interface PipelineAnswer {
  score: number;
  start: number;
  end: number;
  /** Exactly `context[start:end]`. */
  answer: string;
}

/** What a reader has. */
export interface PipelineParts {
  config: Pick<ModelConfig, 'maxSequenceLength' | 'pair'>;
  vocabulary: PieceVocabulary;
  tokenizer: TextTokenizer;
  engine: Engine;
}

const USUAL_WINDOW = 384;
const USUAL_OVERLAP = 128;
const USUAL_ANSWER = 15;

/** A span of context pieces in a window, and its score. */
interface Span {
  first: number;
  last: number;
  score: number;
}

/** In UTF-16 units. */
interface Found {
  score: number;
  start: number;
  end: number;
}

/**
 * Best first; at most `topK`. None if the context has no words.
 * @throws AskBertError BadRequest: no words in the question, or a window has no room; Cancelled; errors of the engine
 */
export async function pipelineAnswers(
  { config, vocabulary, tokenizer, engine }: PipelineParts,
  { question, context, options = {} }: PipelineRequest,
  signal?: AbortSignal,
  onProgress?: OnProgress,
): Promise<PipelineAnswer[]> {
  throwIfAborted(signal);
  const { topK = 1, maxAnswerLength = USUAL_ANSWER, handleImpossibleAnswer = false } = options;
  const questionPieces = await tokenizer.encodeAsync(question, 0, question.length, signal);
  if (questionPieces.length === 0) {
    throw new AskBertError('BadRequest', t('The question is empty.'), t('Type a question in words.'));
  }
  const pieces = await tokenizer.encodeAsync(context, 0, context.length, signal);
  const plan = windowsOf(questionPieces.length, pieces.length, config, options);
  const kept = 2 * topK + 10;
  const found = new Map<string, Found>();
  let none = Number.POSITIVE_INFINITY;
  let done = 0;
  for (const windows of planBatches(plan, engine.batchPieces)) {
    const batch = buildBatch(plan, windows, questionPieces, pieces, vocabulary);
    const logits = await engine.run(batch, signal);
    checkFinite(logits, batch, engine.info);
    for (const [row, window] of windows.entries()) {
      const base = row * batch.length;
      const first = base + contextPosition(plan, window);
      const size = plan.ends[window] - plan.starts[window];
      const start = softmax(logits.start, base, first, size);
      const end = softmax(logits.end, base, first, size);
      none = Math.min(none, start[0] * end[0]);
      for (const span of bestSpans(start, end, maxAnswerLength, kept)) {
        const place = wordsOf(pieces, span, plan.starts[window], plan.ends[window]);
        const key = context.slice(place.start, place.end).toLowerCase();
        const same = found.get(key);
        if (same) same.score += span.score;
        else found.set(key, { score: span.score, ...place });
      }
    }
    done += windows.length;
    onProgress?.({ stage: 'engine', done, total: plan.count });
    await breathe(signal);
  }
  const all = [...found.values()];
  if (handleImpossibleAnswer && plan.count > 0) all.push({ score: none, start: 0, end: 0 });
  // Stable: of equal ones the first that was found.
  const best = all.sort((a, b) => b.score - a.score).slice(0, topK);
  return inCodePoints(context, best);
}

/**
 * Windows as Hugging Face's tokenizers cut them: each begins a window less the overlap after the one before it, until
 * one reaches the end.
 * @throws AskBertError BadRequest
 */
function windowsOf(
  queryLength: number,
  contextLength: number,
  { maxSequenceLength: most, pair }: PipelineParts['config'],
  { maxSequenceLength = Math.min(most, USUAL_WINDOW), docStride }: PipelineOptions,
): WindowPlan {
  if (maxSequenceLength > most) {
    throw new AskBertError(
      'BadRequest',
      t('max_seq_len is {0}, expected at most {1}: the model has no more positions.', maxSequenceLength, most),
    );
  }
  const overlap = docStride ?? Math.min(Math.floor(maxSequenceLength / 2), USUAL_OVERLAP);
  const room = maxSequenceLength - queryLength - specialPieces(pair);
  if (room <= overlap) {
    throw new AskBertError(
      'BadRequest',
      t(
        'A window of {0} pieces has room for {1} pieces of the text next to the question, expected more than the overlap of {2}.',
        maxSequenceLength,
        Math.max(0, room),
        overlap,
      ),
      t('Ask a shorter question, or choose a smaller doc_stride or a larger max_seq_len.'),
    );
  }
  const count = contextLength === 0 ? 0 : 1 + Math.max(0, Math.ceil((contextLength - room) / (room - overlap)));
  const starts = Int32Array.from({ length: count }, (_, window) => window * (room - overlap));
  const ends = starts.map((start) => Math.min(start + room, contextLength));
  return { count, queryLength, contextLength, starts, ends, prefixes: [], pair };
}

/** Probabilities of [CLS] (at 0) and of the context pieces of a row. @param base where the row begins */
function softmax(logits: Float32Array, base: number, first: number, size: number): Float64Array {
  let highest = logits[base];
  for (let i = first; i < first + size; i++) if (logits[i] > highest) highest = logits[i];
  const probabilities = new Float64Array(size + 1);
  probabilities[0] = Math.exp(logits[base] - highest);
  let sum = probabilities[0];
  for (let i = 0; i < size; i++) {
    const value = Math.exp(logits[first + i] - highest);
    probabilities[i + 1] = value;
    sum += value;
  }
  for (let i = 0; i <= size; i++) probabilities[i] /= sum;
  return probabilities;
}

/** The best spans of a window that are likely at all, best first, by pieces of the window; they may overlap. */
function bestSpans(start: Float64Array, end: Float64Array, longest: number, count: number): Span[] {
  const best: Span[] = [];
  for (let s = 1; s < start.length; s++) {
    const stop = Math.min(end.length, s + longest);
    for (let e = s; e < stop; e++) {
      const score = start[s] * end[e];
      if (score === 0 || (best.length === count && score <= best[count - 1].score)) continue;
      let at = best.length;
      while (at > 0 && best[at - 1].score < score) at--;
      best.splice(at, 0, { first: s - 1, last: e - 1, score });
      if (best.length > count) best.pop();
    }
  }
  return best;
}

/** A span widened to whole words, as far as they are in the window. */
function wordsOf(
  { starts, ends, wordStarts }: Pieces,
  span: Span,
  from: number,
  to: number,
): { start: number; end: number } {
  let first = from + span.first;
  let last = from + span.last;
  while (first > from && wordStarts[first] === 0) first--;
  while (last + 1 < to && wordStarts[last + 1] === 0) last++;
  return { start: starts[first], end: ends[last] };
}

/** One pass over the context, whatever the order of the answers. */
function inCodePoints(context: string, found: readonly Found[]): PipelineAnswer[] {
  const offsets = [...new Set(found.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const points = new Map<number, number>();
  let pairs = 0;
  let at = 0;
  for (const offset of offsets) {
    for (; at < offset; at++) {
      const isPair = (context.charCodeAt(at) & 0xfc00) === 0xd800 && (context.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
      if (isPair && at + 1 < offset) {
        pairs++;
        at++;
      }
    }
    points.set(offset, offset - pairs);
  }
  return found.map(({ score, start, end }) => ({
    score,
    start: points.get(start)!,
    end: points.get(end)!,
    answer: context.slice(start, end),
  }));
}
