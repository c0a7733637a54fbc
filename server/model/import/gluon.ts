/**
 * Parameters of gluon-nlp's BERT (.params, as MXNet's Block.save_parameters writes them): a list of arrays, then their
 * names (NDArray::Save in apache/mxnet, src/ndarray/ndarray.cc). The format has no checksums: sizes and places are
 * checked, the values cannot be. Names: gluon-nlp 0.x, BERTModel inside BertForQA (scripts/bert/model/qa.py).
 */
import { t } from '../../l10n.js';
import { ByteFile } from './byte-file.js';
import { invalid, shown } from './fault.js';
import { decodeFloats, type FloatType, floatBytes } from './floats.js';
import type { ImportedTensor, ImportedTensors } from './imported.js';

/** kMXAPINDArrayListMagic. */
const LIST_MAGIC = 0x112;
/** An array with its storage type; the same with NumPy shapes. */
const ARRAY_V2 = 0xf993fac9;
const ARRAY_V3 = 0xf993faca;
const MAX_ARRAYS = 100_000;
const MAX_NAME_BYTES = 4096;

/** mshadow's type flags: floating point, and the widths of the others, which are skipped. */
const floatFlags: Readonly<Record<number, FloatType>> = { 0: 'F32', 1: 'F64', 2: 'F16', 12: 'BF16' };
const otherWidths: Readonly<Record<number, number>> = { 3: 1, 4: 4, 5: 1, 6: 8, 7: 1 };

interface Place {
  flag: number;
  shape: number[];
  position: number;
  bytes: number;
}

/** Whether a file begins like an MXNet list of arrays. */
export function isGluon(file: ByteFile): boolean {
  if (file.size < 24) return false;
  const head = Buffer.from(file.read(0, 16, t('the first bytes')).buffer);
  return head.readBigUInt64LE() === BigInt(LIST_MAGIC) && head.readBigUInt64LE(8) === 0n;
}

/** Reads names and offsets. @throws AskBertError ModelInvalid naming file and tensor */
export function openGluon(path: string): ImportedTensors {
  const file = new ByteFile(path);
  try {
    const { tensors, skipped } = new List(file).weights();
    return { file: path, format: 'gluon-nlp', tensors, skipped, close: () => file.close() };
  } catch (e) {
    file.close();
    throw e;
  }
}

class List {
  #at = 16;
  constructor(readonly file: ByteFile) {}

