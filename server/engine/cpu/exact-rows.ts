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
  const out = new Int8Array(values.length);
  const scales = stored.scales.slice();
  for (let r = 0; r < rows; r++) {
    const row = values.subarray(r * columns, (r + 1) * columns);
    const into = out.subarray(r * columns, (r + 1) * columns);
    const pair = largestPair(row);
    if (pair <= pairLimit) {
      into.set(row);
      continue;
    }
    const factor = pair / pairLimit;
    scales[r] = Math.fround(scales[r] * factor);
    const rounded = roundedBytes(pair);
    for (let i = 0; i < columns; i++) into[i] = rounded[row[i] + 128];
    keepToLimit(row, factor, into);
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
    for (let i = 0; i < columns; i++) max = Math.max(max, Math.abs(row[i]));
    const scale = Math.fround(Math.max(max / LARGEST, largestPair(row) / pairLimit)) || 1;
    scales[r] = scale;
    const into = values.subarray(r * columns, (r + 1) * columns);
    for (let i = 0; i < columns; i++) into[i] = rounded(row[i], scale);
    keepToLimit(row, scale, into);
  }
  return { values, scales };
}

/** Largest |row[2i]| + |row[2i + 1]|; a last column without neighbour counts alone. */
function largestPair(row: Int8Array | Float32Array): number {
  const even = row.length & ~1;
  let largest = even < row.length ? Math.abs(row[even]) : 0;
  for (let i = 0; i < even; i += 2) {
    const pair = Math.abs(row[i]) + Math.abs(row[i + 1]);
    if (pair > largest) largest = pair;
  }
  return largest;
}

const rounded = (value: number, scale: number): number =>
  Math.max(-LARGEST, Math.min(LARGEST, Math.round(value / scale)));

/** See {@link roundedBytes}; by the largest pair. */
const tables: Int8Array[] = [];

/**
 * What each byte, from -128 on, is rounded to in a row with this largest pair: millions of weights share a few of these
 * tables.
 */
function roundedBytes(pair: number): Int8Array {
  tables[pair] ??= Int8Array.from({ length: 256 }, (_, i) => rounded(i - 128, pair / pairLimit));
  return tables[pair];
}

/** Where rounding took a pair past the limit, the value that was rounded up most is reduced by one. */
function keepToLimit(row: Int8Array | Float32Array, scale: number, out: Int8Array): void {
  for (let i = 1; i < out.length; i += 2) {
    if (Math.abs(out[i]) + Math.abs(out[i - 1]) > pairLimit) reduceOne(row, scale, out, i);
  }
}

/** @param i the second column of the pair */
function reduceOne(row: Int8Array | Float32Array, scale: number, out: Int8Array, i: number): void {
  const excess = (at: number) => Math.abs(out[at]) - Math.abs(row[at] / scale);
  const at = excess(i) > excess(i - 1) ? i : i - 1;
  out[at] -= Math.sign(out[at]);
}
