/** The two messages of a TensorBundle's index (tensorflow/core/protobuf/tensor_bundle.proto), decoded by hand. */
import protobuf from 'protobufjs/minimal.js';
import { t } from '../../l10n.js';

/** BundleHeaderProto, the value under the empty key. */
export interface BundleHeader {
  shards: number;
  bigEndian: boolean;
  /** Oldest reader that may read the bundle. */
  minConsumer: number;
  badConsumers: number[];
}

/** BundleEntryProto, the value under a tensor's name. */
export interface BundleEntry {
  /** Number in TensorFlow's DataType. */
  dtype: number;
  shape: number[];
  /** The shape, or its rank, is not stated. */
  unknownShape: boolean;
  shard: number;
  /** Byte position in the shard. */
  offset: number;
  /** Bytes. */
  size: number;
  /** Masked CRC-32C of the bytes as stored. */
  maskedCrc: number;
  /** The tensor is a partitioned variable: its bytes are stored under other keys. */
  sliced: boolean;
}

type Reader = protobuf.Reader;
const VARINT = 0;
const FIXED_32 = 5;
const DELIMITED = 2;

/** @throws Error when the bytes are not such a message */
export function decodeHeader(bytes: Uint8Array): BundleHeader {
  const header: BundleHeader = { shards: 0, bigEndian: false, minConsumer: 0, badConsumers: [] };
  fields(protobuf.Reader.create(bytes), (field, wire, r) => {
    if (field === 1) header.shards = integer(expect(field, wire, VARINT, r));
    else if (field === 2) {
      const endianness = integer(expect(field, wire, VARINT, r));
      if (endianness !== 0 && endianness !== 1) throw new Error(t('endianness {0}', endianness));
      header.bigEndian = endianness === 1;
    } else if (field === 3) readVersion(message(expect(field, wire, DELIMITED, r)), header);
    else return false;
    return true;
  });
  return header;
}

/** VersionDef. */
function readVersion(reader: Reader, header: BundleHeader): void {
  fields(reader, (field, wire, r) => {
    if (field === 2) header.minConsumer = integer(expect(field, wire, VARINT, r));
    else if (field === 3 && wire === VARINT) header.badConsumers.push(integer(r));
    else if (field === 3) {
      const packed = message(expect(field, wire, DELIMITED, r));
      while (packed.pos < packed.len) header.badConsumers.push(integer(packed));
    } else return false;
    return true;
  });
}

/** @throws Error when the bytes are not such a message */
export function decodeEntry(bytes: Uint8Array): BundleEntry {
  const entry: BundleEntry = {
    dtype: 0,
    shape: [],
    unknownShape: false,
    shard: 0,
    offset: 0,
    size: 0,
    maskedCrc: 0,
    sliced: false,
  };
  fields(protobuf.Reader.create(bytes), (field, wire, r) => {
    if (field === 1) entry.dtype = integer(expect(field, wire, VARINT, r));
    else if (field === 2) readShape(message(expect(field, wire, DELIMITED, r)), entry);
    else if (field === 3) entry.shard = integer(expect(field, wire, VARINT, r));
    else if (field === 4) entry.offset = integer(expect(field, wire, VARINT, r));
    else if (field === 5) entry.size = integer(expect(field, wire, VARINT, r));
    else if (field === 6) entry.maskedCrc = expect(field, wire, FIXED_32, r).fixed32();
    else if (field === 7) {
      entry.sliced = true;
      message(expect(field, wire, DELIMITED, r));
    } else return false;
    return true;
  });
  return entry;
}

/** TensorShapeProto. */
function readShape(reader: Reader, entry: BundleEntry): void {
  fields(reader, (field, wire, r) => {
    if (field === 2) {
      let size = 0;
      fields(message(expect(field, wire, DELIMITED, r)), (f, w, d) => {
        if (f !== 1) return false;
        size = integer(expect(f, w, VARINT, d));
        return true;
      });
      if (size < 0) entry.unknownShape = true;
      entry.shape.push(size);
    } else if (field === 3) entry.unknownShape = integer(expect(field, wire, VARINT, r)) !== 0 || entry.unknownShape;
    else return false;
    return true;
  });
}

/** Calls `take` for every field; the fields it does not read are skipped. */
function fields(reader: Reader, take: (field: number, wire: number, reader: Reader) => boolean): void {
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 0) throw new Error(t('field number {0}', 0));
    if (!take(tag >>> 3, tag & 7, reader)) reader.skipType(tag & 7);
  }
}

function expect(field: number, wire: number, expected: number, reader: Reader): Reader {
  if (wire !== expected) throw new Error(t('field {0} has the wire type {1}, expected {2}', field, wire, expected));
  return reader;
}

const message = (reader: Reader): Reader => protobuf.Reader.create(reader.bytes());

/** An int32, int64 or bool. @throws Error beyond 2^53 */
function integer(reader: Reader): number {
  // A Long if the package `long` is installed, otherwise a number.
  const value = Number(String(reader.int64()));
  if (!Number.isSafeInteger(value)) throw new Error(t('the number {0}', value));
  return value;
}
