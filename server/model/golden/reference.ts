/**
 * The forward pass of BERT and its relatives in plain TypeScript, step by step as in the paper: no library, no
 * fused operator, no processor feature. Activations are 32-bit floats, every sum is taken in 64 bits. Slow; the
 * engines are compared with it.
 */
import { breathe } from '../../errors.js';
import type { ModelConfig } from '../config.js';
import type { ModelWeights } from '../weights.js';

/** A window without padding. */
export interface ReferenceWindow {
  /** [length] vocabulary ids. */
  readonly inputIds: readonly number[];
  /** [length] 0 = question, 1 = context. */
  readonly segmentIds: readonly number[];
}

/** [length] logits of one window. */
export interface ReferenceLogits {
  readonly start: Float32Array;
  readonly end: Float32Array;
}

/** Multiplications per piece in the encoder's matrices; attention itself adds little in short windows. */
export const multiplicationsPerPiece = ({ layers, hiddenSize: h, intermediateSize: i }: ModelConfig): number =>
  layers * (4 * h * h + 2 * h * i);

/**
 * Logits of windows. The windows share only the reading of the weights.
 * @throws AskBertError Cancelled between two layers
 */
export async function referenceLogits(
  weights: ModelWeights,
  windows: readonly ReferenceWindow[],
  signal?: AbortSignal,
): Promise<ReferenceLogits[]> {
  const { config } = weights;
  const h = config.hiddenSize;
  const lengths = windows.map(({ inputIds }) => inputIds.length);
  let hidden = embeddings(weights, windows);
  for (let layer = 0; layer < config.layers; layer++) {
    await breathe(signal);
    const p = `bert.encoder.layer.${layer}`;
    const linear = (name: string, x: Float32Array, rows: number, columns: number): Float32Array =>
      product(x, weights.float(`${name}.weight`), weights.float(`${name}.bias`), rows, columns);
    const [query, key, value] = ['query', 'key', 'value'].map((part) =>
      linear(`${p}.attention.self.${part}`, hidden, h, h),
    );
    const context = attention(query, key, value, lengths, config);
    const attended = linear(`${p}.attention.output.dense`, context, h, h);
    const normed = norm(weights, `${p}.attention.output.LayerNorm`, sum(attended, hidden));
    const inner = linear(`${p}.intermediate.dense`, normed, config.intermediateSize, h);
    activate(inner, config);
    const output = linear(`${p}.output.dense`, inner, h, config.intermediateSize);
    hidden = norm(weights, `${p}.output.LayerNorm`, sum(output, normed));
  }
  const logits = product(hidden, weights.float('qa_outputs.weight'), weights.float('qa_outputs.bias'), 2, h);
  let from = 0;
  return lengths.map((length) => {
    const piece = from;
    from += length;
    return {
      start: Float32Array.from({ length }, (_, i) => logits[2 * (piece + i)]),
      end: Float32Array.from({ length }, (_, i) => logits[2 * (piece + i) + 1]),
    };
  });
}

/** Word + position + segment vectors, normalised and projected: [pieces of all windows, hidden]. */
function embeddings(weights: ModelWeights, windows: readonly ReferenceWindow[]): Float32Array {
  const { hiddenSize, embeddingSize } = weights.config;
  const h = embeddingSize ?? hiddenSize;
  const [words, positions, segments] = ['word', 'position', 'token_type'].map((part) =>
    weights.float(`bert.embeddings.${part}_embeddings.weight`),
  );
  const out = new Float32Array(h * windows.reduce((n, { inputIds }) => n + inputIds.length, 0));
  let at = 0;
  for (const { inputIds, segmentIds } of windows) {
    for (const [position, id] of inputIds.entries()) {
      const segment = segmentIds[position];
      for (let c = 0; c < h; c++)
        out[at++] = words[id * h + c] + positions[position * h + c] + segments[segment * h + c];
    }
  }
  const normed = norm(weights, 'bert.embeddings.LayerNorm', out);
  const p = 'bert.embeddings_project';
  if (embeddingSize === undefined) return normed;
  return product(normed, weights.float(`${p}.weight`), weights.float(`${p}.bias`), hiddenSize, h);
}

