/**
 * CRC-32 in its two kinds, eight bytes a step ("slicing by eight", Kounavis and Berry 2005): Castagnoli's polynomial
 * as TensorFlow uses it, and the one of zip files. Checkpoints have gigabytes, and every byte goes through here.
 */

/** Table k, entry b: the remainder of byte b followed by k zero bytes; eight tables of 256, one after the other. */
function makeTables(reflectedPolynomial: number): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let b = 0; b < 256; b++) {
    let c = b;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ reflectedPolynomial : c >>> 1;
    tables[b] = c;
  }
  for (let i = 256; i < tables.length; i++) {
    const shorter = tables[i - 256];
    tables[i] = (shorter >>> 8) ^ tables[shorter & 255];
  }
  return tables;
}

function update(tables: Int32Array, crc: number, bytes: Uint8Array): number {
  let c = ~crc;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c =
      tables[1792 + (c & 255)] ^
      tables[1536 + ((c >>> 8) & 255)] ^
      tables[1280 + ((c >>> 16) & 255)] ^
      tables[1024 + (c >>> 24)] ^
      tables[768 + bytes[i + 4]] ^
      tables[512 + bytes[i + 5]] ^
      tables[256 + bytes[i + 6]] ^
      tables[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ tables[(c ^ bytes[i]) & 255];
  return ~c >>> 0;
}

const castagnoli = makeTables(0x82f63b78);
const zip = makeTables(0xedb88320);

/** CRC-32C of `bytes`, or of the data with CRC `before` followed by `bytes`. */
export const crc32c = (bytes: Uint8Array, before = 0): number => update(castagnoli, before, bytes);

/** CRC-32 of zip files. zlib.crc32 of Node.js would do, but exists only since version 22.2. */
export const crc32 = (bytes: Uint8Array, before = 0): number => update(zip, before, bytes);

/** Undoes the mask that TensorFlow and LevelDB put on stored CRCs (tensorflow/core/lib/hash/crc32c.h). */
export function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
