/**
 * The weights of a question-answering model under the names of BERT's tensors in Hugging Face's layout, whatever its
 * family calls them, every tensor checked against the configuration before any is used. Storage may be F32, F16 or
 * BF16, or 8-bit rows with a scale each: `<name>` I8 [rows, columns] and `<name><suffix>` F32 [rows], weight =
 * value * scale of its row.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { ModelConfig, NetworkShape } from './config.js';
import { familyOfNetwork } from './families/families.js';
import { storedName } from './families/family.js';
import { SafetensorsFile, type TensorEntry } from './safetensors.js';

/** 8-bit rows: [rows, columns] values and [rows] scales. */
export interface Int8Rows {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Shapes of every tensor that the engines read, PyTorch's (out, in) for matrices. */
export function expectedTensors(c: NetworkShape): Map<string, number[]> {
  const h = c.hiddenSize;
  const e = c.embeddingSize ?? h;
  const shapes = new Map<string, number[]>([
    ['bert.embeddings.word_embeddings.weight', [c.vocabularySize, e]],
    ['bert.embeddings.position_embeddings.weight', [c.positions, e]],
    ['bert.embeddings.token_type_embeddings.weight', [c.segmentTypes, e]],
    ['bert.embeddings.LayerNorm.weight', [e]],
    ['bert.embeddings.LayerNorm.bias', [e]],
    ['qa_outputs.weight', [2, h]],
    ['qa_outputs.bias', [2]],
  ]);
  if (c.embeddingSize !== undefined) {
    shapes.set('bert.embeddings_project.weight', [h, e]).set('bert.embeddings_project.bias', [h]);
  }
  for (let layer = 0; layer < c.layers; layer++) {
    const p = `bert.encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) {
      shapes.set(`${p}.attention.self.${part}.weight`, [h, h]).set(`${p}.attention.self.${part}.bias`, [h]);
    }
    shapes.set(`${p}.attention.output.dense.weight`, [h, h]).set(`${p}.attention.output.dense.bias`, [h]);
    shapes.set(`${p}.intermediate.dense.weight`, [c.intermediateSize, h]);
    shapes.set(`${p}.intermediate.dense.bias`, [c.intermediateSize]);
    shapes.set(`${p}.output.dense.weight`, [h, c.intermediateSize]).set(`${p}.output.dense.bias`, [h]);
    for (const norm of [`${p}.attention.output.LayerNorm`, `${p}.output.LayerNorm`]) {
      shapes.set(`${norm}.weight`, [h]).set(`${norm}.bias`, [h]);
    }
  }
  return shapes;
}

/** Names and shapes of every tensor in a file of the model's family. */
export function storedTensors(c: NetworkShape): Map<string, number[]> {
  const family = familyOfNetwork(c);
  const found = new Map<string, number[]>();
  for (const [standard, shape] of expectedTensors(c)) {
    const name = storedName(family, standard);
    if (name !== undefined) found.set(name, storedShape(c, standard, shape));
  }
  return found;
}

const POSITIONS = 'bert.embeddings.position_embeddings.weight';

/** The stored table of positions may have rows that no piece has. */
const storedShape = ({ firstPosition = 0 }: NetworkShape, name: string, shape: number[]): number[] =>
  name === POSITIONS ? [shape[0] + firstPosition, shape[1]] : shape;

export class ModelWeights {
  readonly #file: SafetensorsFile;
  readonly #entries = new Map<string, TensorEntry>();
  readonly #scales = new Map<string, TensorEntry>();
  readonly #shapes: ReadonlyMap<string, number[]>;

  /** Opens and checks `model.safetensors`. @throws AskBertError ModelInvalid naming the file and the tensor */
  constructor(readonly config: ModelConfig) {
    this.#shapes = expectedTensors(config);
    const file = path.join(config.folder, 'model.safetensors');
    if (!existsSync(file) && existsSync(`${file}.index.json`)) {
      throw this.#invalid(
        file,
        t('is missing; the folder holds weights split across several files, which cannot be read'),
      );
    }
    this.#file = new SafetensorsFile(file);
    try {
      this.#check();
    } catch (e) {
      this.close();
      throw e;
    }
  }

  /** Storage type of the encoder's matrices, e.g. "F32" or "I8". */
  get storage(): string {
    return this.#entries.get('bert.encoder.layer.0.output.dense.weight')!.type;
  }

  /** A tensor as 32-bit floats, row-major, converted from its storage type; zeros if the family does not have it. */
  float(name: string): Float32Array<ArrayBuffer> {
    const stored = this.#stored(name);
    const unused = name === POSITIONS ? (this.config.firstPosition ?? 0) * this.shape(name)[1] : 0;
    return unused === 0 ? stored : stored.slice(unused);
  }

  #stored(name: string): Float32Array<ArrayBuffer> {
    const entry = this.#entries.get(name);
    if (!entry) return new Float32Array(this.shape(name).reduce((a, b) => a * b, 1));
    const bytes = this.#file.read(entry);
    switch (entry.type) {
      case 'F32':
        return new Float32Array(bytes.buffer);
      case 'F16':
        return halfToFloat(new Uint16Array(bytes.buffer));
      case 'BF16':
        return bfloat16ToFloat(new Uint16Array(bytes.buffer));
      default:
        return dequantise({ values: new Int8Array(bytes.buffer), scales: this.#scaleOf(name) });
    }
  }

  /** Of a tensor, PyTorch's (out, in) for matrices. */
  shape(name: string): number[] {
    return this.#shapes.get(name)!;
  }

  /** Changes with the file: its size and times, also the one that no program can set. */
  get stamp(): string {
    const { size, mtimeMs, ctimeMs } = this.#file.stats;
    return `${size} ${mtimeMs} ${ctimeMs}`;
  }

  isInt8(name: string): boolean {
    return this.#entries.get(name)?.type === 'I8';
  }

  /** A matrix as 8-bit rows if the file stores it that way, otherwise undefined. */
  int8(name: string): Int8Rows | undefined {
    if (!this.isInt8(name)) return undefined;
    return { values: new Int8Array(this.#file.read(this.#entries.get(name)!).buffer), scales: this.#scaleOf(name) };
  }

  close(): void {
    this.#file.close();
  }

  #scaleOf(name: string): Float32Array {
    return new Float32Array(this.#file.read(this.#scales.get(name)!).buffer);
  }

  #check(): void {
    const { config } = this;
    const found = new Map(this.#file.tensors);
    const family = familyOfNetwork(config);
    for (const [standard, expected] of this.#shapes) {
      const shape = storedShape(config, standard, expected);
      const name = storedName(family, standard);
      if (name === undefined) continue;
      const entry = found.get(name) ?? found.get(oldName(name));
      if (!entry) {
        throw this.#invalid(this.#file.path, t('lacks the tensor {0} [{1}]', name, shape.join(', ')));
      }
      found.delete(entry.name);
      if (entry.shape.join() !== shape.join()) {
        const want = shape.join(', ');
        throw this.#invalid(
          this.#file.path,
          t('tensor {0} has the shape [{1}], config.json asks for [{2}]', entry.name, entry.shape.join(', '), want),
        );
      }
      const scale = config.scaleSuffix === undefined ? undefined : found.get(name + config.scaleSuffix);
      if (entry.type === 'I8' && scale) {
        if (shape.length !== 2 || scale.type !== 'F32' || scale.shape.join() !== `${shape[0]}`) {
          throw this.#invalid(this.#file.path, t('tensor {0} must be F32 [{1}]', scale.name, shape[0]));
        }
        this.#scales.set(standard, scale);
        found.delete(scale.name);
      } else if (!['F32', 'F16', 'BF16'].includes(entry.type)) {
        throw this.#invalid(
          this.#file.path,
          t('tensor {0} has the type {1}, expected F32, F16, BF16 or I8 with a scale for each row', name, entry.type),
        );
      }
      this.#entries.set(standard, entry);
    }
    const prefix = family.names[0][1];
    for (const name of found.keys()) {
      if ((name.startsWith(prefix) || name.startsWith('qa_outputs.')) && !family.unused.test(name)) {
        throw this.#invalid(this.#file.path, t('holds the tensor {0}, which config.json does not describe', name));
      }
    }
  }

  #invalid(file: string, fault: string): AskBertError {
    return new AskBertError(
      'ModelInvalid',
      t('The weights file {0} {1}.', file, fault),
      t('Check that config.json and model.safetensors belong to the same question-answering model.'),
    );
  }
}

/** Checkpoints converted from TensorFlow long ago keep its names of LayerNorm's two vectors. */
const oldName = (name: string): string =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');

/** IEEE half to single, bit by bit. */
export function halfToFloat(half: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(half.length);
  for (let i = 0; i < half.length; i++) {
    const h = half[i];
    const exponent = (h >> 10) & 31;
    const fraction = h & 1023;
    const magnitude =
      exponent === 31
        ? fraction
          ? NaN
          : Infinity
        : exponent === 0
          ? fraction * 2 ** -24
          : (1024 + fraction) * 2 ** (exponent - 25);
    out[i] = h & 0x8000 ? -magnitude : magnitude;
  }
  return out;
}

/** bfloat16 is the upper half of a single. */
export function bfloat16ToFloat(half: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(half.length);
  for (let i = 0; i < half.length; i++) bits[i] = half[i] << 16;
  return new Float32Array(bits.buffer);
}

/** value * scale of its row, in single precision. */
export function dequantise({ values, scales }: Int8Rows): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  const columns = values.length / scales.length;
  for (let r = 0, i = 0; r < scales.length; r++) {
    const scale = scales[r];
    for (const end = i + columns; i < end; i++) out[i] = values[i] * scale;
  }
  return out;
}

/** Symmetric 8-bit rows of a [rows, columns] matrix: scale = largest magnitude / 127. */
export function quantise(weights: Float32Array, rows: number): Int8Rows {
  const columns = weights.length / rows;
  const values = new Int8Array(weights.length);
  const scales = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let max = 0;
    for (let i = r * columns; i < (r + 1) * columns; i++) max = Math.max(max, Math.abs(weights[i]));
    const scale = Math.fround(max / 127) || 1;
    scales[r] = scale;
    for (let i = r * columns; i < (r + 1) * columns; i++) values[i] = Math.round(weights[i] / scale);
  }
  return { values, scales };
}
