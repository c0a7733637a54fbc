/**
 * PyTorch checkpoints (.pt, .pth, .bin as torch.save writes them since 1.6: a zip file with data.pkl and one entry for
 * each storage; torch/serialization.py). The pickle is read as data: no class is instantiated, no function called.
 */
import { t } from '../../l10n.js';
import { ByteFile } from './byte-file.js';
import { invalid, shown } from './fault.js';
import { decodeFloats, type FloatType, floatBytes } from './floats.js';
import type { ImportedTensor, ImportedTensors } from './imported.js';
import { type PickleHost, PyTuple, readPickle } from './pickle.js';
import { torchTarget } from './torch-names.js';
import { ZipFile } from './zip.js';

/** A pickle holds names and shapes, not values: megabytes even with the state of an optimizer. */
const MAX_PICKLE_BYTES = 1 << 26;
/** Keys under which trainers keep the weights, and how deep they nest them. */
const weightKeys = ['model', 'state_dict', 'model_state_dict', 'module'];
const MAX_DEPTH = 4;

/** Types that a storage class stands for; undefined for those that are skipped. */
const storageTypes: Readonly<Record<string, FloatType | undefined>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: undefined,
  IntStorage: undefined,
  ShortStorage: undefined,
  CharStorage: undefined,
  ByteStorage: undefined,
  BoolStorage: undefined,
};

/** A name from the allow-list. */
class Global {
  constructor(readonly name: string) {}
}

class Storage {
  /**
   * @param kind name of the class, e.g. FloatStorage
   * @param key name of the zip entry under data/
   * @param length in values
   */
  constructor(
    readonly kind: string,
    readonly key: string,
    readonly length: number,
  ) {}
}

/** A view of a storage; offset and strides in values. */
class Tensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

/** Whether a file begins like PyTorch's current format. */
export const isTorch = (file: ByteFile): boolean => ZipFile.matches(file);

/** Why a file that is not a zip cannot be read: PyTorch's two old formats, by their first bytes. */
export function refuseOldTorch(file: ByteFile): void {
  const remedy = t('Load it with torch.load and save it again with torch.save of PyTorch 1.6 or newer.');
  const head = Buffer.from(file.read(0, Math.min(file.size, 262), t('the first bytes')).buffer);
  if (head.toString('latin1', 257) === 'ustar') {
    throw invalid(file.path, t('is in the tar format of PyTorch before 0.1.10'), remedy);
  }
  if (head[0] === 0x80 && head[1] >= 2 && head[1] <= 5) {
    throw invalid(file.path, t('is a pickle in the format of PyTorch before 1.6, expected a zip file'), remedy);
  }
}

/** Reads names and shapes of a checkpoint. @throws AskBertError ModelInvalid naming file and tensor */
export function openTorch(path: string): ImportedTensors {
  const file = new ByteFile(path);
  try {
    const archive = new TorchArchive(file);
    const { tensors, skipped } = archive.weights();
    return { file: path, format: 'PyTorch', tensors, skipped, close: () => file.close() };
  } catch (e) {
    file.close();
    throw e;
  }
}

class TorchArchive {
  readonly #zip: ZipFile;
  /** Folder of all entries, with its slash. */
  readonly #folder: string;
  readonly #bigEndian: boolean;

