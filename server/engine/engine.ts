/**
 * The one interface that every engine implements. The reader hands it batches of windows and gets logits;
 * it knows nothing of text, and the reader nothing of devices.
 */
import type { EngineDetails } from '../protocol.js';

/** Windows of similar length, padded to the longest one. Row-major, shape [count, length]. */
export interface WindowBatch {
  readonly count: number;
  /** Pieces in each row, padding included. */
  readonly length: number;
  /** [count, length] vocabulary ids; 0 in the padding. */
  readonly inputIds: Int32Array;
  /** [count, length] 0 = question, 1 = context. */
  readonly segmentIds: Int32Array;
  /** [count] pieces of each window without padding. */
  readonly lengths: Int32Array;
}

/** Logits of a batch, shape [count, length]; values in the padding are meaningless. */
export interface Logits {
  readonly start: Float32Array;
  readonly end: Float32Array;
}

export interface Engine {
  readonly info: EngineDetails;
  /** Pieces (padding included) that one batch should hold at most; a window longer than that runs alone. */
  readonly batchPieces: number;
  /** Questions that may be asked at once, since their windows share launches (batching.ts). Missing: 1. */
  readonly concurrency?: number;
  /** Pieces that a row of so many is padded to on the device. Missing: it is not padded. */
  paddedLength?(length: number): number;
  /**
   * Start and end logits of a batch. One call at a time, unless `concurrency` says more. A cancel is honoured before the batch starts;
   * a running batch is short enough to be waited for.
   * @throws AskBertError EngineRun, OutOfMemory, Cancelled
   */
  run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits>;
  /** Frees everything. Safe to call twice. */
  close(): Promise<void>;
}
