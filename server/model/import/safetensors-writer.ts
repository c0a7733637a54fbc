/**
 * Writer of model.safetensors (https://github.com/huggingface/safetensors): the header depends only on names and
 * shapes, so it is written first and the tensors follow one by one; at most one is in memory.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { t } from '../../l10n.js';
import { bert } from '../families/bert.js';
import { bertName, type Family } from '../families/family.js';
import { quantise } from '../weights.js';
import { invalid } from './fault.js';
import { floatToHalf } from './floats.js';

export const storages = ['f32', 'f16', 'int8'] as const;
export type Storage = (typeof storages)[number];

/** Suffix of the tensors that hold the row scales of 8-bit weights. */
export const scaleSuffix = '_scale';

/** Bytes of one value of the types that are written. */
const widths = { F32: 4, F16: 2, I8: 1 } as const;

interface Planned {
  name: string;
  dtype: keyof typeof widths;
  shape: readonly number[];
}

/** The matrices that 8-bit storage takes: word embeddings and those of the encoder. The rest stays in 32 bits. */
export function isQuantised(own: string, shape: readonly number[], family = bert): boolean {
  const name = bertName(family, own);
  if (name === undefined || shape.length !== 2) return false;
  return name.startsWith('bert.encoder.') || name === 'bert.embeddings.word_embeddings.weight';
}

export class SafetensorsWriter {
  readonly #fd: number;
  readonly #storage: Storage;
  readonly #plan: Planned[];
  #next = 0;
  #written = 0;

  /**
   * Creates the file and writes its header.
   * @param shapes every tensor by the family's name, in the order of the calls of {@link write}
   */
  constructor(
    readonly path: string,
    shapes: ReadonlyMap<string, readonly number[]>,
    storage: Storage,
    family: Family = bert,
  ) {
    this.#storage = storage;
    this.#plan = [...shapes].flatMap(([name, shape]): Planned[] => {
      if (storage !== 'int8') return [{ name, dtype: storage === 'f16' ? 'F16' : 'F32', shape }];
      if (!isQuantised(name, shape, family)) return [{ name, dtype: 'F32', shape }];
      // One after the other, so that the matrix is read once.
      return [
        { name: name + scaleSuffix, dtype: 'F32', shape: [shape[0]] },
        { name, dtype: 'I8', shape },
      ];
    });
    this.#fd = openSync(path, 'wx');
    this.#append(header(this.#plan));
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#written;
  }

  /**
   * Writes the next tensor.
   * @param values row-major, of the declared shape
   * @param source file and name of their origin, for messages
   * @throws AskBertError ModelInvalid when a value is not finite, or too large for the storage type
   */
  write(name: string, values: Float32Array, source: { file: string; name: string }): void {
    checkFinite(values, source);
    if (this.#storage === 'f16') {
      const half = floatToHalf(values);
      const overflow = half.findIndex((h) => (h & 0x7fff) === 0x7c00);
      if (overflow >= 0) {
        throw invalid(
          source.file,
          t('has the value {0} in tensor {1}, too large for 16 bits', values[overflow], source.name),
          t('Import it with --storage f32.'),
        );
      }
      this.#put(name, half);
    } else if (this.#plan[this.#next]?.name === name + scaleSuffix) {
      const rows = quantise(values, this.#plan[this.#next].shape[0]);
      this.#put(name + scaleSuffix, rows.scales);
      this.#put(name, rows.values);
    } else this.#put(name, values);
  }

  /** Flushes the file to disk. */
  finish(): void {
    if (this.#next !== this.#plan.length) throw new Error(`${this.#plan[this.#next].name} was not written`);
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #put(name: string, values: Float32Array | Uint16Array | Int8Array): void {
    const planned = this.#plan[this.#next++];
    if (planned?.name !== name || byteLength(planned) !== values.byteLength) throw new Error(`${name} is out of turn`);
    this.#append(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  #append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, Math.min(bytes.length - done, 1 << 30));
    }
    this.#written += bytes.length;
  }
}

const byteLength = ({ shape, dtype }: Planned): number => shape.reduce((n, d) => n * d, widths[dtype]);

/** Length and JSON, padded with blanks so that the data begin at a multiple of eight. */
function header(plan: readonly Planned[]): Uint8Array {
  let end = 0;
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const tensor of plan) {
    const begin = end;
    end += byteLength(tensor);
    entries[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(entries));
  const bytes = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  json.copy(bytes, 8);
  return bytes;
}

function checkFinite(values: Float32Array, source: { file: string; name: string }): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw invalid(
        source.file,
        t('has the value {0} at index {1} of tensor {2}, expected finite numbers', values[i], i, source.name),
        t('Import a checkpoint from before the training failed.'),
      );
    }
  }
}
