/** Weights of a Hugging Face folder, model.safetensors, as a source: F32, F16 or BF16, or 8-bit rows with scales. */
import { t } from '../../l10n.js';
import { SafetensorsFile, type TensorEntry } from '../safetensors.js';
import { dequantise } from '../weights.js';
import { invalid } from './fault.js';
import { decodeFloats, type FloatType } from './floats.js';
import type { ImportedTensor, ImportedTensors } from './imported.js';
import { torchTarget } from './torch-names.js';

const floatTypes: Readonly<Partial<Record<TensorEntry['type'], FloatType>>> = {
  F64: 'F64',
  F32: 'F32',
  F16: 'F16',
  BF16: 'BF16',
};

/** @throws AskBertError ModelInvalid naming file and tensor */
export function openHuggingFace(path: string): ImportedTensors {
  const file = new SafetensorsFile(path);
  const tensors = new Map<string, ImportedTensor>();
  const skipped: string[] = [];
  for (const entry of file.tensors.values()) {
    const target = torchTarget(entry.name);
    if (!target) skipped.push(entry.name);
    else if (tensors.has(target)) {
      file.close();
      throw invalid(path, t('holds {0} under two names', target));
    } else tensors.set(target, { source: entry.name, shape: entry.shape, read: () => read(file, entry) });
  }
  return { file: path, format: 'safetensors', tensors, skipped, close: () => file.close() };
}

function read(file: SafetensorsFile, entry: TensorEntry): Float32Array {
  const type = floatTypes[entry.type];
  if (type) return decodeFloats(file.read(entry), type);
  const scale = file.tensors.get(`${entry.name}_scale`);
  if (entry.type !== 'I8' || scale?.type !== 'F32' || scale.shape.join() !== `${entry.shape[0]}`) {
    throw invalid(
      file.path,
      t('holds tensor {0} as {1}, expected F32, F16, BF16 or I8 with a scale for each row', entry.name, entry.type),
    );
  }
  return dequantise({
    values: new Int8Array(file.read(entry).buffer),
    scales: new Float32Array(file.read(scale).buffer),
  });
}
