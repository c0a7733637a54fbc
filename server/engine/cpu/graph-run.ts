/** Runs a graph of calibration-graphs.ts on ONNX Runtime, one window at a time, and gives any of its outputs. */
import type * as Ort from 'onnxruntime-node';
import { t } from '../../l10n.js';
import type { WindowBatch } from '../engine.js';
import { failure } from './cpu-engine.js';
import type { GraphBuilder } from './graph.js';
import { inputsOf, loadOnnxRuntime } from './runtime.js';
import { threadsOf } from './threads.js';

const LOCATION = 'weights';

export class GraphRun {
  private constructor(
    readonly ort: typeof Ort,
    readonly session: Ort.InferenceSession,
  ) {}

  /** @throws AskBertError LibraryMissing, EngineBuild, OutOfMemory */
  static async open(builder: GraphBuilder, threads: number): Promise<GraphRun> {
    const ort = loadOnnxRuntime();
    try {
      const { model, external } = builder.build(LOCATION);
      const session = await ort.InferenceSession.create(model, {
        intraOpNumThreads: threadsOf(threads),
        interOpNumThreads: 1,
        // No operator is replaced by one that rounds otherwise.
        graphOptimizationLevel: 'basic',
        externalData: [{ path: LOCATION, data: external() }],
      });
      return new GraphRun(ort, session);
    } catch (e) {
      throw failure('EngineBuild', t('The CPU engine cannot load the model {0}', builder.weights.config.name), e);
    }
  }

  /**
   * @param window a batch of one row without padding
   * @param read called with each output, whose data is only valid during the call
   * @throws AskBertError EngineRun, OutOfMemory
   */
  async run(
    { length, inputIds, segmentIds }: WindowBatch,
    outputs: readonly string[],
    read: (name: string, data: Float32Array) => void,
  ): Promise<void> {
    const inputs = inputsOf(this.ort, inputIds, segmentIds, length);
    let found: Ort.InferenceSession.OnnxValueMapType;
    try {
      found = await this.session.run(inputs, [...outputs]);
    } catch (e) {
      throw failure('EngineRun', t('The CPU engine failed on {0} windows of {1} pieces', 1, length), e);
    }
    for (const name of outputs) {
      const tensor = found[name] as Ort.Tensor;
      read(name, tensor.data as Float32Array);
      tensor.dispose();
    }
  }

  close(): Promise<void> {
    return this.session.release();
  }
}
