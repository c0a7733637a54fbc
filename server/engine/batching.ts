/**
 * Several questions at once on one device: calls of `run` wait while the device is busy, and those that fit into one
 * launch share it. One launch at a time; the call that has waited longest is always in the next one, so that a long
 * document delays a short question by at most the current launch. If the inner engine takes one question at a time (on
 * the CPU two windows together take nearly as long as one after the other), nothing is merged.
 */

import { AskBertError, abortReason, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { EngineDetails } from '../protocol.js';
import { largest } from '../text/arrays.js';
import type { Engine, Logits, WindowBatch } from './engine.js';

interface Call {
  readonly batch: WindowBatch;
  readonly signal: AbortSignal | undefined;
  resolve(logits: Logits): void;
  reject(error: unknown): void;
}

export class BatchingEngine implements Engine {
  readonly #waiting: Call[] = [];
  #busy = false;
  #closed = false;

  /** @param inner gets one call at a time; its `concurrency` says whether calls are merged at all */
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
        const at = this.#waiting.indexOf(call);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        call.reject(abortReason(signal));
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#waiting.push(call);
      if (signal?.aborted) cancel();
      void this.#work();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#waiting.splice(0)) {
      call.reject(new AskBertError('EngineRun', t('The engine was closed.')));
    }
    await this.inner.close();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#launch(this.#next());
    this.#busy = false;
  }

  /** The call that has waited longest, and the calls that fit into one launch with it, in order of arrival. */
  #next(): Call[] {
    const first = this.#waiting.shift()!;
    const calls = [first];
    if (this.concurrency === 1) return calls;
    const length = this.paddedLength(first.batch.length);
    let rows = first.batch.count;
    for (const call of [...this.#waiting]) {
      const { batch } = call;
      if (this.paddedLength(batch.length) !== length) continue;
      if ((rows + batch.count) * length > this.batchPieces) continue;
      rows += batch.count;
      this.#waiting.splice(this.#waiting.indexOf(call), 1);
      calls.push(call);
    }
    return calls;
  }

  /** Never rejects. */
  async #launch(calls: readonly Call[]): Promise<void> {
    if (calls.length > 1) {
      try {
        const parts = await this.#merged(calls.map(({ batch }) => batch));
        // A call cancelled in the meantime still gets its logits: its reader checks the signal next.
        for (const [i, call] of calls.entries()) call.resolve(parts[i]);
        return;
      } catch {
        // One of them may be at fault: run each alone, so that only that one fails.
      }
    }
    for (const call of calls) {
      try {
        throwIfAborted(call.signal);
        if (this.#closed) throw new AskBertError('EngineRun', t('The engine was closed.'));
        call.resolve(await this.inner.run(call.batch, call.signal));
      } catch (error) {
        call.reject(error);
      }
    }
  }

  async #merged(batches: readonly WindowBatch[]): Promise<Logits[]> {
    const all = mergeBatches(batches);
    const logits = await this.inner.run(all);
    let row = 0;
    return batches.map(({ count, length }) => {
      const from = row;
      row += count;
      return {
        start: rowsOf(logits.start, all.length, from, count, length),
        end: rowsOf(logits.end, all.length, from, count, length),
      };
    });
  }
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
