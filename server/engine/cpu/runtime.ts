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