/** x [n, columns] times a weight [rows, columns] plus its bias: [n, rows]. Four pieces at a time, only for speed. */
function product(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  rows: number,
  columns: number,
): Float32Array {
  const n = x.length / columns;
  const out = new Float32Array(n * rows);
  for (let r = 0; r < rows; r++) {
    const w = weight.subarray(r * columns, (r + 1) * columns);
    let i = 0;
    for (; i + 4 <= n; i += 4) {
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let k = 0, p = i * columns; k < columns; k++, p++) {
        const factor = w[k];
        a += factor * x[p];
        b += factor * x[p + columns];
        c += factor * x[p + 2 * columns];
        d += factor * x[p + 3 * columns];
      }
      out[i * rows + r] = a + bias[r];
      out[(i + 1) * rows + r] = b + bias[r];
      out[(i + 2) * rows + r] = c + bias[r];
      out[(i + 3) * rows + r] = d + bias[r];
    }
    for (; i < n; i++) {
      let a = 0;
      for (let k = 0, p = i * columns; k < columns; k++, p++) a += w[k] * x[p];
      out[i * rows + r] = a + bias[r];
    }
  }
  return out;
}

/** Every head of every window separately: softmax(Q K^T / sqrt(size of a head)) V. [pieces, hidden] */
function attention(
  query: Float32Array,
  key: Float32Array,
  value: Float32Array,
  lengths: readonly number[],
  { hiddenSize: h, heads }: ModelConfig,
): Float32Array {
  const size = h / heads;
  const out = new Float32Array(query.length);
  let first = 0;
  for (const length of lengths) {
    for (let head = 0; head < heads; head++) {
      const at = (piece: number) => (first + piece) * h + head * size;
      for (let i = 0; i < length; i++) {
        const scores = Float64Array.from({ length }, (_, j) => {
          let score = 0;
          for (let c = 0; c < size; c++) score += query[at(i) + c] * key[at(j) + c];
          return score / Math.sqrt(size);
        });
        const largest = scores.reduce((a, b) => Math.max(a, b));
        const shares = scores.map((score) => Math.exp(score - largest));
        const all = shares.reduce((a, b) => a + b);
        for (let c = 0; c < size; c++) {
          let mixed = 0;
          for (let j = 0; j < length; j++) mixed += shares[j] * value[at(j) + c];
          out[at(i) + c] = mixed / all;
        }
      }
    }
    first += length;
  }
  return out;
}

const sum = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value + b[i]);

/** LayerNorm of each piece, in place. */
function norm(weights: ModelWeights, name: string, x: Float32Array): Float32Array {
  const { layerNormEpsilon } = weights.config;
  const [factor, offset] = [weights.float(`${name}.weight`), weights.float(`${name}.bias`)];
  const h = factor.length;
  for (let from = 0; from < x.length; from += h) {
    let mean = 0;
    for (let c = 0; c < h; c++) mean += x[from + c] / h;
    let variance = 0;
    for (let c = 0; c < h; c++) variance += (x[from + c] - mean) ** 2 / h;
    const deviation = Math.sqrt(variance + layerNormEpsilon);
    for (let c = 0; c < h; c++) x[from + c] = ((x[from + c] - mean) / deviation) * factor[c] + offset[c];
  }
  return x;
}

function activate(x: Float32Array, { activation }: ModelConfig): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i];
    if (activation === 'relu') x[i] = Math.max(0, v);
    else if (activation === 'gelu') x[i] = (v / 2) * (1 + erf(v / Math.SQRT2));
    else x[i] = (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  }
}

/**
 * The error function to 64-bit accuracy: a series of positive terms, and 1 where the rest is smaller than a rounding.
 */
export function erf(x: number): number {
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  let term = (2 / Math.sqrt(Math.PI)) * x * Math.exp(-x * x);
  let total = term;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return total;
}
