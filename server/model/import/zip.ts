/**
 * Reader of the zip files that PyTorch writes: entries stored without compression, zip64 where it is needed
 * (PKWARE's APPNOTE 6.3). Only the central directory is trusted, and only if the local headers agree.
 */
import { t } from '../../l10n.js';
import type { ByteFile } from './byte-file.js';
import { crc32 } from './crc.js';
import { invalid } from './fault.js';

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const END64_LOCATOR_SIGNATURE = 0x07064b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const NONE_16 = 0xffff;
const NONE_32 = 0xffffffff;
/** A model has hundreds of entries. */
const MAX_ENTRIES = 100_000;
/** Maximum size of the central directory in bytes: a few hundred for each entry. */
const MAX_DIRECTORY_BYTES = 1 << 27;

export interface ZipEntry {
  readonly name: string;
  /** Position of the first byte of data. */
  readonly position: number;
  /** Size in bytes, uncompressed. */
  readonly size: number;
  readonly crc: number;
  /** 0: stored. Nothing else is read. */
  readonly method: number;
}

export class ZipFile {
  readonly entries = new Map<string, ZipEntry>();
  readonly #verified = new Set<string>();

  /** Reads the directory. The caller keeps the file. @throws AskBertError ModelInvalid naming file and entry */
  constructor(readonly file: ByteFile) {
    const { start, bytes, count } = this.#findDirectory();
    const directory = Buffer.from(file.read(start, bytes, t('the directory of the zip file')).buffer);
    let at = 0;
    for (let i = 0; i < count; i++) at += this.#central(directory.subarray(at), start);
    if (at !== bytes) throw this.#broken(t('its directory has {0} bytes too many', bytes - at));
  }

  /** Whether a file begins like a zip file. */
  static matches(file: ByteFile): boolean {
    return (
      file.size >= 4 && Buffer.from(file.read(0, 4, t('the first bytes')).buffer).readUInt32LE() === LOCAL_SIGNATURE
    );
  }

  /** All bytes of an entry, its checksum verified. @throws AskBertError ModelInvalid */
  read(entry: ZipEntry): Uint8Array<ArrayBuffer> {
    this.#refuseCompressed(entry);
    const bytes = this.file.read(entry.position, entry.size, entry.name);
    this.#compare(entry, crc32(bytes));
    return bytes;
  }

  /** Some bytes of an entry; the checksum of the whole is verified at the first call, in chunks. */
  readPart(entry: ZipEntry, offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (offset < 0 || length < 0 || offset + length > entry.size) {
      throw this.#broken(t('entry {0} has only {1} bytes', entry.name, entry.size));
    }
    if (offset === 0 && length === entry.size) return this.read(entry);
    this.#refuseCompressed(entry);
    if (!this.#verified.has(entry.name)) {
      let crc = 0;
      for (const piece of this.file.pieces(entry.position, entry.size, entry.name)) crc = crc32(piece, crc);
      this.#compare(entry, crc);
    }
    return this.file.read(entry.position + offset, length, entry.name);
  }

