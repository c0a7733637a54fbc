/**
 * The CPU engine: ONNX Runtime on a graph made from the model's weights.
 * `onnxruntime-node` runs on the calling thread, so this engine lives in a worker (or in the CLI).
 */
import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import path from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { version } from '../../../package.json';
import { AskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import type { ModelWeights } from '../../model/weights.js';
import type { EngineDetails } from '../../protocol.js';
import type { Engine, Logits, WindowBatch } from '../engine.js';
import { keepMappedWeights, mappedWeightsName } from '../mapped-weights.js';
import { collectGarbage } from './garbage.js';
import { buildGraph, type CpuPrecision } from './graph.js';
import { inputsOf, loadOnnxRuntime } from './runtime.js';
import { threadsOf } from './threads.js';

export interface CpuEngineOptions {
  precision: CpuPrecision;
  /** See {@link threadsOf}. */
  threads: number;
  /** Where the weights are kept as a file that all processes map. Missing: each has its own copy. */
  cacheFolder?: string | undefined;
}

/**
 * Windows per run. In FP32 a few windows share the reading of the weights; in 8-bit every window runs alone,
 * since ONNX Runtime takes the range of activations over the whole batch and a window's logits would depend on its
 * neighbours.
 */
const windowsPerBatch: Record<CpuPrecision, number> = { fp32: 4, int8: 1 };

export class CpuEngine implements Engine {
  readonly info: EngineDetails;
  readonly batchPieces: number;
  readonly #windowsAtOnce: number;
  #session: Ort.InferenceSession | undefined;
  readonly #ort: typeof Ort;

  private constructor(ort: typeof Ort, session: Ort.InferenceSession, config: ModelConfig, info: EngineDetails) {
    this.#ort = ort;
    this.#session = session;
    this.info = info;
    this.#windowsAtOnce = windowsPerBatch[info.precision as CpuPrecision];
    this.batchPieces = this.#windowsAtOnce * config.maxSequenceLength;
  }

  /** Builds the graph and loads it. @throws AskBertError LibraryMissing, EngineBuild, OutOfMemory */
  static async create(weights: ModelWeights, options: CpuEngineOptions): Promise<CpuEngine> {
    const began = performance.now();
    const ort = loadOnnxRuntime();
    const threads = threadsOf(options.threads);
    let session: Ort.InferenceSession;
    try {
      const created = await createSession(ort, weights, options, threads);
      session = created.session;
      if (created.copied) collectGarbage();
    } catch (e) {
      if (e instanceof AskBertError) throw e;
      throw failure('EngineBuild', t('The CPU engine cannot load the model {0}', weights.config.name), e);
    }
    return new CpuEngine(ort, session, weights.config, {
      name: 'cpu',
      device: cpus()[0]?.model.trim() || process.arch,
      model: weights.config.name,
      precision: options.precision,
      library: 'ONNX Runtime',
      libraryVersion: ort.env.versions.node ?? ort.env.versions.common,
      threads,
      loadMs: performance.now() - began,
    });
  }

  async run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    const { count, length, lengths } = batch;
    const start = new Float32Array(count * length);
    const end = new Float32Array(count * length);
    // Rows of one length run together, without padding: the graph needs no mask, and no work is wasted.
    for (let row = 0; row < count; ) {
      let next = row + 1;
      while (next < count && lengths[next] === lengths[row] && next - row < this.#windowsAtOnce) next++;
      throwIfAborted(signal);
      await this.#runRows(batch, row, next, start, end);
      row = next;
    }
    return { start, end };
  }

  /** Runs rows [from, to) of a batch, all of one length, and puts their logits where they belong. */
  async #runRows(batch: WindowBatch, from: number, to: number, start: Float32Array, end: Float32Array): Promise<void> {
    if (!this.#session) throw new AskBertError('EngineRun', t('The CPU engine was closed.'));
    const rows = to - from;
    const length = batch.lengths[from];
    const packed = (values: Int32Array): Int32Array => {
      const out = new Int32Array(rows * length);
      for (let r = 0; r < rows; r++) {
        const at = (from + r) * batch.length;
        out.set(values.subarray(at, at + length), r * length);
      }
      return out;
    };
    try {
      const inputs = inputsOf(this.#ort, packed(batch.inputIds), packed(batch.segmentIds), length);
      const out = await this.#session.run(inputs);
      for (const [name, into] of [
        ['start', start],
        ['end', end],
      ] as const) {
        const data = out[name].data as Float32Array;
        for (let r = 0; r < rows; r++) into.set(data.subarray(r * length, (r + 1) * length), (from + r) * batch.length);
        out[name].dispose();
      }
    } catch (e) {
      throw failure('EngineRun', t('The CPU engine failed on {0} windows of {1} pieces', rows, length), e);
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

/**
 * The session, and whether copies of the weights were made for it.
 * @throws what ONNX Runtime throws
 */
async function createSession(
  ort: typeof Ort,
  weights: ModelWeights,
  { precision, cacheFolder }: CpuEngineOptions,
  threads: number,
): Promise<{ session: Ort.InferenceSession; copied: boolean }> {
  const name = mappedWeightsName(version, weights.config.folder, precision);
  const { model, size, external } = buildGraph(weights, precision, name);
  let made: Uint8Array | undefined;
  let copied = false;
  const make = () => {
    copied = true;
    made ??= external();
    return made;
  };
  const create = (data: Partial<Ort.InferenceSession.SessionOptions>, session: Record<string, string> = {}) =>
    ort.InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // The graph is already fused; higher levels would reintroduce SkipLayerNormalization.
      graphOptimizationLevel: 'basic',
      // Threads that spin after the last run would keep the editor's machine busy for nothing.
      extra: { session: { force_spinning_stop: '1', ...session } },
      ...data,
    });
  // The model says how each tensor is arranged.
  const source = `${weights.stamp} ${createHash('sha256').update(model).digest('hex')}`;
  if (cacheFolder !== undefined && keepMappedWeights(cacheFolder, name, { size, source, make })) {
    made = undefined;
    try {
      const session = await create({}, { model_external_initializers_file_folder_path: path.resolve(cacheFolder) });
      return { session, copied };
    } catch {
      // The file cannot be mapped, or has just been removed: what is wrong with the model is found again below.
    }
  }
  return { session: await create({ externalData: [{ path: name, data: make() }] }), copied };
}

/** An error of ONNX Runtime. */
export function failure(code: 'EngineBuild' | 'EngineRun', what: string, cause: unknown): AskBertError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|failed to allocate|out of memory|allocation failed/i.test(detail)) {
    return new AskBertError(
      'OutOfMemory',
      `${what}: ${detail}`,
      t('Close other programs, or choose a smaller model.'),
      { cause },
    );
  }
  return new AskBertError(code, `${what}: ${detail}`, undefined, { cause });
}
