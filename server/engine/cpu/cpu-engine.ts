/**
 * The CPU engine: ONNX Runtime on a graph made from the model's weights.
 * `onnxruntime-node` runs on the calling thread, so this engine lives in a worker (or in the CLI).
 */
import { availableParallelism, cpus } from 'node:os';
import type * as Ort from 'onnxruntime-node';
import { AskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import type { ModelWeights } from '../../model/weights.js';
import type { EngineDetails } from '../../protocol.js';
import type { Engine, Logits, WindowBatch } from '../engine.js';
import { buildGraph, type CpuPrecision } from './graph.js';
import { externalDataPath } from './onnx-writer.js';
import { loadOnnxRuntime } from './runtime.js';

export interface CpuEngineOptions {
  precision: CpuPrecision;
  /** 0: as many as this process may use, 8 at most (more gain little and starve the editor). */
  threads: number;
}

/**
 * Windows that one run holds. In FP32 a few windows share the reading of the weights; in 8-bit every window runs alone,
 * since ONNX Runtime takes the range of activations over the whole batch and a window's logits would depend on its neighbours.
 */
const windowsPerBatch: Record<CpuPrecision, number> = { fp32: 4, int8: 1 };

export class CpuEngine implements Engine {
  readonly info: EngineDetails;
  readonly batchPieces: number;
  #session: Ort.InferenceSession | undefined;
  readonly #ort: typeof Ort;

  private constructor(ort: typeof Ort, session: Ort.InferenceSession, config: ModelConfig, info: EngineDetails) {
    this.#ort = ort;
    this.#session = session;
    this.info = info;
    this.batchPieces = windowsPerBatch[info.precision as CpuPrecision] * config.maxSequenceLength;
  }

  /** Builds the graph and loads it. @throws AskBertError LibraryMissing, EngineBuild, OutOfMemory */
  static async create(weights: ModelWeights, options: CpuEngineOptions): Promise<CpuEngine> {
    const began = performance.now();
    const ort = loadOnnxRuntime();
    const threads = options.threads || Math.min(8, availableParallelism());
    let session: Ort.InferenceSession;
    try {
      const { model, external } = buildGraph(weights, options.precision);
      session = await ort.InferenceSession.create(model, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        externalData: [{ path: externalDataPath, data: external }],
        // Threads that spin after the last run would keep the editor's machine busy for nothing.
        extra: { session: { force_spinning_stop: '1' } },
      });
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
    throwIfAborted(signal);
    if (!this.#session) throw new AskBertError('EngineRun', t('The CPU engine was closed.'));
    const { Tensor } = this.#ort;
    const { count, length } = batch;
    try {
      const out = await this.#session.run({
        input_ids: new Tensor('int32', batch.inputIds, [count, length]),
        segment_ids: new Tensor('int32', batch.segmentIds, [count, length]),
        position_ids: new Tensor(
          'int32',
          Int32Array.from({ length }, (_, i) => i),
          [length],
        ),
        lengths: new Tensor('int32', batch.lengths, [count]),
      });
      const logits = { start: out.start.data as Float32Array, end: out.end.data as Float32Array };
      out.start.dispose();
      out.end.dispose();
      return logits;
    } catch (e) {
      throw failure('EngineRun', t('The CPU engine failed on {0} windows of {1} pieces', count, length), e);
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

function failure(code: 'EngineBuild' | 'EngineRun', what: string, cause: unknown): AskBertError {
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