  #refuseCompressed({ name, method }: ZipEntry): void {
    if (method === 0) return;
    throw invalid(
      this.file.path,
      t('holds the entry {0} compressed (method {1}), expected stored', name, method),
      t('Load it with torch.load and save it again with torch.save.'),
    );
  }

  #compare(entry: ZipEntry, crc: number): void {
    if (crc !== entry.crc) throw this.#broken(t('the checksum of entry {0} is wrong', entry.name));
    this.#verified.add(entry.name);
  }

  /** Place of the central directory, from the record at the end of the file. */
  #findDirectory(): { start: number; bytes: number; count: number } {
    const { file } = this;
    // The record has 22 bytes and a comment; PyTorch writes none, other writers rarely do.
    const tailBytes = Math.min(file.size, 22 + NONE_16);
    const tail = Buffer.from(file.read(file.size - tailBytes, tailBytes, t('the end of the zip file')).buffer);
    let at = tailBytes - 22;
    while (at >= 0 && !(tail.readUInt32LE(at) === END_SIGNATURE && at + 22 + tail.readUInt16LE(at + 20) === tailBytes))
      at--;
    if (at < 0) throw this.#broken(t('the record at its end is missing: truncated, or not a zip file'));
    let end = file.size - tailBytes + at;
    let count = tail.readUInt16LE(at + 10);
    let bytes = tail.readUInt32LE(at + 12);
    let start = tail.readUInt32LE(at + 16);
    let disks = tail.readUInt16LE(at + 4) + tail.readUInt16LE(at + 6) + Math.abs(tail.readUInt16LE(at + 8) - count);
    const locator = this.#locator(end);
    if (locator) {
      end = this.#position(locator, 8);
      const record = Buffer.from(file.read(end, 56, t('the zip64 record')).buffer);
      if (record.readUInt32LE() !== END64_SIGNATURE) throw this.#broken(t('the zip64 record is missing'));
      const wide = {
        count: this.#position(record, 32),
        bytes: this.#position(record, 40),
        start: this.#position(record, 48),
      };
      // A value of the short record counts unless it says that it does not fit.
      const agree = (short: number, none: number, long: number): boolean => short === none || short === long;
      if (
        !agree(count, NONE_16, wide.count) ||
        !agree(bytes, NONE_32, wide.bytes) ||
        !agree(start, NONE_32, wide.start)
      ) {
        throw this.#broken(t('its two records at the end disagree'));
      }
      ({ count, bytes, start } = wide);
      disks = record.readUInt32LE(16) + record.readUInt32LE(20) + Math.abs(this.#position(record, 24) - count);
    }
    if (disks !== 0) throw this.#broken(t('it is one part of several'));
    if (count > MAX_ENTRIES || bytes > MAX_DIRECTORY_BYTES) {
      throw this.#broken(t('its directory has {0} entries in {1} bytes', count, bytes));
    }
    if (start + bytes !== end) throw this.#broken(t('its directory does not end where the record at its end begins'));
    return { start, bytes, count };
  }

  /** The 20 bytes before the last record, if they locate the zip64 record. */
  #locator(end: number): Buffer | undefined {
    if (end < 20) return undefined;
    const locator = Buffer.from(this.file.read(end - 20, 20, t('the zip64 locator')).buffer);
    return locator.readUInt32LE() === END64_LOCATOR_SIGNATURE ? locator : undefined;
  }

  /** Reads one entry from the front of the directory. @returns its length in bytes */
  #central(bytes: Buffer, directoryStart: number): number {
    if (bytes.length < 46 || bytes.readUInt32LE() !== CENTRAL_SIGNATURE)
      throw this.#broken(t('its directory is broken'));
    const flags = bytes.readUInt16LE(8);
    const method = bytes.readUInt16LE(10);
    const crc = bytes.readUInt32LE(16);
    const lengths = [bytes.readUInt16LE(28), bytes.readUInt16LE(30), bytes.readUInt16LE(32)];
    const total = 46 + lengths[0] + lengths[1] + lengths[2];
    if (total > bytes.length) throw this.#broken(t('its directory is broken'));
    const name = bytes.toString('utf8', 46, 46 + lengths[0]);
    if (flags & 1) throw this.#broken(t('entry {0} is encrypted', name));
    const extra = bytes.subarray(46 + lengths[0], 46 + lengths[0] + lengths[1]);
    const [size, stored, local] = this.#wide(name, extra, [
      bytes.readUInt32LE(24),
      bytes.readUInt32LE(20),
      bytes.readUInt32LE(42),
    ]);
    if (this.entries.has(name)) throw this.#broken(t('entry {0} occurs twice', name));
    const position = this.#dataPosition(name, local, directoryStart);
    if (position + stored > directoryStart || (method === 0 && stored !== size))
      throw this.#broken(t('entry {0} does not fit', name));
    this.entries.set(name, { name, position, size, crc, method });
    return total;
  }

  /** The three values that zip64's extra field (1) replaces, in its order, where they do not fit 32 bits. */
  #wide(name: string, extra: Buffer, values: number[]): number[] {
    if (!values.includes(NONE_32)) return values;
    for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
      if (extra.readUInt16LE(at) !== 1) continue;
      const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
      let next = 0;
      return values.map((v) => {
        if (v !== NONE_32) return v;
        if (next + 8 > field.length) throw this.#broken(t('the sizes of entry {0} are broken', name));
        next += 8;
        return this.#position(field, next - 8);
      });
    }
    throw this.#broken(t('the sizes of entry {0} are broken', name));
  }

  /** Start of the data: after the local header, which must belong to the same entry. */
  #dataPosition(name: string, local: number, limit: number): number {
    const header = Buffer.from(this.file.read(local, 30, t('the header of entry {0}', name)).buffer);
    const nameBytes = header.readUInt16LE(26);
    const position = local + 30 + nameBytes + header.readUInt16LE(28);
    if (header.readUInt32LE() !== LOCAL_SIGNATURE || position > limit) {
      throw this.#broken(t('the header of entry {0} is broken', name));
    }
    const own = this.file.read(local + 30, nameBytes, t('the name of entry {0}', name));
    if (Buffer.from(own.buffer).toString('utf8') !== name) throw this.#broken(t('entry {0} has two names', name));
    return position;
  }

  #position(bytes: Buffer, at: number): number {
    const value = bytes.readBigUInt64LE(at);
    if (value > BigInt(this.file.size)) throw this.#broken(t('an offset in it is beyond its end'));
    return Number(value);
  }

  #broken(fault: string) {
    return invalid(this.file.path, t('is not an intact zip file: {0}', fault));
  }
}
