/**
 * Reader of the safetensors format (https://github.com/huggingface/safetensors): 8 bytes little-endian header
 * length, a JSON header {name: {dtype, shape, data_offsets}}, then the tensors' bytes. The whole header is
 * checked before anything is used; tensors are read one by one, so a file is never in memory twice.
 */
import { closeSync, type Stats } from 'node:fs';
import { AskBertError, outOfMemory } from '../errors.js';
import { t } from '../l10n.js';
import { openRegularSync } from '../storage/open-file.js';
import { excerpt } from './message-excerpt.js';
import { readFully } from './read-fully.js';

/** Bytes of one element of each type that the reader knows. */
const elementBytes = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const;
export type SafetensorsType = keyof typeof elementBytes;

/** The format allows 100 MB; the header of the largest BERT has 0.1 MB. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

export interface TensorEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Byte position in the file. */
  readonly position: number;
  readonly byteLength: number;
}

const isCount = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;

export class SafetensorsFile {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Of the file when it was opened. */
  readonly stats: Stats;
  #fd: number | undefined;

  /**
   * Opens the file and checks its header. @throws AskBertError ModelInvalid naming the file, the tensor and the fault
   */
  constructor(readonly path: string) {
    try {
      const opened = openRegularSync(path);
      this.#fd = opened.file;
      this.stats = opened.stats;
    } catch (e) {
      throw this.#invalid(t('cannot be opened: {0}', (e as Error).message), e);
    }
    try {
      this.tensors = this.#readHeader(this.stats.size);
    } catch (e) {
      this.close();
      throw e;
    }
  }

  /**
   * The bytes of a tensor, in their own buffer. @throws AskBertError ModelInvalid when the file has been truncated
   * since, OutOfMemory
   */
  read(entry: TensorEntry): Uint8Array<ArrayBuffer> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(entry.byteLength);
    } catch (e) {
      throw outOfMemory(this.path, entry.name, entry.byteLength, e);
    }
    this.#readAt(bytes, entry.position, entry.name);
    return bytes;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #readAt(into: Uint8Array, position: number, what: string): void {
    if (this.#fd === undefined) throw new Error(`${this.path} is closed`);
    if (!readFully(this.#fd, into, position)) throw this.#invalid(t('ends in the middle of {0}', what));
  }

  /** @param size of the file, in bytes */
  #readHeader(size: number): Map<string, TensorEntry> {
    if (size < 8) throw this.#invalid(t('has {0} bytes, too few for a safetensors header', size));
    const lengthBytes = new Uint8Array(8);
    this.#readAt(lengthBytes, 0, t('the header length'));
    const length = new DataView(lengthBytes.buffer).getBigUint64(0, true);
    if (length > BigInt(MAX_HEADER_BYTES) && length <= BigInt(size - 8)) {
      throw this.#invalid(t('states a header of {0} bytes, expected at most {1}', `${length}`, MAX_HEADER_BYTES));
    }
    if (length > BigInt(size - 8)) {
      throw this.#invalid(
        t('states a header of {0} bytes, but has {1} bytes in all: truncated, or not safetensors', `${length}`, size),
      );
    }
    const dataStart = 8 + Number(length);
    const headerBytes = new Uint8Array(Number(length));
    this.#readAt(headerBytes, 8, t('the header'));
    let header: unknown;
    try {
      header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(headerBytes));
    } catch (e) {
      throw this.#invalid(t('has a header that is not JSON: {0}', (e as Error).message), e);
    }
    if (typeof header !== 'object' || header === null || Array.isArray(header)) {
      throw this.#invalid(t('has a header that is not a JSON object'));
    }
    const entries = Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, value]) => this.#entry(name, value, dataStart));
    this.#checkLayout(entries, dataStart, size);
    return new Map(entries.map((e) => [e.name, e]));
  }

  #entry(name: string, value: unknown, dataStart: number): TensorEntry {
    const { dtype, shape, data_offsets } = (value ?? {}) as Record<string, unknown>;
    if (typeof dtype !== 'string' || !(dtype in elementBytes)) {
      throw this.#invalid(t('tensor {0} has the unknown type {1}', name, excerpt(dtype) ?? 'none'));
    }
    if (!Array.isArray(shape) || !shape.every(isCount)) {
      throw this.#invalid(t('tensor {0} has no valid shape: {1}', name, excerpt(shape) ?? 'none'));
    }
    if (!Array.isArray(data_offsets) || data_offsets.length !== 2 || !data_offsets.every(isCount)) {
      throw this.#invalid(t('tensor {0} has no valid data_offsets: {1}', name, excerpt(data_offsets) ?? 'none'));
    }
    const [begin, end] = data_offsets as [number, number];
    const expected = (shape as number[]).reduce((n, d) => n * d, elementBytes[dtype as SafetensorsType]);
    if (end - begin !== expected) {
      throw this.#invalid(
        t(
          'tensor {0} has {1} bytes, but its type and shape ({2} [{3}]) need {4}',
          name,
          end - begin,
          dtype,
          shape.join(', '),
          expected,
        ),
      );
    }
    return {
      name,
      type: dtype as SafetensorsType,
      shape: shape as number[],
      position: dataStart + begin,
      byteLength: expected,
    };
  }

  /** The format requires the tensors to cover the file without gaps or overlaps. */
  #checkLayout(entries: TensorEntry[], dataStart: number, fileBytes: number): void {
    let position = dataStart;
    for (const e of [...entries].sort((a, b) => a.position - b.position || a.byteLength - b.byteLength)) {
      if (e.position !== position)
        throw this.#invalid(t('tensor {0} overlaps another one or leaves a gap before it', e.name));
      position += e.byteLength;
    }
    if (position > fileBytes) {
      throw this.#invalid(t('is truncated: {0} bytes, the header promises {1}', fileBytes, position));
    }
    if (position < fileBytes) {
      throw this.#invalid(
        t('has {0} bytes after its last tensor: not the file that the header describes', fileBytes - position),
      );
    }
  }

  #invalid(fault: string, cause?: unknown): AskBertError {
    return new AskBertError(
      'ModelInvalid',
      t('The weights file {0} {1}.', this.path, fault),
      t('Copy or download the model folder again.'),
      { cause },
    );
  }
}
