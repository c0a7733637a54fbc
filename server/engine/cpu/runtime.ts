/** Loads ONNX Runtime's Node binding, and tells what its 8-bit arithmetic is worth on this processor. */
import './no-telemetry.js';
import type * as Ort from 'onnxruntime-node';
import { loadFailure } from './load-failure.js';
import { OnnxGraph } from './onnx-writer.js';

/** @throws AskBertError LibraryMissing that names what was required and found */
export function loadOnnxRuntime(): typeof Ort {
  try {
    return require('onnxruntime-node') as typeof Ort;
  } catch (e) {
    throw loadFailure(e);
  }
}

/**
 * Whether unsigned x signed 8-bit products are added exactly. Processors without VNNI (or Arm's dot product) add pairs
 * in 16 bits and saturate, which costs accuracy; there the 8-bit engine is not chosen by itself.
 */
export async function int8IsExact(ort: typeof Ort): Promise<boolean> {
  const depth = 64;
  const graph = new OnnxGraph();
  const a = graph.input('a', 'uint8', [1, depth]);
  const b = graph.constant('b', 'int8', [depth, 16], new Int8Array(depth * 16).fill(127));
  graph.node('MatMulInteger', [a, b], { outputs: ['product'] });
  graph.output('product', 'int32', [1, 16]);
  const session = await ort.InferenceSession.create(graph.finish().model, { intraOpNumThreads: 1 });
  try {
    const { product } = await session.run({ a: new ort.Tensor('uint8', new Uint8Array(depth).fill(255), [1, depth]) });
    return (product.data as Int32Array).every((v) => v === depth * 255 * 127);
  } finally {
    await session.release();
  }
}
