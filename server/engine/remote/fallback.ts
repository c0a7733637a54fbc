/**
 * The remote engine with a local one behind it: if no server can be used, the local one is made once, and answers from
 * then on. Several questions may run at once.
 */
import { asAskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import type { EngineDetails } from '../../protocol.js';
import { append } from '../../text/arrays.js';
import { BatchingEngine } from '../batching.js';
import type { Engine, Logits, WindowBatch } from '../engine.js';
import type { Replacement } from '../switching.js';

export class FallbackEngine implements Engine {
  readonly #remote: Engine;
  readonly #reasons: string[];
  readonly #makeLocal: (because: string) => Promise<Replacement>;
  #replacing: Promise<Engine> | undefined;
  #local: Engine | undefined;

  /**
   * @param reasons of the choice; grows when the local engine takes over
   * @param makeLocal creates the local engine and tells the user why
   */
  constructor(remote: Engine, reasons: string[], makeLocal: (because: string) => Promise<Replacement>) {
    this.#remote = remote;
    this.#reasons = reasons;
    this.#makeLocal = makeLocal;
  }

  get #current(): Engine {
    return this.#local ?? this.#remote;
  }

  get info(): EngineDetails {
    return this.#current.info;
  }

  get batchPieces(): number {
    return this.#current.batchPieces;
  }

  get concurrency(): number {
    return this.#current.concurrency ?? 1;
  }

  async run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    if (this.#local) return this.#local.run(batch, signal);
    try {
      return await this.#remote.run(batch, signal);
    } catch (e) {
      const error = asAskBertError(e);
      if (error.code === 'Cancelled' || signal?.aborted) throw error;
      this.#replacing ??= this.#replace(error.message);
      return (await this.#replacing).run(batch, signal);
    }
  }

  async close(): Promise<void> {
    await this.#remote.close();
    const local = await this.#replacing?.catch(() => undefined);
    await local?.close();
  }

  async #replace(because: string): Promise<Engine> {
    try {
      const { engine, reasons } = await this.#makeLocal(because);
      // Calls that run at once reach it one after the other.
      this.#local = new BatchingEngine(engine);
      append(this.#reasons, [t('{0} failed and was replaced: {1}', 'remote', because), ...reasons]);
      return this.#local;
    } catch (e) {
      // The next question tries both again.
      this.#replacing = undefined;
      throw e;
    }
  }
}
