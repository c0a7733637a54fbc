/**
 * Reader of TensorFlow's table files (LevelDB's format; tensorflow/core/lib/io/format.h, block.cc): sorted keys and
 * values in blocks with a CRC-32C each, an index block of the blocks, and a footer that says where the index is.
 */
import { t } from '../../l10n.js';
import type { ByteFile } from './byte-file.js';
import { crc32c, unmask } from './crc.js';
import { invalid } from './fault.js';

/** Bytes at the end: two block handles, padded to 40, and the magic number. */
const FOOTER_BYTES = 48;
const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** After each block: its compression type and its masked CRC. */
const TRAILER_BYTES = 5;
/** Names of tensors are far shorter; prefix-compressed keys could otherwise grow without limit. */
const MAX_KEY_BYTES = 1 << 16;

export interface TableEntry {
  /** Bytes of the key, as a view. */
  readonly key: Buffer;
  /** Bytes of the value, as a view. */
  readonly value: Buffer;
}

/** Whether a file ends like a table. */
export function isTable(file: ByteFile): boolean {
  if (file.size < FOOTER_BYTES) return false;
  return file.read(file.size - magic.length, magic.length, t('the magic number')).every((b, i) => b === magic[i]);
}

/** Every entry in the order of the keys. @throws AskBertError ModelInvalid naming the file and the fault */
export function* tableEntries(file: ByteFile): Generator<TableEntry> {
  if (!isTable(file)) {
    throw invalid(
      file.path,
      t('ends without the mark of a TensorFlow checkpoint index: truncated, or another kind of file'),
    );
  }
  const footer = new Cursor(
    file,
    Buffer.from(file.read(file.size - FOOTER_BYTES, FOOTER_BYTES - magic.length, 'footer')),
  );
  // The metadata block, which is empty but has a checksum.
  const meta = footer.handle();
  const index = footer.handle();
  if (footer.take(footer.left).some((byte) => byte !== 0)) throw broken(file, t('its footer is not padded by zeros'));
  for (const _ of blockEntries(file, meta));
  let last: Buffer | undefined;
  for (const { value } of blockEntries(file, index)) {
    for (const entry of blockEntries(file, new Cursor(file, value).handle())) {
      if (last && Buffer.compare(last, entry.key) >= 0) throw broken(file, t('its keys are not in order'));
      last = entry.key;
      yield entry;
    }
  }
}

/** Where a block is, the trailer not included. */
interface BlockHandle {
  offset: number;
  size: number;
}

function* blockEntries(file: ByteFile, { offset, size }: BlockHandle): Generator<TableEntry> {
  if (offset + size + TRAILER_BYTES > file.size - FOOTER_BYTES) {
    throw broken(file, t('a block of {0} bytes at byte {1} does not fit', size, offset));
  }
  const block = Buffer.from(file.read(offset, size + TRAILER_BYTES, t('a block')).buffer);
  const stored = unmask(block.readUInt32LE(size + 1));
  if (crc32c(block.subarray(0, size + 1)) !== stored) {
    throw broken(file, t('the checksum of the block at byte {0} is wrong', offset));
  }
  if (block[size] !== 0) {
    throw invalid(
      file.path,
      block[size] === 1
        ? t('has blocks compressed with Snappy, which cannot be read')
        : t('has a block with the unknown compression type {0}', block[size]),
      t('Load the checkpoint with TensorFlow and save it again: its Saver writes without compression.'),
    );
  }
  const restarts = size >= 4 ? block.readUInt32LE(size - 4) : -1;
  const end = size - 4 * (restarts + 1);
  if (restarts < 1 || end < 0) throw broken(file, t('the block at byte {0} has no valid restart points', offset));
  const cursor = new Cursor(file, block.subarray(0, end));
  let key = Buffer.alloc(0);
  while (cursor.left > 0) {
    const shared = cursor.varint();
    const fresh = cursor.varint();
    const valueBytes = cursor.varint();
    if (shared + fresh > MAX_KEY_BYTES) throw broken(file, t('a key has {0} bytes', shared + fresh));
    if (shared > key.length)
      throw broken(file, t('a key in the block at byte {0} extends a key that is too short', offset));
    key = Buffer.concat([key.subarray(0, shared), cursor.take(fresh)]);
    yield { key, value: cursor.take(valueBytes) };
  }
}

/** Reads numbers and bytes off the front of a buffer. */
class Cursor {
  #at = 0;
  constructor(
    readonly file: ByteFile,
    readonly bytes: Buffer,
  ) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** Little-endian groups of seven bits, the highest bit of a byte set where more follow. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.left === 0 || scale > 2 ** 49) throw broken(this.file, t('a number in it is invalid'));
      const byte = this.bytes[this.#at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  take(length: number): Buffer {
    if (length > this.left) throw broken(this.file, t('a key or value reaches beyond its block'));
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  handle(): BlockHandle {
    return { offset: this.varint(), size: this.varint() };
  }
}

const broken = (file: ByteFile, fault: string) => invalid(file.path, t('is damaged: {0}', fault));
