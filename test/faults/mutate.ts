/** Damages bytes as disks, transfers, editors and ill will do. */
import type { Random } from './random.js';

const HUGE = [-1, 0, 1.5, 2 ** 31, 2 ** 53, 1e300, -1e300, null, true, '', 'x', [], {}, [[[[]]]]];

/** One damage somewhere in `bytes`, or of all of it; never the same bytes, unless there are none. */
export function damaged(bytes: Buffer, random: Random): { bytes: Buffer; how: string } {
  for (;;) {
    const [how, make] = random.pick(kinds);
    const out = make(Buffer.from(bytes), random);
    if (!out.equals(bytes) || bytes.length === 0) return { bytes: out, how };
  }
}

const kinds: [string, (bytes: Buffer, random: Random) => Buffer][] = [
  ['flipped bits', (bytes, random) => flip(bytes, random, random.int(1, 8))],
  ['many flipped bits', (bytes, random) => flip(bytes, random, 200)],
  ['truncated', (bytes, random) => bytes.subarray(0, random.int(0, bytes.length - 1))],
  ['inserted', (bytes, random) => splice(bytes, at(bytes, random), 0, random.bytes(random.int(1, 64)))],
  ['removed', (bytes, random) => splice(bytes, at(bytes, random), random.int(1, 64), Buffer.alloc(0))],
  ['zeroed', (bytes, random) => splice(bytes, at(bytes, random), 16, Buffer.alloc(16)).subarray(0, bytes.length)],
  ['all zeros', (bytes) => Buffer.alloc(bytes.length)],
  ['empty', () => Buffer.alloc(0)],
  ['doubled', (bytes) => Buffer.concat([bytes, bytes])],
  ['noise', (bytes, random) => random.bytes(Math.min(bytes.length, 4096))],
];

/** The same, inside of a part of the bytes only. */
export function damagedWithin(bytes: Buffer, from: number, to: number, random: Random): { bytes: Buffer; how: string } {
  const inner = damaged(bytes.subarray(from, to), random);
  return { how: inner.how, bytes: Buffer.concat([bytes.subarray(0, from), inner.bytes, bytes.subarray(to)]) };
}

/** JSON with a field removed, renamed, exchanged with another one, or of an absurd value, at any depth. */
export function damagedJson(json: unknown, random: Random): { value: unknown; how: string } {
  const value = structuredClone(json);
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (holder: unknown) => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const [key, inner] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      walk(inner);
    }
  };
  walk(value);
  if (places.length === 0) return { value: random.pick(HUGE), how: 'replaced' };
  const { holder, key } = random.pick(places);
  const how = random.pick(['removed', 'renamed', 'swapped', 'absurd']);
  if (how === 'removed') delete holder[key];
  else if (how === 'absurd') holder[key] = random.pick(HUGE);
  else if (how === 'renamed') {
    holder[`${key}x`] = holder[key];
    delete holder[key];
  } else {
    const other = random.pick(places);
    [holder[key], other.holder[other.key]] = [other.holder[other.key], holder[key]];
  }
  try {
    return { value: JSON.parse(JSON.stringify(value)), how: `${how} ${key}` };
  } catch {
    return { value: { [key]: random.pick(HUGE) }, how: `absurd ${key}` }; // it became a part of itself
  }
}

/** safetensors with a damaged header, its length made right again. */
export function damagedHeader(bytes: Buffer, random: Random): { bytes: Buffer; how: string } {
  const length = Number(bytes.readBigUInt64LE());
  const { value, how } = damagedJson(JSON.parse(bytes.toString('utf8', 8, 8 + length)), random);
  const header = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(header.length));
  return { bytes: Buffer.concat([head, header, bytes.subarray(8 + length)]), how };
}

const at = (bytes: Buffer, random: Random) => random.int(0, Math.max(0, bytes.length - 1));

function flip(bytes: Buffer, random: Random, count: number): Buffer {
  if (bytes.length === 0) return bytes;
  for (let i = 0; i < count; i++) bytes[at(bytes, random)] ^= 1 << random.int(0, 7);
  return bytes;
}

const splice = (bytes: Buffer, from: number, removed: number, inserted: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(from + removed)]);
