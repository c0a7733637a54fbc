/**
 * Reader of TensorFlow's TensorBundle, version 2 of its checkpoints (tensorflow/core/util/tensor_bundle): an index
 * file, which is a table from names to offsets, and data files with the raw values. No TensorFlow is needed.
 */
import { t } from '../../l10n.js';
import { type BundleEntry, type BundleHeader, decodeEntry, decodeHeader } from './bundle-proto.js';
import { ByteFile } from './byte-file.js';
import { crc32c, unmask } from './crc.js';
import { invalid, shown } from './fault.js';
import { decodeFloats, type FloatType, floatBytes } from './floats.js';
import { tableEntries } from './table-file.js';

/** The version of TensorFlow's reader that this one follows (kTensorBundleVersion). */
const READER_VERSION = 1;
/** The number of a shard has five digits in its file's name. */
const MAX_SHARDS = 99_999;

const floatTypes: Readonly<Record<number, FloatType>> = { 1: 'F32', 2: 'F64', 14: 'BF16', 19: 'F16' };
const STRING_TYPE = 7;
/** Types whose values are stored one after the other: every one but strings, variants and resources. */
const fixedSize = new Set([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 22, 23]);
const typeNames: Readonly<Record<number, string>> = { 3: 'int32', 7: 'string', 9: 'int64', 10: 'bool' };

/** Remedy for a checkpoint in the format before TensorBundle. */
export const v1Remedy = (): string =>
  t('Load it with TensorFlow 1.x and save it again with tf.train.Saver(write_version=tf.train.SaverDef.V2).');

export class TensorBundle {
  /** Path of the index file. */
  readonly path: string;
  /** By name, in the order of the names' bytes. */
  readonly entries: ReadonlyMap<string, BundleEntry>;
  readonly #header: BundleHeader;
  readonly #shards = new Map<number, ByteFile>();

  /**
   * Reads and checks the whole index; the data files are opened when needed.
   * @param prefix path without `.index`
   * @throws AskBertError ModelInvalid naming the file and the fault
   */
  constructor(readonly prefix: string) {
    this.path = `${prefix}.index`;
    const file = new ByteFile(this.path);
    try {
      const table = tableEntries(file);
      const first = table.next();
      if (first.done || first.value.key.length > 0) {
        throw invalid(this.path, t('is a table without the header of a TensorFlow checkpoint'));
      }
      this.#header = readHeader(this.path, first.value.value);
      this.entries = readEntries(this.path, table);
    } finally {
      file.close();
    }
  }

