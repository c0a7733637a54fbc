/**
 * The one interface that every engine implements. The reader passes batches of windows and gets logits; an
 * engine knows nothing about text, and the reader nothing about devices.
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

/** What an engine has done since it was created. */
export interface EngineWork {
  /** Milliseconds during which at least one launch ran. */
  readonly busyMs: number;
  readonly launches: number;
  readonly windows: number;
  /** Pieces of the windows, without padding. */
  readonly pieces: number;
}

export interface Engine {
  readonly info: EngineDetails;
  /** Maximum number of pieces (padding included) in a batch; a window longer than that runs alone. */
  readonly batchPieces: number;
  /** How many questions may run at once, sharing launches (batching.ts). Default: 1. */
  readonly concurrency?: number;
  /** How many calls of `run` may overlap, so that the next batch is there when the device is free. Default: 1. */
  readonly launches?: number;
  /** The work so far; missing: it is not counted. */
  readonly work?: EngineWork;
  /** The length to which a row of this many pieces is padded on the device. Missing: no padding. */
  paddedLength?(length: number): number;
  /**
   * Start and end logits of a batch. One call at a time, unless `launches` or `concurrency` (of an engine that merges
   * calls) says more. A cancel is honoured before the batch starts; a running batch is short enough to wait for.
   * @throws AskBertError EngineRun, OutOfMemory, Cancelled
   */
  run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits>;
  /** Frees everything. Safe to call twice. */
  close(): Promise<void>;
}
