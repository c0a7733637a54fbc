/**
 * An engine that can be replaced between two batches: the CPU answers until TensorRT's engine is built, and takes
 * over again if the device fails permanently. Every change adds its sentence to the reasons.
 */

import { type AskBertError, asAskBertError, cancelled } from '../errors.js';
import { t } from '../l10n.js';
import type { EngineDetails } from '../protocol.js';
import { append } from '../text/arrays.js';
import type { Engine, Logits, WindowBatch } from './engine.js';

export interface Replacement {
  engine: Engine;
  reasons: readonly string[];
}

export class SwitchingEngine implements Engine {
  readonly #reasons: string[];
  readonly #fallback: (() => Promise<Replacement>) | undefined;
  #current: Engine;
  #next: Engine | undefined;
  #closed = false;
  /** Calls in progress. */
  readonly #running = new Set<Promise<Logits>>();
  #replacing: Promise<void> | undefined;
  readonly #abort = new AbortController();
  readonly #background: Promise<void>;

  /**
   * @param first answers now
   * @param reasons of the choice; grows with every change
   * @param better create the engines that take over, one after the other; undefined: there is none. If one fails, the
   *   last one stays
   * @param fallback creates the engine that takes over when the current one fails permanently
   */
  constructor(
    first: Engine,
    reasons: string[],
    better: readonly ((signal: AbortSignal) => Promise<Replacement | undefined>)[] = [],
    fallback?: () => Promise<Replacement>,
  ) {
    this.#reasons = reasons;
    this.#fallback = fallback;
    this.#current = first;
    this.#background = this.#rise(better);
  }

  get info(): EngineDetails {
    return this.#current.info;
  }

  get batchPieces(): number {
    return this.#current.batchPieces;
  }

  /** From the current engine, as `launches`: batching.ts goes by both. */
  get concurrency(): number {
    return this.#current.concurrency ?? 1;
  }

  get launches(): number {
    return this.#current.launches ?? 1;
  }

  paddedLength(length: number): number {
    return this.#current.paddedLength?.(length) ?? length;
  }

  /** Settles when the background work has ended; for tests and for commands that wait. */
  settled(): Promise<void> {
    return this.#background;
  }

  async run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    // Without a change the batch is on its way before anything else can happen: the device waits for it.
    if (this.#next) await this.#change();
    const engine = this.#current;
    try {
      return await this.#runOn(engine, batch, signal);
    } catch (e) {
      const error = asAskBertError(e);
      const hopeless = error.code === 'OutOfMemory' || error.code === 'EngineRun' || error.code === 'LibraryMissing';
      if (!hopeless || this.#closed || !this.#fallback || engine.info.name === 'cpu') throw error;
      // Of several calls that fail together the first one replaces the engine.
      this.#replacing ??= this.#current === engine ? this.#replace(engine, error, this.#fallback) : undefined;
      await this.#replacing;
      return this.#runOn(this.#current, batch, signal);
    }
  }

  async #runOn(engine: Engine, batch: WindowBatch, signal: AbortSignal | undefined): Promise<Logits> {
    const run = engine.run(batch, signal);
    this.#running.add(run);
    try {
      return await run;
    } finally {
      this.#running.delete(run);
    }
  }

  async #replace(engine: Engine, error: AskBertError, fallback: () => Promise<Replacement>): Promise<void> {
    try {
      const replacement = await fallback();
      this.#next = replacement.engine;
      this.#reasons.push(
        t('{0} failed and was replaced: {1}', engine.info.name, error.message),
        ...replacement.reasons,
      );
      await this.#change();
    } finally {
      this.#replacing = undefined;
    }
  }

  /** Cancels the background work; the current engine continues. */
  async giveUp(): Promise<void> {
    this.#abort.abort(cancelled());
    await this.#background;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.giveUp();
    await this.#next?.close();
    this.#next = undefined;
    await this.#current.close();
  }

  async #rise(better: readonly ((signal: AbortSignal) => Promise<Replacement | undefined>)[]): Promise<void> {
    try {
      for (const make of better) {
        const made = await make(this.#abort.signal);
        if (!made) continue;
        const { engine, reasons } = made;
        if (this.#closed) return await engine.close();
        const unused = this.#next;
        this.#next = engine;
        append(this.#reasons, reasons);
        await unused?.close();
      }
    } catch (e) {
      if (!this.#abort.signal.aborted) this.#reasons.push(asAskBertError(e).message);
    }
  }

  async #change(): Promise<void> {
    const next = this.#next;
    if (!next) return;
    const old = this.#current;
    this.#current = next;
    this.#next = undefined;
    await Promise.allSettled(this.#running);
    await old.close();
  }
}
