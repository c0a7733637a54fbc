/** Writers of the files that the importers read, for tests that need what no library writes: wrong ones above all. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import { crc32, crc32c } from '../../../server/model/import/crc.js';
import { scratch } from './import-fixtures.js';

const maskedCrc = (bytes: Uint8Array): number => {
  const c = crc32c(bytes);
  return (((c >>> 15) | (c << 17)) + 0xa282ead8) >>> 0;
};
const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n >>> 0);
  return b;
};
const u16 = (n: number): Buffer => u32(n).subarray(0, 2);
const varint = (n: number): Buffer => {
  const out: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128);
  return Buffer.from([...out, n]);
};

export type Entry = [key: string, value: Uint8Array];

/** A table file: one data block with prefix compression, an empty meta block, the index, the footer. */
export function table(entries: Entry[], compression = 0): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const block = (pairs: Entry[]): Buffer => {
    const body: Buffer[] = [];
    let last = Buffer.alloc(0);
    for (const [text, value] of pairs) {
      const key = Buffer.from(text);
      let shared = 0;
      while (shared < Math.min(key.length, last.length) && key[shared] === last[shared]) shared++;
      body.push(
        varint(shared),
        varint(key.length - shared),
        varint(value.length),
        key.subarray(shared),
        Buffer.from(value),
      );
      last = key;
    }
    const data = Buffer.concat([...body, u32(0), u32(1), Buffer.from([compression])]);
    const handle = Buffer.concat([varint(length), varint(data.length - 1)]);
    parts.push(data, u32(maskedCrc(data)));
    length += data.length + 4;
    return handle;
  };
  const data = block(entries);
  const footer = Buffer.concat([block([]), block([['~', data]]), Buffer.alloc(40)]).subarray(0, 40);
  return Buffer.concat([...parts, footer, Buffer.from('57fb808b247547db', 'hex')]);
}

export function bundleHeader({ shards = 1, minConsumer = 0, endianness = 0, bad = -1 } = {}): Uint8Array {
  const w = protobuf.Writer.create().uint32(8).int32(shards).uint32(16).int32(endianness).uint32(26).fork();
  w.uint32(8).int32(1).uint32(16).int32(minConsumer);
  if (bad >= 0) w.uint32(24).int32(bad);
  return w.ldelim().finish();
}

interface Fields {
  dtype?: number;
  shape?: readonly number[];
  shard?: number;
  offset?: number;
  size?: number;
  crc?: number;
  unknownRank?: boolean;
}

export function bundleEntry(values: Uint8Array, fields: Fields = {}): Uint8Array {
  const { dtype = 1, shape = [values.length / 4], shard = 0, offset = 0, size = values.length } = fields;
  const w = protobuf.Writer.create().uint32(8).int32(dtype).uint32(18).fork();
  for (const d of shape) w.uint32(18).fork().uint32(8).int64(d).ldelim();
  if (fields.unknownRank) w.uint32(24).bool(true);
  w.ldelim().uint32(24).int32(shard).uint32(32).int64(offset).uint32(40).int64(size);
  return w
    .uint32(53)
    .fixed32(fields.crc ?? maskedCrc(values))
    .finish();
}

/** A checkpoint of crafted entries; the prefix. */
export function bundle(entries: Entry[], data: Uint8Array = new Uint8Array(64), compression = 0): string {
  const prefix = path.join(scratch(), 'model.ckpt');
  writeFileSync(`${prefix}.index`, table(entries, compression));
  writeFileSync(`${prefix}.data-00000-of-00001`, data);
  return prefix;
}

/** A zip file of stored entries; the path. */
export function zip(entries: Array<[name: string, bytes: Uint8Array]>): string {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let length = 0;
  for (const [name, bytes] of entries) {
    const common = [u16(20), u16(0), u16(0), u32(0), u32(crc32(bytes)), u32(bytes.length), u32(bytes.length)];
    const names = [u16(name.length), u16(0)];
    const local = Buffer.concat([u32(0x04034b50), ...common, ...names, Buffer.from(name), Buffer.from(bytes)]);
    central.push(
      Buffer.concat([u32(0x02014b50), u16(20), ...common, ...names, Buffer.alloc(10), u32(length), Buffer.from(name)]),
    );
    parts.push(local);
    length += local.length;
  }
  const directory = Buffer.concat(central);
  const count = u16(entries.length);
  const end = Buffer.concat([u32(0x06054b50), u32(0), count, count, u32(directory.length), u32(length), u16(0)]);
  const file = path.join(scratch(), 'model.pt');
  writeFileSync(file, Buffer.concat([...parts, directory, end]));
  return file;
}

/** Pickle of {name: a float32 tensor} that views `values` values of storage 0. */
export function tensorPickle(name: string, values: number, offset: number, shape: number[], strides: number[]): Buffer {
  const text = (s: string): Buffer => Buffer.concat([Buffer.from('X'), u32(s.length), Buffer.from(s)]);
  const int = (n: number): Buffer => {
    const b = Buffer.alloc(10, 0);
    b.writeBigInt64LE(BigInt(n), 2);
    b[0] = 0x8a;
    b[1] = 8;
    return b;
  };
  const tuple = (items: Buffer[]): Buffer => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]);
  const global = (s: string): Buffer => Buffer.from(`c${s}\n`);
  const storage = tuple([text('storage'), global('torch\nFloatStorage'), text('0'), text('cpu'), int(values)]);
  const ordered = Buffer.concat([global('collections\nOrderedDict'), Buffer.from(')R')]);
  const args = [
    Buffer.concat([storage, Buffer.from('Q')]),
    int(offset),
    tuple(shape.map(int)),
    tuple(strides.map(int)),
  ];
  const call = tuple([...args, Buffer.from([0x89]), ordered]);
  const rebuild = Buffer.concat([global('torch._utils\n_rebuild_tensor_v2'), call, Buffer.from('R')]);
  return Buffer.concat([Buffer.from([0x80, 2, 0x7d]), text(name), rebuild, Buffer.from('s.')]);
}
