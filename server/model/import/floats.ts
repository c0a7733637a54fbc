/** Floating-point types of checkpoints to and from 32-bit floats, and the transpose. Hosts are little-endian. */
import { bfloat16ToFloat, halfToFloat } from '../weights.js';

export type FloatType = 'F64' | 'F32' | 'F16' | 'BF16';

/** Bytes of one value. */
export const floatBytes: Readonly<Record<FloatType, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/**
 * Stored values as 32-bit floats; F64 is rounded to the nearest one.
 * @param bytes a whole number of values at the beginning of their own buffer; reversed in place when `bigEndian`
 */
export function decodeFloats(
  bytes: Uint8Array<ArrayBuffer>,
  type: FloatType,
  bigEndian = false,
): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  if (bigEndian) {
    const view = Buffer.from(buffer, byteOffset, byteLength);
    if (floatBytes[type] === 8) view.swap64();
    else if (floatBytes[type] === 4) view.swap32();
    else view.swap16();
  }
  const count = byteLength / floatBytes[type];
  switch (type) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, count);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case 'F16':
      return halfToFloat(new Uint16Array(buffer, byteOffset, count));
    case 'BF16':
      return bfloat16ToFloat(new Uint16Array(buffer, byteOffset, count));
  }
}

/** [rows, columns] to [columns, rows], row-major both. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  // Tiles, so that neither side strides through memory by whole rows.
  const tile = 32;
  for (let r0 = 0; r0 < rows; r0 += tile) {
    const rEnd = Math.min(rows, r0 + tile);
    for (let c0 = 0; c0 < columns; c0 += tile) {
      const cEnd = Math.min(columns, c0 + tile);
      for (let r = r0; r < rEnd; r++) for (let c = c0; c < cEnd; c++) out[c * rows + r] = values[r * columns + c];
    }
  }
  return out;
}

/** IEEE single to half, to the nearest, ties to even; values that round above 65504 become infinite. */
export function floatToHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000;
    const magnitude = bits[i] & 0x7fffffff;
    let half: number;
    if (magnitude > 0x7f800000) half = 0x7e00;
    else if (magnitude >= 0x47800000) half = 0x7c00;
    else if (magnitude >= 0x38800000) half = roundedShift(magnitude - 0x38000000, 13);
    else {
      // Subnormal halves count steps of 2^-24; below half a step the result is 0.
      const exponent = magnitude >>> 23;
      half = exponent < 102 ? 0 : roundedShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
    }
    out[i] = sign | half;
  }
  return out;
}

/** value / 2^shift to the nearest whole number, ties to even; a carry into the exponent is what rounding up means. */
function roundedShift(value: number, shift: number): number {
  const whole = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return whole + (rest > half || (rest === half && (whole & 1) === 1) ? 1 : 0);
}
