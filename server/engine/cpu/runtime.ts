/** Loads ONNX Runtime's Node binding. */
import './no-telemetry.js';
import type * as Ort from 'onnxruntime-node';
import { loadFailure } from './load-failure.js';

/** @throws AskBertError LibraryMissing that names what was required and found */
export function loadOnnxRuntime(): typeof Ort {
  try {
    return require('onnxruntime-node') as typeof Ort;
  } catch (e) {
    throw loadFailure(e);
  }
}

/** The inputs of a graph: rows of `length` pieces without padding, [rows, length] ids. */
export function inputsOf({ Tensor }: typeof Ort, inputIds: Int32Array, segmentIds: Int32Array, length: number) {
  const shape = [inputIds.length / length, length];
  const positions = Int32Array.from({ length }, (_, i) => i);
  return {
    input_ids: new Tensor('int32', inputIds, shape),
    segment_ids: new Tensor('int32', segmentIds, shape),
    position_ids: new Tensor('int32', positions, [length]),
  };
}
