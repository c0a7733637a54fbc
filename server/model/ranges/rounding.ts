/** Numbers of 8 bits as INT8 and FP8 networks have them. */

import type { RangedPrecision } from './ranges.js';

/** The largest number of each: of FP8, of E4M3 without infinities. */
export const LARGEST: Record<RangedPrecision, number> = { int8: 127, fp8: 448 };

/** Smallest exponent of E4M3, and bits of its fraction. */
const LEAST_EXPONENT = -6;
const FRACTION = 3;

/** Rounds each row of a [rows, columns] matrix to 8 bits with a scale of its own, and back. */
export function roundRows(matrix: Float32Array, rows: number, kind: RangedPrecision): Float32Array {
  const columns = matrix.length / rows;
  const out = new Float32Array(matrix.length);
  const round = kind === 'int8' ? nearestEven : nearestE4m3;
  for (let r = 0; r < rows; r++) {
    const row = matrix.subarray(r * columns, (r + 1) * columns);
    let amax = 0;
    for (const value of row) amax = Math.max(amax, Math.abs(value));
    const scale = Math.fround(amax / LARGEST[kind]);
    if (scale > 0) for (let c = 0; c < columns; c++) out[r * columns + c] = round(row[c] / scale) * scale;
  }
  return out;
}

/** The nearest number of E4M3, ties to even; beyond the largest, that one. */
export function nearestE4m3(value: number): number {
  const size = Math.abs(value);
  if (size >= LARGEST.fp8) return Math.sign(value) * LARGEST.fp8;
  const exponent = size > 0 ? Math.max(LEAST_EXPONENT, Math.floor(Math.log2(size))) : LEAST_EXPONENT;
  const step = 2 ** (exponent - FRACTION);
  return nearestEven(value / step) * step;
}

/** The nearest whole number, ties to even. */
export function nearestEven(value: number): number {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
