/**
 * 8-bit weights whose products are summed exactly on every processor.
 *
 * Without an instruction for exact 8-bit dot products (VNNI, AMX, Arm's dot product), x86 multiplies unsigned by
 * signed bytes and adds each two neighbours in 16 bits, with saturation (`vpmaddubsw`; ONNX Runtime uses it with AVX2
 * and SSE). 255 * (|a| + |b|) must therefore not exceed 32767: two neighbours of a row may have magnitudes of 128
 * together. ONNX Runtime's own answer, `reduce_range`, allows each of them 64, which costs a whole bit; large weights
 * are rarely neighbours, so that this bound costs about half of it. All processors get the same weights, hence the same
 * logits.
 */
import type { Int8Rows } from '../../model/weights.js';

/** Maximum sum of the magnitudes of two neighbours. */
export const pairLimit = Math.floor(32767 / 255);
const LARGEST = 127;

/**
 * Rounds a [rows, columns] matrix to 8-bit rows with a scale each, so that columns 2i and 2i + 1 keep to `pairLimit`. A
 * row stored in 8 bits that already satisfies this is returned unchanged.
 * @param stored 8-bit rows of the file
 */
export function exactRows(stored: Int8Rows): Int8Rows {
  const { values } = stored;
  const rows = stored.scales.length;
  const columns = values.length / rows;
  const out = values.slice();
  const scales = stored.scales.slice();
  for (let r = 0; r < rows; r++) {
    const row = values.subarray(r * columns, (r + 1) * columns);
    const pair = largestPair(row);
    if (pair <= pairLimit) continue;
    const factor = pair / pairLimit;
    scales[r] = Math.fround(scales[r] * factor);
    round(row, factor, out.subarray(r * columns, (r + 1) * columns));
  }
  return { values: out, scales };
}

/** Like {@link exactRows}, from floating-point weights. */
export function exactRowsOf(weights: Float32Array, rows: number): Int8Rows {
  const columns = weights.length / rows;
  const values = new Int8Array(weights.length);
  const scales = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = weights.subarray(r * columns, (r + 1) * columns);
    let max = 0;
    for (const w of row) max = Math.max(max, Math.abs(w));
    const scale = Math.fround(Math.max(max / LARGEST, largestPair(row) / pairLimit)) || 1;
    scales[r] = scale;
    round(row, scale, values.subarray(r * columns, (r + 1) * columns));
  }
  return { values, scales };
}

/** Largest |row[2i]| + |row[2i + 1]|; a last column without neighbour counts alone. */
function largestPair(row: Int8Array | Float32Array): number {
  let largest = 0;
  for (let i = 0; i < row.length; i += 2) {
    largest = Math.max(largest, Math.abs(row[i]) + (i + 1 < row.length ? Math.abs(row[i + 1]) : 0));
  }
  return largest;
}

/**
 * row / scale as whole numbers. If rounding takes a pair past the limit, the value that was rounded up most is reduced
 * by one.
 */
function round(row: Int8Array | Float32Array, scale: number, out: Int8Array): void {
  for (let i = 0; i < row.length; i++) {
    out[i] = Math.max(-LARGEST, Math.min(LARGEST, Math.round(row[i] / scale)));
    if (i % 2 === 0 || Math.abs(out[i]) + Math.abs(out[i - 1]) <= pairLimit) continue;
    const excess = (at: number) => Math.abs(out[at]) - Math.abs(row[at] / scale);
    const at = excess(i) > excess(i - 1) ? i : i - 1;
    out[at] -= Math.sign(out[at]);
  }
}