  weights(): { tensors: Map<string, ImportedTensor>; skipped: string[] } {
    const count = this.#count(t('the number of arrays'), MAX_ARRAYS);
    const places: Place[] = [];
    for (let i = 0; i < count; i++) places.push(this.#array(i));
    const names = this.#count(t('the number of names'), MAX_ARRAYS);
    if (names !== count) throw invalid(this.file.path, t('has {0} arrays and {1} names', count, names));
    const tensors = new Map<string, ImportedTensor>();
    const skipped: string[] = [];
    for (const place of places) {
      const length = this.#count(t('the length of a name'), MAX_NAME_BYTES);
      const name = this.#take(length, t('a name')).toString('utf8');
      const target = gluonTarget(name);
      if (!target) {
        skipped.push(name);
        continue;
      }
      const twin = tensors.get(target);
      if (twin)
        throw invalid(this.file.path, t('holds both {0} and {1}, which are the same tensor', twin.source, name));
      tensors.set(target, { source: name, shape: place.shape, read: () => this.#read(name, place) });
    }
    if (this.#at !== this.file.size) {
      throw invalid(this.file.path, t('has {0} bytes after its last name', this.file.size - this.#at));
    }
    if (tensors.size === 0) {
      throw invalid(
        this.file.path,
        t('holds no arrays with the names of gluon-nlp’s BERT (bert.word_embed.0.weight ...)'),
        t('Import what BertForQA.save_parameters wrote.'),
      );
    }
    return { tensors, skipped };
  }

  #array(index: number): Place {
    const what = t('array {0}', index);
    const head = this.#take(12, what);
    const magic = head.readUInt32LE();
    if (magic !== ARRAY_V2 && magic !== ARRAY_V3) {
      throw invalid(
        this.file.path,
        t('has an array {0} of the unknown version 0x{1}', index, magic.toString(16)),
        t('Load it with MXNet 1.5 or newer and save it again.'),
      );
    }
    if (head.readInt32LE(4) !== 0)
      throw invalid(this.file.path, t('has a sparse array {0}, expected dense ones', index));
    const rank = head.readInt32LE(8);
    // Uninitialised arrays are written without data.
    if (rank < 0 || rank > 32 || (rank === 0 && magic === ARRAY_V2)) {
      throw invalid(this.file.path, t('has an array {0} with {1} dimensions', index, rank));
    }
    const sizes = this.#take(8 * rank, what);
    const shape = Array.from({ length: rank }, (_, i) => Number(sizes.readBigInt64LE(8 * i)));
    // The device that it was on, then the type.
    const flag = this.#take(12, what).readInt32LE(8);
    const width = floatFlags[flag] ? floatBytes[floatFlags[flag]] : otherWidths[flag];
    const bytes = shape.reduce((n, d) => (d >= 0 ? n * d : Number.NaN), width ?? Number.NaN);
    if (!Number.isSafeInteger(bytes)) {
      throw invalid(this.file.path, t('has an array {0} of type {1} and shape {2}', index, flag, shown(shape)));
    }
    this.file.check(this.#at, bytes, what);
    this.#at += bytes;
    return { flag, shape, position: this.#at - bytes, bytes };
  }

  #read(name: string, { flag, position, bytes }: Place): Float32Array {
    const type = floatFlags[flag];
    if (!type) {
      throw invalid(this.file.path, t('holds tensor {0} as type {1}, expected floating point', name, flag));
    }
    return decodeFloats(this.file.read(position, bytes, t('tensor {0}', name)), type);
  }

  #count(what: string, most: number): number {
    const value = this.#take(8, what).readBigUInt64LE();
    if (value > BigInt(most))
      throw invalid(this.file.path, t('states {0} as {1}, more than {2}', what, `${value}`, most));
    return Number(value);
  }

  #take(length: number, what: string): Buffer {
    const bytes = Buffer.from(this.file.read(this.#at, length, what).buffer);
    this.#at += length;
    return bytes;
  }
}

const fixed: Readonly<Record<string, string>> = {
  'bert.word_embed.0.weight': 'bert.embeddings.word_embeddings.weight',
  'bert.encoder.position_weight': 'bert.embeddings.position_embeddings.weight',
  'bert.token_type_embed.0.weight': 'bert.embeddings.token_type_embeddings.weight',
  'bert.encoder.layer_norm.gamma': 'bert.embeddings.LayerNorm.weight',
  'bert.encoder.layer_norm.beta': 'bert.embeddings.LayerNorm.bias',
  'span_classifier.weight': 'qa_outputs.weight',
  'span_classifier.bias': 'qa_outputs.bias',
};
const cell = /^bert\.encoder\.transformer_cells\.(0|[1-9]\d{0,2})\.(.+)\.(weight|bias|gamma|beta)$/;
const dense: Readonly<Record<string, string>> = {
  'attention_cell.proj_query': 'attention.self.query',
  'attention_cell.proj_key': 'attention.self.key',
  'attention_cell.proj_value': 'attention.self.value',
  proj: 'attention.output.dense',
  'ffn.ffn_1': 'intermediate.dense',
  'ffn.ffn_2': 'output.dense',
};
const norms: Readonly<Record<string, string>> = {
  layer_norm: 'attention.output.LayerNorm',
  'ffn.layer_norm': 'output.LayerNorm',
};

/** Hugging Face's name of a parameter; undefined when it is not needed. Dense weights are (out, in) in both. */
export function gluonTarget(name: string): string | undefined {
  if (Object.hasOwn(fixed, name)) return fixed[name];
  const [, number, part, kind] = cell.exec(name) ?? [];
  const parts = kind === 'weight' || kind === 'bias' ? dense : norms;
  if (part === undefined || !Object.hasOwn(parts, part)) return undefined;
  return `bert.encoder.layer.${number}.${parts[part]}.${kind === 'weight' || kind === 'gamma' ? 'weight' : 'bias'}`;
}
