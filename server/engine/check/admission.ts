/**
 * Admits engines for one model: each is created and checked under a marker file, so that the next process notices a
 * library that crashed this one and tries it in a child process.
 */
import { cpus } from 'node:os';
import { version } from '../../../package.json';
import { t } from '../../l10n.js';
import { type ModelConfig, networkShape } from '../../model/config.js';
import type { Golden } from '../../model/golden/golden.js';
import { loadGolden, remadeGolden } from '../../model/golden/golden-file.js';
import { rangesHash } from '../../model/ranges/ranges.js';
import { ModelWeights } from '../../model/weights.js';
import type { Precision } from '../../protocol.js';
import type { CpuEngineOptions } from '../cpu/cpu-engine.js';
import type { Engine } from '../engine.js';
import { Ledger, ledgerKey } from '../ledger.js';
import { RemoteFault } from '../remote/fault.js';
import type { Usable } from '../tensorrt/probe.js';
import type { TensorRtOptions } from '../tensorrt/tensorrt-engine.js';
import { CheckFailed, checkEngine, nameOf } from './check.js';
import type { EngineOrder } from './child-messages.js';
import { checkInChild } from './child-process.js';

/** A TensorRT engine whose plan may have to be discarded. */
export interface PlannedEngine extends Engine {
  readonly notes: readonly string[];
  /** The plan was just built; one from the cache may be outdated. */
  readonly fresh: boolean;
  /** Removes the plan from the cache. */
  discard(): Promise<void>;
}

/** Creates engines; tests replace it. */
export interface EngineMakers {
  cpu(weights: ModelWeights, options: CpuEngineOptions): Promise<Engine>;
  tensorRt(weights: ModelWeights, usable: Usable, options: TensorRtOptions): Promise<PlannedEngine>;
  /** Bundle of the child process that checks an engine after a crash. */
  checkChild?: string | undefined;
  /** Time limit of a check. */
  limitMs?: number | undefined;
}

export const realMakers: EngineMakers = {
  cpu: async (weights, options) => (await import('../cpu/cpu-engine.js')).CpuEngine.create(weights, options),
  tensorRt: async (weights, usable, options) =>
    (await import('../tensorrt/tensorrt-engine.js')).TensorRtEngine.create(weights, usable, options),
};

/** An engine before it is loaded. */
interface EngineCandidate {
  order: EngineOrder;
  /** Everything that a refusal depends on besides the model. */
  library: readonly unknown[];
  /** Hash of the ranges that it is scaled by. */
  ranges?: string | undefined;
  make(weights: ModelWeights): Promise<Engine>;
}

export class Admission {
  readonly #config: ModelConfig;
  readonly #cacheFolder: string;
  readonly #makers: EngineMakers;
  #golden: Golden;
  /** The golden logits are known to belong to the current weights. */
  #sure: boolean;
  readonly #notes: string[] = [];
  readonly #ledger: Ledger;

  private constructor(config: ModelConfig, cacheFolder: string, makers: EngineMakers, golden: Golden, sure: boolean) {
    this.#config = config;
    this.#cacheFolder = cacheFolder;
    this.#makers = makers;
    this.#golden = golden;
    this.#sure = sure;
    this.#ledger = new Ledger(cacheFolder);
  }

  /** Reads the golden logits of the model, or computes them. @throws AskBertError ModelInvalid, Cancelled */
  static async open(
    weights: ModelWeights,
    cacheFolder: string,
    signal?: AbortSignal,
    makers: EngineMakers = realMakers,
  ): Promise<Admission> {
    const { golden, fresh, fault } = await loadGolden(weights, cacheFolder, signal);
    const admission = new Admission(weights.config, cacheFolder, makers, golden, fresh);
    if (fault) admission.#notes.push(t('the golden logits were computed again: {0}', fault));
    return admission;
  }

  /** Notes about the golden logits for the user; each is returned once. */
  takeNotes(): string[] {
    return this.#notes.splice(0);
  }

