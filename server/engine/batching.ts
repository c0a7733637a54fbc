/**
 * Several questions at once on one device: calls of `run` wait while the device is busy, and those that fit into one
 * launch share it. As many launches at a time as the inner engine takes; the call that has waited longest is always in
 * the next one, so that a long document delays a short question by at most the current launches. If the inner engine
 * takes one question at a time (on the CPU two windows together take nearly as long as one after the other), nothing is
 * merged.
 */

import { AskBertError, abortReason, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { EngineDetails } from '../protocol.js';
import { largest } from '../text/arrays.js';
import type { Engine, EngineWork, Logits, WindowBatch } from './engine.js';

/** A shorter row shares a launch if it fills at least this share of the longer one. */
const LEAST_FILLED = 0.75;

interface Call {
  readonly batch: WindowBatch;
  readonly signal: AbortSignal | undefined;
  resolve(logits: Logits): void;
  reject(error: unknown): void;
}

export class BatchingEngine implements Engine {
  #waiting: Call[] = [];
  #running = 0;
  #busySince = 0;
  readonly #work = { busyMs: 0, launches: 0, windows: 0, pieces: 0 };
  #closed = false;

  /** @param inner its `launches` says how many calls it gets at a time, its `concurrency` whether they are merged */
  constructor(readonly inner: Engine) {}

  get info(): EngineDetails {
    return this.inner.info;
  }

  get batchPieces(): number {
    return this.inner.batchPieces;
  }

  get concurrency(): number {
    return this.inner.concurrency ?? 1;
  }

  paddedLength(length: number): number {
    return this.inner.paddedLength?.(length) ?? length;
  }

  get work(): EngineWork {
    const { busyMs } = this.#work;
    return { ...this.#work, busyMs: this.#running > 0 ? busyMs + performance.now() - this.#busySince : busyMs };
  }

  run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    return new Promise<Logits>((resolve, reject) => {
      const done = () => signal?.removeEventListener('abort', cancel);
      const call: Call = {
        batch,
        signal,
        resolve: (logits) => {
          done();
          resolve(logits);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      const cancel = () => {
        if (!this.#waiting.includes(call)) return;
        this.#waiting = this.#waiting.filter((each) => each !== call);
        call.reject(abortReason(signal));
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#waiting.push(call);
      if (signal?.aborted) cancel();
      this.#launchWaiting();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) {
      call.reject(new AskBertError('EngineRun', t('The engine was closed.')));
    }
    await this.inner.close();
  }

  #launchWaiting(): void {
    while (this.#waiting.length > 0 && this.#running < (this.inner.launches ?? 1)) void this.#launch(this.#next());
  }

  /** The call that has waited longest, and the calls that fit into one launch with it, in order of arrival. */
  #next(): Call[] {
    const first = this.#waiting[0];
    const calls = [first];
    const others = this.#waiting.slice(1);
    if (this.concurrency === 1) {
      this.#waiting = others;
      return calls;
    }
    const length = this.paddedLength(first.batch.length);
    let rows = first.batch.count;
    this.#waiting = others.filter((call) => {
      const { batch } = call;
      if ((rows + batch.count) * length > this.batchPieces) return true;
      const padded = this.paddedLength(batch.length);
      if (padded > length || padded < LEAST_FILLED * length) return true;
      rows += batch.count;
      calls.push(call);
      return false;
    });
    return calls;
  }

  /** Never rejects. */
  async #launch(calls: readonly Call[]): Promise<void> {
    if (this.#running++ === 0) this.#busySince = performance.now();
    const shared = calls.length > 1 ? await this.#shared(calls) : undefined;
    const settle = shared ?? (await this.#alone(calls));
    if (--this.#running === 0) this.#work.busyMs += performance.now() - this.#busySince;
    // The next launch first: the device does not wait until what came of this one has been read.
    this.#launchWaiting();
    settle();
  }

  /** All calls in one launch. @returns hands the logits out; undefined: the launch failed */
  async #shared(calls: readonly Call[]): Promise<(() => void) | undefined> {
    try {
      const all = mergeBatches(calls.map(({ batch }) => batch));
      const logits = await this.#run(all);
      // A call cancelled in the meantime still gets its logits: its reader checks the signal next.
      return () => {
        const parts = splitLogits(logits, all.length, calls);
        for (const [i, call] of calls.entries()) call.resolve(parts[i]);
      };
    } catch {
      // One of them may be at fault: run each alone, so that only that one fails.
      return undefined;
    }
  }

  /** Each call by itself, one after the other. @returns hands the outcomes out */
  async #alone(calls: readonly Call[]): Promise<() => void> {
    const outcomes: (() => void)[] = [];
    for (const call of calls) {
      try {
        throwIfAborted(call.signal);
        if (this.#closed) throw new AskBertError('EngineRun', t('The engine was closed.'));
        const logits = await this.#run(call.batch, call.signal);
        outcomes.push(() => call.resolve(logits));
      } catch (error) {
        outcomes.push(() => call.reject(error));
      }
    }
    return () => {
      for (const hand of outcomes) hand();
    };
  }

  #run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    const work = this.#work;
    work.launches++;
    work.windows += batch.count;
    for (const length of batch.lengths) work.pieces += length;
    return this.inner.run(batch, signal);
  }
}

/** The rows of each call, of the logits of all. */
function splitLogits({ start, end }: Logits, width: number, calls: readonly Call[]): Logits[] {
  let row = 0;
  return calls.map(({ batch: { count, length } }) => {
    const from = row;
    row += count;
    return { start: rowsOf(start, width, from, count, length), end: rowsOf(end, width, from, count, length) };
  });
}

/** The rows of all batches, in order, padded to the longest batch. */
export function mergeBatches(batches: readonly WindowBatch[]): WindowBatch {
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  const length = largest(batches.map((batch) => batch.length));
  const inputIds = new Int32Array(count * length);
  const segmentIds = new Int32Array(count * length);
  const lengths = new Int32Array(count);
  let row = 0;
  for (const batch of batches) {
    lengths.set(batch.lengths, row);
    for (let r = 0; r < batch.count; r++, row++) {
      const from = r * batch.length;
      inputIds.set(batch.inputIds.subarray(from, from + batch.length), row * length);
      segmentIds.set(batch.segmentIds.subarray(from, from + batch.length), row * length);
    }
  }
  return { count, length, inputIds, segmentIds, lengths };
}

/** `count` rows of a [?, width] array from row `from` on, as [count, length]. */
function rowsOf(values: Float32Array, width: number, from: number, count: number, length: number): Float32Array {
  const rows = new Float32Array(count * length);
  for (let r = 0; r < count; r++) {
    const at = (from + r) * width;
    rows.set(values.subarray(at, at + length), r * length);
  }
  return rows;
}
