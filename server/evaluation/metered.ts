/** Counts what an engine does that does not count itself, such as that of the CPU. */
import { type EngineMakers, realMakers } from '../engine/check/admission.js';
import type { Engine, EngineWork, Logits, WindowBatch } from '../engine/engine.js';
import type { EngineDetails } from '../protocol.js';

/** For engines that take one call at a time. */
export class MeteredEngine implements Engine {
  readonly #inner: Engine;
  readonly #work = { busyMs: 0, launches: 0, windows: 0, pieces: 0 };

  constructor(inner: Engine) {
    this.#inner = inner;
  }

  get info(): EngineDetails {
    return this.#inner.info;
  }

  get batchPieces(): number {
    return this.#inner.batchPieces;
  }

  get work(): EngineWork {
    return { ...this.#work };
  }

  async run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    const work = this.#work;
    const began = performance.now();
    try {
      return await this.#inner.run(batch, signal);
    } finally {
      work.busyMs += performance.now() - began;
      work.launches++;
      work.windows += batch.count;
      for (const length of batch.lengths) work.pieces += length;
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

export const meteredMakers: EngineMakers = {
  ...realMakers,
  cpu: async (weights, options) => new MeteredEngine(await realMakers.cpu(weights, options)),
};