  /**
   * The values of a tensor as 32-bit floats, row-major, their checksum verified.
   * @throws AskBertError ModelInvalid naming file and tensor
   */
  floats(name: string): Float32Array<ArrayBuffer> {
    const entry = this.entries.get(name)!;
    const type = this.#check(name, entry);
    const shard = this.#shard(entry.shard);
    const bytes = shard.read(entry.offset, entry.size, t('tensor {0}', name));
    if (crc32c(bytes) !== unmask(entry.maskedCrc)) {
      throw invalid(shard.path, t('is damaged: the checksum of tensor {0} is wrong', name));
    }
    // The checksum is over the bytes as stored, so they are swapped only now.
    return decodeFloats(bytes, type, this.#header.bigEndian);
  }

  /**
   * Verifies the checksum of a tensor of any type.
   * @throws AskBertError ModelInvalid naming file and tensor
   */
  verify(name: string): void {
    const { dtype, shape, sliced, shard: number, offset, size, maskedCrc } = this.entries.get(name)!;
    // The parts of a partitioned variable have entries of their own.
    if (sliced || !(dtype === STRING_TYPE || fixedSize.has(dtype))) return;
    const shard = this.#shard(number);
    const what = t('tensor {0}', name);
    const count = shape.reduce((n, d) => n * d, 1);
    const crc =
      dtype === STRING_TYPE
        ? stringsCrc(shard.read(offset, size, what), count, this.#header.bigEndian)
        : crcOf(shard.pieces(offset, size, what));
    if (crc !== unmask(maskedCrc)) {
      throw invalid(shard.path, t('is damaged: the checksum of tensor {0} is wrong', name));
    }
  }

  close(): void {
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  /** @returns its type, once type, shape and size agree */
  #check(name: string, entry: BundleEntry): FloatType {
    if (entry.sliced) {
      throw invalid(
        this.path,
        t('holds tensor {0} in parts (a partitioned variable), expected it whole', name),
        t('Load the checkpoint with TensorFlow and save it again without a partitioner.'),
      );
    }
    const type = floatTypes[entry.dtype];
    if (!type) {
      const found = typeNames[entry.dtype] ?? t('number {0}', entry.dtype);
      throw invalid(
        this.path,
        t('says that tensor {0} has the type {1}, expected float, half, bfloat16 or double', name, found),
      );
    }
    const expected = entry.shape.reduce((n, d) => n * d, floatBytes[type]);
    if (entry.unknownShape || entry.size !== expected) {
      throw invalid(
        this.path,
        t(
          'says that tensor {0} has {1} bytes, but {2} {3} needs {4}',
          name,
          entry.size,
          type,
          shown(entry.shape),
          expected,
        ),
      );
    }
    return type;
  }

  #shard(number: number): ByteFile {
    let shard = this.#shards.get(number);
    if (!shard) {
      const { shards } = this.#header;
      if (number < 0 || number >= shards) {
        throw invalid(this.path, t('names data file {0} of {1}', number + 1, shards));
      }
      const five = (n: number): string => String(n).padStart(5, '0');
      shard = new ByteFile(`${this.prefix}.data-${five(number)}-of-${five(shards)}`);
      this.#shards.set(number, shard);
    }
    return shard;
  }
}

function crcOf(pieces: Iterable<Uint8Array>): number {
  let crc = 0;
  for (const piece of pieces) crc = crc32c(piece, crc);
  return crc;
}

/**
 * The checksum of strings is over their lengths as 32-bit numbers (64-bit where they need it), the checksum of those as
 * it is stored, and the characters (WriteStringTensor). @returns -1 when the lengths cannot be followed
 */
function stringsCrc(bytes: Uint8Array, count: number, bigEndian: boolean): number {
  let at = 0;
  let crc = 0;
  for (let i = 0; i < count; i++) {
    let length = 0n;
    let shift = 0n;
    do {
      if (at >= bytes.length || shift > 63n) return -1;
      length |= BigInt(bytes[at] & 127) << shift;
      shift += 7n;
    } while (bytes[at++] >= 128);
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt.asUintN(64, length));
    const stored = number.subarray(0, length > 0xffff_ffffn ? 8 : 4);
    crc = crc32c(bigEndian ? stored.reverse() : stored, crc);
  }
  return crc32c(bytes.subarray(at), crc);
}

function readHeader(path: string, bytes: Buffer): BundleHeader {
  let header: BundleHeader;
  try {
    header = decodeHeader(bytes);
  } catch (e) {
    // Version 1 has another message under the empty key: its field 1 is a message, not a number.
    if (bytes[0] === 0x0a)
      throw invalid(path, t('is a TensorFlow checkpoint of version 1, expected version 2'), v1Remedy(), e);
    throw invalid(path, t('has a header that cannot be decoded: {0}', (e as Error).message), undefined, e);
  }
  if (header.shards < 1 || header.shards > MAX_SHARDS) {
    throw invalid(path, t('names {0} data files, expected 1 to {1}', header.shards, MAX_SHARDS));
  }
  if (header.minConsumer > READER_VERSION || header.badConsumers.includes(READER_VERSION)) {
    throw invalid(
      path,
      t('requires reader version {0}; this one has version {1}', header.minConsumer, READER_VERSION),
      t('Load the checkpoint with TensorFlow and save it as a Hugging Face model.'),
    );
  }
  return header;
}

function readEntries(path: string, table: Iterable<{ key: Buffer; value: Buffer }>): Map<string, BundleEntry> {
  const entries = new Map<string, BundleEntry>();
  for (const { key, value } of table) {
    // Keys of a partitioned variable's parts begin with a zero byte (OrderedCode); the whole has its own entry.
    if (key[0] === 0) continue;
    const name = key.toString('utf8');
    try {
      entries.set(name, decodeEntry(value));
    } catch (e) {
      throw invalid(path, t('has an entry {0} that cannot be decoded: {1}', name, (e as Error).message), undefined, e);
    }
  }
  return entries;
}
