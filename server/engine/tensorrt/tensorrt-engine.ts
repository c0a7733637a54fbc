/**
 * BERT on TensorRT: a plan from the cache (or built now) on one device. Batches are split over the buckets that the
 * plan was built for and padded, and their logits are put back in order.
 */

import { AskBertError, asAskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import { ModelWeights } from '../../model/weights.js';
import type { EngineDetails } from '../../protocol.js';
import { largest, smallest } from '../../text/arrays.js';
import type { Engine, Logits, WindowBatch } from '../engine.js';
import { defaultBuckets, planRuns, type Run } from './buckets.js';
import { EngineCache } from './cache.js';
import type { OnBuildProgress } from './child-process.js';
import { filledBuilder } from './filled-builder.js';
import {
  type Bucket,
  engineName,
  fromNative,
  loadAddon,
  type NativeAddon,
  type NativeEngine,
  type TensorRtPrecision,
  type Tuning,
} from './native.js';
import { type PlanOptions, type PreparedPlan, preparePlan } from './prepare.js';
import type { Usable } from './probe.js';

export interface TensorRtOptions {
  precision: TensorRtPrecision;
  /** [layers, 7] of the model's activations, for INT8 and FP8. */
  ranges?: Float32Array | undefined;
  cacheFolder: string;
  /** Default: buckets for the model's longest window. */
  buckets?: readonly Bucket[] | undefined;
  /** CUDA graphs instead of launching kernel by kernel. Default true. */
  graphs?: boolean | undefined;
  tuning?: Tuning | undefined;
  /** Build nothing: throw `NotPrepared` instead. */
  cachedOnly?: boolean | undefined;
  /** Why the cached plan was discarded before. */
  refused?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: OnBuildProgress | undefined;
}

/** How the plan was obtained. */
interface PlanOrigin {
  /** It was just built. */
  readonly fresh: boolean;
  /** Removes it from the cache. */
  discard(): Promise<void>;
}

/** Concurrent questions: while two launches run, enough have been read for the next two (H200: 64 are too few). */
const QUESTIONS_AT_ONCE = 192;

export class TensorRtEngine implements Engine {
  #native: NativeEngine | undefined;
  readonly #reload: () => Promise<NativeEngine>;
  readonly #graphs: boolean;
  readonly #origin: PlanOrigin;
  readonly info: EngineDetails;
  readonly batchPieces: number;
  readonly concurrency = QUESTIONS_AT_ONCE;
  readonly launches: number;
  /** Notes for the user about how the engine was obtained. */
  readonly notes: readonly string[];
  #recreating: Promise<void> | undefined;
  readonly #buckets: ReturnType<NativeEngine['buckets']>;
  #usable: number[];

  /**
   * @param native a loaded plan
   * @param reload loads the same plan again
   */
  constructor(
    readonly config: Pick<ModelConfig, 'vocabularySize' | 'segmentTypes'>,
    native: NativeEngine | undefined,
    reload: () => Promise<NativeEngine>,
    graphs: boolean,
    info: EngineDetails,
    notes: string[],
    origin: PlanOrigin = { fresh: true, discard: async () => {} },
  ) {
    this.#native = native;
    this.#reload = reload;
    this.#graphs = graphs;
    this.#origin = origin;
    this.info = info;
    this.notes = notes;
    this.#buckets = native!.buckets();
    this.launches = native!.launches();
    this.#usable = this.#buckets.flatMap((bucket, i) => (bucket.usable ? [i] : []));
    const pieces = this.#usable.map((i) => this.#buckets[i].batch * this.#buckets[i].length);
    this.batchPieces = largest(pieces);
  }

  /** @throws AskBertError LibraryMissing, EngineBuild, EngineRun, OutOfMemory, ModelInvalid, Cancelled */
  static async create(weights: ModelWeights, target: Usable, options: TensorRtOptions): Promise<TensorRtEngine> {
    const began = performance.now();
    const { config } = weights;
    const plan: PlanOptions = { ...options, buckets: options.buckets ?? defaultBuckets(config.maxSequenceLength) };
    const addon = loadAddon(target.flavour);
    const load = async (prepared: PreparedPlan): Promise<NativeEngine> => {
      try {
        addon.openLibrary(target.library);
        addon.openDriver(target.driver);
        return await loaded(addon, prepared.plan, config, { ...plan, device: target.device.ordinal });
      } catch (e) {
        throw fromNative(e, 'EngineRun', t('The engine of {0} cannot be loaded', config.name));
      }
    };
    const notes: string[] = [];
    const cache = new EngineCache(options.cacheFolder);
    let prepared = await preparePlan(weights, target, plan);
    if (options.refused && prepared.built)
      notes.push(t('the engine on disk was refused ({0}) and was rebuilt', options.refused));
    if (prepared.built === 'damaged')
      notes.push(t('the engine on disk was damaged ({0}) and was rebuilt', prepared.detail!));
    let native: NativeEngine;
    try {
      native = await load(prepared);
    } catch (e) {
      const error = asAskBertError(e);
      // A cached plan that TensorRT refuses is rebuilt once; not after memory or driver errors.
      if (error.code !== 'EngineRun' || prepared.built) throw error;
      await cache.remove(prepared.key);
      prepared = await preparePlan(weights, target, { ...plan, refused: error.message });
      notes.push(t('the engine on disk was refused ({0}) and was rebuilt', error.message));
      native = await load(prepared);
    }
    const info: EngineDetails = {
      name: engineName(target.flavour),
      device: target.device.name,
      model: config.name,
      precision: options.precision,
      library: target.flavour === 'rtx' ? 'TensorRT-RTX' : 'TensorRT',
      libraryVersion: target.version,
      threads: 0,
      loadMs: performance.now() - began,
    };
    const again = async (): Promise<NativeEngine> => load(await preparePlan(weights, target, plan));
    const { key, built } = prepared;
    const origin: PlanOrigin = { fresh: built !== undefined, discard: () => cache.remove(key) };
    return new TensorRtEngine(config, native, again, options.graphs ?? true, info, notes, origin);
  }

  get fresh(): boolean {
    return this.#origin.fresh;
  }

  discard(): Promise<void> {
    return this.#origin.discard();
  }

  /** Shapes that can be run. */
  get buckets(): readonly Bucket[] {
    return this.#usable.map((i) => this.#buckets[i]);
  }

  /** The length of the shortest bucket that fits; the given length if there is none. */
  paddedLength(length: number): number {
    const longer = this.buckets.map((bucket) => bucket.length).filter((each) => each >= length);
    return longer.length > 0 ? smallest(longer) : length;
  }

  async run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    this.#check(batch);
    const start = new Float32Array(batch.count * batch.length);
    const end = new Float32Array(batch.count * batch.length);
    let recreated = false;
    for (let done = 0; done < batch.count; ) {
      throwIfAborted(signal);
      const runs = planRuns(this.#buckets, this.#usable, batch.count - done, batch.length);
      if (!runs) throw this.#tooLong(batch.length);
      const first = runs[0];
      const native = this.#open();
      try {
        const rows = rowsOf(batch, done + first.from, done + first.to);
        const logits = await native.run(first.bucket, rows, this.#graphs);
        start.set(logits.start, done * batch.length);
        end.set(logits.end, done * batch.length);
        done += rows.count;
      } catch (e) {
        const error = fromNative(
          e,
          'EngineRun',
          t('TensorRT failed on {0} windows of {1} pieces', batch.count, batch.length),
        );
        if (error.code === 'OutOfMemory' && this.#drop(first)) continue;
        if (error.code !== 'EngineRun' || recreated || !this.#native) throw error;
        // The device was lost or the driver reset: retry once with everything created again, by this call or by the one
        // that ran beside it.
        recreated = true;
        if (this.#native === native) await this.#recreate(error);
      }
    }
    return { start, end };
  }

  /** GPU time of a bucket: milliseconds of each run. @throws AskBertError EngineRun */
  async measure(bucket: Bucket, graph: boolean, warmUps: number, runs: number): Promise<Float32Array> {
    const index = this.#buckets.findIndex((b) => b.batch === bucket.batch && b.length === bucket.length);
    try {
      return await this.#open().measure(index, graph, warmUps, runs);
    } catch (e) {
      throw fromNative(e, 'EngineRun', t('The measurement failed'));
    }
  }

  async close(): Promise<void> {
    this.#native?.close();
    this.#native = undefined;
  }

  #open(): NativeEngine {
    if (!this.#native) throw new AskBertError('EngineRun', t('The TensorRT engine was closed.'));
    return this.#native;
  }

  /** Disables buckets as large as the one that ran out of memory. False: there is no smaller one. */
  #drop({ bucket }: Run): boolean {
    const size = this.#buckets[bucket].activationBytes;
    const rest = this.#usable.filter((i) => this.#buckets[i].activationBytes < size);
    if (rest.length === 0) return false;
    this.#usable = rest;
    return true;
  }

  async #recreate(cause: AskBertError): Promise<void> {
    this.#recreating ??= this.#loadAgain().finally(() => {
      this.#recreating = undefined;
    });
    try {
      await this.#recreating;
    } catch {
      throw cause;
    }
  }

  async #loadAgain(): Promise<void> {
    this.#native?.close();
    const native = await this.#reload();
    // Closed meanwhile.
    if (this.#native) this.#native = native;
    else native.close();
  }

  /** A wrong id would read other memory on the device. */
  #check({ inputIds, segmentIds }: WindowBatch): void {
    const { vocabularySize, segmentTypes } = this.config;
    for (let i = 0; i < inputIds.length; i++) {
      if (inputIds[i] >= 0 && inputIds[i] < vocabularySize && segmentIds[i] >= 0 && segmentIds[i] < segmentTypes)
        continue;
      throw new AskBertError(
        'EngineRun',
        t('Piece {0} of a batch has the id {1} and the segment {2}.', i, inputIds[i], segmentIds[i]),
      );
    }
  }

  #tooLong(length: number): AskBertError {
    const longest = largest(this.#usable.map((i) => this.#buckets[i].length));
    return new AskBertError('EngineRun', t('A window has {0} pieces; the engine takes {1}.', length, longest));
  }
}

/**
 * A plan on its device; a stripped one gets its weights from the model's folder, whose weights may have been closed by
 * now.
 */
async function loaded(
  addon: NativeAddon,
  plan: Uint8Array,
  config: ModelConfig,
  options: PlanOptions & { device: number },
): Promise<NativeEngine> {
  const { device, precision, ranges, buckets, tuning, signal } = options;
  if (!tuning?.strip) return addon.loadEngine(plan, device);
  const weights = new ModelWeights(config);
  try {
    const request = { precision, ranges, buckets, device, tuning };
    const builder = await filledBuilder(addon, weights, request, () => signal?.aborted ?? false);
    return await builder.load(plan);
  } finally {
    weights.close();
  }
}

function rowsOf(batch: WindowBatch, from: number, to: number): WindowBatch {
  const { length } = batch;
  return {
    count: to - from,
    length,
    inputIds: batch.inputIds.subarray(from * length, to * length),
    segmentIds: batch.segmentIds.subarray(from * length, to * length),
    lengths: batch.lengths.subarray(from, to),
  };
}