  /**
   * The CPU engine, checked.
   * @throws CheckFailed; AskBertError LibraryMissing, EngineBuild, OutOfMemory, Cancelled
   */
  cpu(weights: ModelWeights, options: CpuEngineOptions, signal?: AbortSignal): Promise<Engine> {
    return this.#admit(
      weights,
      {
        order: { name: 'cpu', ...options },
        library: ['onnxruntime', onnxRuntimeVersion(), process.arch, cpus()[0]?.model],
        make: (opened) => this.#makers.cpu(opened, { ...options, cacheFolder: this.#cacheFolder }),
      },
      signal,
    );
  }

  /**
   * A TensorRT engine, checked. A cached plan that fails is rebuilt once; a new one that fails is remembered.
   * @throws CheckFailed; NotPrepared with `cachedOnly`; AskBertError as TensorRtEngine.create
   */
  async tensorRt(weights: ModelWeights, usable: Usable, options: TensorRtOptions): Promise<PlannedEngine> {
    const { flavour, version: release, device, cuda } = usable;
    const { precision, ranges, buckets, cacheFolder, tuning } = options;
    const admit = (refused?: string) =>
      this.#admit(
        weights,
        {
          order: { name: 'tensorrt', usable, options: { precision, ranges, buckets, cacheFolder, tuning } },
          library: [flavour, release, device.name, cuda],
          ranges: ranges && rangesHash(ranges),
          make: (opened) => this.#makers.tensorRt(opened, usable, { ...options, ...(refused && { refused }) }),
        },
        options.signal,
      ) as Promise<PlannedEngine>;
    try {
      return await admit();
    } catch (e) {
      if (!(e instanceof DiscardedPlan)) throw e;
      return await admit(e.message);
    }
  }

  /**
   * Compares a server with the golden logits. Nothing is remembered: what a server runs may change at any time.
   * @param precisions what it may compute in, the most exact first; the first that its logits agree with is noted
   * @throws RemoteFault; AskBertError Cancelled
   */
  async remote(server: Engine, precisions: readonly Precision[], signal?: AbortSignal): Promise<void> {
    for (const [i, precision] of precisions.entries()) {
      server.info.precision = precision;
      try {
        server.info.check = await this.#check(server, signal);
        return;
      } catch (e) {
        // A server that is too busy says nothing about its logits.
        if (e instanceof CheckFailed && e.cause instanceof RemoteFault) throw e.cause;
        if (!(e instanceof CheckFailed)) throw e;
        if (e.byLogits && i < precisions.length - 1) continue;
        const remedy = t('The server needs the model that is used here: ask-bert export writes it.');
        throw new RemoteFault('lasting', `${server.info.device}: ${e.message}`, remedy, { cause: e });
      }
    }
  }

  async #admit(weights: ModelWeights, subject: EngineCandidate, signal?: AbortSignal): Promise<Engine> {
    const library = ledgerKey(subject.library);
    const { precision } = subject.order.name === 'cpu' ? subject.order : subject.order.options;
    const scaled = subject.ranges === undefined ? [] : [subject.ranges];
    const key = ledgerKey(version, library, precision, this.#golden.weights, networkShape(this.#config), ...scaled);
    const before = this.#ledger.refusal(key);
    if (before !== undefined) throw new CheckFailed(before, false);
    const abandoned = this.#ledger.abandoned(key);
    if (abandoned.length > 0 || this.#ledger.hasCrashed(library)) {
      const order = { modelFolder: this.#config.folder, golden: this.#golden, engine: subject.order };
      const death = await checkInChild(order, signal, this.#makers.checkChild);
      this.#ledger.forget(abandoned);
      if (death !== undefined) throw this.#crashed(key, library, subject.order, death);
    }
    const end = this.#ledger.begin(key);
    let engine: Engine | undefined;
    try {
      engine = await subject.make(weights);
      engine.info.check = await this.#check(engine, signal);
      return engine;
    } catch (e) {
      // An engine that hangs may not close either.
      void engine?.close().catch(() => {});
      if (e instanceof CheckFailed && engine) await this.#consequence(e, engine, key, library);
      throw e;
    } finally {
      end();
    }
  }

  /** @throws DiscardedPlan if a retry makes sense */
  async #consequence(failed: CheckFailed, engine: Engine, key: string, library: string): Promise<void> {
    const planned = 'discard' in engine ? (engine as PlannedEngine) : undefined;
    await planned?.discard();
    if (planned && !planned.fresh) throw new DiscardedPlan(failed.message, failed.byLogits, { cause: failed });
    // The last engine is tried again each time: nothing can replace it.
    if (!failed.lasting || (!planned && engine.info.precision === 'fp32')) return;
    this.#ledger.refuse(key, { reason: failed.message, crashed: false, library });
  }

  #crashed(key: string, library: string, order: EngineOrder, death: string): CheckFailed {
    const name =
      order.name === 'cpu'
        ? nameOf(order)
        : nameOf({
            name: order.usable.flavour === 'rtx' ? 'tensorrt-rtx' : 'tensorrt',
            precision: order.options.precision,
          });
    const reason = t('{0} was refused: its check crashed the process ({1}).', name, death);
    this.#ledger.refuse(key, { reason, crashed: true, library });
    return new CheckFailed(reason, false);
  }

  /**
   * Before an engine is refused because of golden logits, the weights are hashed again: the remembered hash may be
   * stale.
   */
  async #check(engine: Engine, signal?: AbortSignal) {
    const options = { maxLength: this.#config.maxSequenceLength, signal, limitMs: this.#makers.limitMs };
    try {
      return await checkEngine(engine, this.#golden, options);
    } catch (e) {
      if (!(e instanceof CheckFailed) || !e.byLogits || this.#sure) throw e;
      const weights = new ModelWeights(this.#config);
      let remade: Golden | undefined;
      try {
        remade = await remadeGolden(weights, this.#cacheFolder, this.#golden, signal);
      } finally {
        weights.close();
      }
      this.#sure = true;
      if (!remade) throw e;
      this.#golden = remade;
      this.#notes.push(t('the golden logits were computed again: the weights have changed'));
      return await checkEngine(engine, remade, options);
    }
  }
}

/** The plan that failed came from the cache and has been removed. */
class DiscardedPlan extends CheckFailed {}

/** Version of the library, without loading it. */
export function onnxRuntimeVersion(): string | undefined {
  try {
    return (require('onnxruntime-node/package.json') as { version: string }).version;
  } catch {
    return undefined;
  }
}