  constructor(readonly file: ByteFile) {
    this.#zip = new ZipFile(file);
    const pickles = [...this.#zip.entries.keys()].filter((n) => n === 'data.pkl' || /^[^/]+\/data\.pkl$/.test(n));
    if (pickles.length !== 1) throw invalid(file.path, t('is a zip file without the data.pkl of PyTorch'));
    this.#folder = pickles[0].slice(0, -'data.pkl'.length);
    if (this.#zip.entries.has(`${this.#folder}constants.pkl`)) {
      throw invalid(
        file.path,
        t('is a TorchScript program, expected a state dict'),
        t('Save the weights alone: torch.save(model.state_dict(), file).'),
      );
    }
    this.#bigEndian = this.#readByteOrder();
  }

  /** Every tensor of the state dict under its Hugging Face name. */
  weights(): { tensors: Map<string, ImportedTensor>; skipped: string[] } {
    const state = findState(this.#unpickle());
    const tensors = new Map<string, ImportedTensor>();
    const skipped: string[] = [];
    for (const [key, value] of state ?? []) {
      if (typeof key !== 'string') continue;
      const target = torchTarget(key);
      if (!target) {
        skipped.push(key);
        continue;
      }
      const twin = tensors.get(target);
      if (twin) throw invalid(this.file.path, t('holds both {0} and {1}, which are the same tensor', twin.source, key));
      if (!(value instanceof Tensor)) throw invalid(this.file.path, t('holds {0}, which is not a tensor', key));
      tensors.set(target, { source: key, shape: value.shape, read: () => this.#read(key, value) });
    }
    if (tensors.size === 0) {
      throw invalid(
        this.file.path,
        t('holds no tensors with the names of BERT (bert.embeddings.word_embeddings.weight ...)'),
        t('Import the checkpoint of a BERT model that was trained to answer questions.'),
      );
    }
    return { tensors, skipped };
  }

  #readByteOrder(): boolean {
    const entry = this.#zip.entries.get(`${this.#folder}byteorder`);
    // Before PyTorch 2.1 nothing was stated, and in practice only little-endian was written.
    if (!entry) return false;
    const order = Buffer.from(this.#zip.readPart(entry, 0, Math.min(entry.size, 16))).toString('latin1');
    if (order !== 'little' && order !== 'big') {
      throw invalid(this.file.path, t('states the byte order {0}, expected little or big', JSON.stringify(order)));
    }
    return order === 'big';
  }

  #unpickle(): unknown {
    const entry = this.#zip.entries.get(`${this.#folder}data.pkl`)!;
    if (entry.size > MAX_PICKLE_BYTES) {
      throw invalid(
        this.file.path,
        t('has a data.pkl of {0} bytes, expected at most {1}', entry.size, MAX_PICKLE_BYTES),
      );
    }
    const bytes = this.#zip.read(entry);
    try {
      return readPickle(bytes, host);
    } catch (e) {
      throw invalid(
        this.file.path,
        t('has a data.pkl that cannot be read: {0}', (e as Error).message),
        t(
          'Save the weights alone: torch.save(model.state_dict(), file). Do not load files whose origin you do not trust.',
        ),
        e,
      );
    }
  }

  #read(name: string, tensor: Tensor): Float32Array {
    const { storage, offset, shape, strides } = tensor;
    const type = storageTypes[storage.kind];
    if (!type) {
      throw invalid(
        this.file.path,
        t('holds tensor {0} as {1}, expected float, half, bfloat16 or double', name, storage.kind),
      );
    }
    const entry = this.#zip.entries.get(`${this.#folder}data/${storage.key}`);
    if (!entry) throw invalid(this.file.path, t('lacks the entry data/{0} of tensor {1}', storage.key, name));
    const width = floatBytes[type];
    if (entry.size !== storage.length * width) {
      throw invalid(
        this.file.path,
        t(
          'has {0} bytes in data/{1}, but its {2} values need {3}',
          entry.size,
          storage.key,
          storage.length,
          storage.length * width,
        ),
      );
    }
    const count = shape.reduce((n, d) => n * d, 1);
    if (count === 0) return new Float32Array(0);
    const reach = shape.reduce((n, d, i) => n + (d - 1) * strides[i], 1);
    // A view that repeats values could require any amount of memory; no weight does that.
    if (!(count <= storage.length && offset + reach <= storage.length)) {
      throw invalid(
        this.file.path,
        t(
          'has tensor {0} {1} with strides {2} from value {3} on, more than the {4} values of its storage',
          name,
          shown(shape),
          shown(strides),
          offset,
          storage.length,
        ),
      );
    }
    const span = decodeFloats(this.#zip.readPart(entry, offset * width, reach * width), type, this.#bigEndian);
    return isContiguous(shape, strides) ? span : gather(span, shape, strides, count);
  }
}

/** The first dict, from the outside in, that has tensors of BERT. */
function findState(root: unknown): Map<unknown, unknown> | undefined {
  let level = [root];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const dicts = level.filter((v): v is Map<unknown, unknown> => v instanceof Map);
    const state = dicts.find((d) => [...d.keys()].some((k) => typeof k === 'string' && torchTarget(k)));
    if (state) return state;
    level = dicts.flatMap((d) => weightKeys.map((k) => d.get(k)));
  }
  return undefined;
}

/** Strides of a dimension of length 1 are irrelevant. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

/** The values of a view in row-major order. */
function gather(span: Float32Array, shape: readonly number[], strides: readonly number[], count: number): Float32Array {
  const out = new Float32Array(count);
  const index = shape.map(() => 0);
  for (let i = 0, at = 0; i < count; i++) {
    out[i] = span[at];
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d];
      if (++index[d] < shape[d]) break;
      at -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

const isCount = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;
const counts = (v: unknown): number[] | undefined =>
  v instanceof PyTuple && v.items.length <= 8 && v.items.every(isCount) ? [...(v.items as number[])] : undefined;

/** The allow-list: names that a state dict needs, and their values. */
const host: PickleHost = {
  global(module, name) {
    const full = `${module}.${name}`;
    const known =
      full === 'torch._utils._rebuild_tensor_v2' ||
      full === 'torch._utils._rebuild_parameter' ||
      full === 'collections.OrderedDict' ||
      (module === 'torch' && Object.hasOwn(storageTypes, name));
    if (!known)
      throw new Error(t('it asks for {0}, which is not part of a state dict and is not run', JSON.stringify(full)));
    return new Global(full);
  },
  call(callee, args) {
    const name = callee instanceof Global ? callee.name : undefined;
    if (name === 'collections.OrderedDict' && args.length === 0) return new Map();
    if (name === 'torch._utils._rebuild_parameter' && args[0] instanceof Tensor) return args[0];
    if (name === 'torch._utils._rebuild_tensor_v2') {
      const [storage, offset] = args;
      const shape = counts(args[2]);
      const strides = counts(args[3]);
      if (storage instanceof Storage && isCount(offset) && shape && strides && shape.length === strides.length) {
        return new Tensor(storage, offset, shape, strides);
      }
    }
    throw new Error(t('it calls {0} with unknown arguments', name ?? t('something that is not a function')));
  },
  persistent(id) {
    const [tag, type, key, , length] = id instanceof PyTuple ? id.items : [];
    if (tag === 'storage' && type instanceof Global && typeof key === 'string' && isCount(length)) {
      return new Storage(type.name.replace(/^torch\./, ''), key, length);
    }
    throw new Error(t('it refers to something that is not the storage of a tensor'));
  },
  build(object) {
    // An OrderedDict of PyTorch carries _metadata, which says nothing about the weights.
    if (!(object instanceof Map)) throw new Error(t('it changes the state of something that is not a dict'));
  },
};
