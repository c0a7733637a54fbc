/**
 * The ONNX graph of a BERT question-answering model of any shape, made from its weights.
 *
 * Inputs: input_ids, segment_ids int32 [batch, length]; position_ids int32 [length]; lengths int32 [batch].
 * Outputs: start, end float [batch, length].
 * ONNX Runtime's fused operators (com.microsoft) are used where its CPU provider has them.
 */
import type { ModelConfig } from '../../model/config.js';
import { type Int8Rows, type ModelWeights, quantise } from '../../model/weights.js';
import { OnnxGraph } from './onnx-writer.js';

export type CpuPrecision = 'fp32' | 'int8';
export const variant = { attention: process.env.V_ATT ?? 'qattention', matmul: process.env.V_MM ?? 'dq' };

/** Builds the model: a small protobuf and one block of external data. */
export function buildGraph(
  weights: ModelWeights,
  precision: CpuPrecision,
): { model: Uint8Array; external: Uint8Array } {
  const builder = new GraphBuilder(weights, precision);
  return builder.build();
}

class GraphBuilder {
  readonly #g = new OnnxGraph();
  readonly #c: ModelConfig;

  constructor(
    readonly weights: ModelWeights,
    readonly precision: CpuPrecision,
  ) {
    this.#c = weights.config;
  }

  build(): { model: Uint8Array; external: Uint8Array } {
    const g = this.#g;
    const ids = g.input('input_ids', 'int32', ['batch', 'length']);
    const segments = g.input('segment_ids', 'int32', ['batch', 'length']);
    const positions = g.input('position_ids', 'int32', ['length']);
    const lengths = g.input('lengths', 'int32', ['batch']);
    let hidden = this.#embeddings(ids, segments, positions);
    for (let layer = 0; layer < this.#c.layers; layer++)
      hidden = this.#layer(`bert.encoder.layer.${layer}`, hidden, lengths);
    this.#head(hidden);
    return g.finish();
  }

  /** Word + position + segment vectors, normalised: [batch, length, hidden]. 8-bit rows are expanded only where they are used. */
  #embeddings(ids: string, segments: string, positions: string): string {
    const g = this.#g;
    const p = 'bert.embeddings';
    const rows = this.weights.int8(`${p}.word_embeddings.weight`);
    let words: string;
    if (rows) {
      const table = g.constant('words', 'int8', [this.#c.vocabularySize, this.#c.hiddenSize], rows.values);
      const scales = g.constant('word_scales', 'float', [this.#c.vocabularySize, 1], rows.scales);
      const values = g.node('Cast', [g.node('Gather', [table, ids])], { attributes: { to: 1 } });
      words = g.node('Mul', [values, g.node('Gather', [scales, ids])]);
    } else {
      words = g.node('Gather', [
        this.#float(`${p}.word_embeddings.weight`, [this.#c.vocabularySize, this.#c.hiddenSize]),
        ids,
      ]);
    }
    const segment = g.node('Gather', [
      this.#float(`${p}.token_type_embeddings.weight`, [this.#c.segmentTypes, this.#c.hiddenSize]),
      segments,
    ]);
    const position = g.node('Gather', [
      this.#float(`${p}.position_embeddings.weight`, [this.#c.positions, this.#c.hiddenSize]),
      positions,
    ]);
    const sum = g.node('Add', [g.node('Add', [words, segment]), position]);
    return g.node(
      'LayerNormalization',
      [sum, this.#vector(`${p}.LayerNorm.weight`), this.#vector(`${p}.LayerNorm.bias`)],
      {
        attributes: { axis: -1, epsilon: { float: this.#c.layerNormEpsilon } },
      },
    );
  }

  #layer(p: string, hidden: string, lengths: string): string {
    const context = this.#attention(p, hidden, lengths);
    const attended = this.#linear(`${p}.attention.output.dense`, context, false);
    const normed = this.#addNorm(`${p}.attention.output`, attended, hidden, true);
    const inner = this.#activation(
      `${p}.intermediate.dense.bias`,
      this.#linear(`${p}.intermediate.dense`, normed, false),
    );
    return this.#addNorm(`${p}.output`, this.#linear(`${p}.output.dense`, inner, false), normed, true);
  }

  /** Self-attention over the real pieces of each row: [batch, length, hidden]. */
  #attention(p: string, hidden: string, lengths: string): string {
    const g = this.#g;
    const h = this.#c.hiddenSize;
    const heads = this.#c.heads;
    const names = ['query', 'key', 'value'].map((part) => `${p}.attention.self.${part}`);
    const bias = g.constant(
      `${p}.qkv.bias`,
      'float',
      [3 * h],
      concat(names.map((n) => this.weights.float(`${n}.bias`))),
    );
    if (this.precision === 'fp32') {
      const data = transposed(
        names.map((n) => this.weights.float(`${n}.weight`)),
        h,
        Float32Array,
      );
      const weight = g.constant(`${p}.qkv.weight`, 'float', [h, 3 * h], data);
      if (variant.attention === 'mha') {
        const qkv = g.node('Add', [g.node('MatMul', [hidden, weight]), bias]);
        const parts = [`${p}.q`, `${p}.k`, `${p}.v`];
        g.node('Split', [qkv], { attributes: { axis: -1 }, outputs: parts });
        return g.fused('MultiHeadAttention', [...parts, '', lengths], { num_heads: heads });
      }
      return g.fused('Attention', [hidden, weight, bias, lengths], { num_heads: heads });
    }
    const rows = names.map((n) => this.#int8(`${n}.weight`, h));
    const weight = g.constant(
      `${p}.qkv.weight`,
      'int8',
      [h, 3 * h],
      transposed(
        rows.map((r) => r.values),
        h,
        Int8Array,
      ),
    );
    const scale = g.constant(`${p}.qkv.scale`, 'float', [3 * h], concat(rows.map((r) => r.scales)));
    if (variant.attention === 'qattention') {
      const [q, qs, qz] = [`${p}.q`, `${p}.qs`, `${p}.qz`];
      g.node('DynamicQuantizeLinear', [hidden], { outputs: [q, qs, qz] });
      return g.fused('QAttention', [q, weight, bias, qs, scale, lengths, qz], { num_heads: heads });
    }
    const qkv = g.fused('DynamicQuantizeMatMul', [hidden, weight, scale, '', bias]);
    const parts = [`${p}.q`, `${p}.k`, `${p}.v`];
    g.node('Split', [qkv], { attributes: { axis: -1 }, outputs: parts });
    return g.fused('MultiHeadAttention', variant.attention === 'mhanomask' ? parts : [...parts, '', lengths], {
      num_heads: heads,
    });
  }

  /** x [.., in] times a weight (out, in): [.., out]; the bias is added by what follows unless asked for. */
  #linear(p: string, x: string, withBias: boolean): string {
    const g = this.#g;
    const { hiddenSize: h, intermediateSize: i } = this.#c;
    const [rows, columns] = p.endsWith('intermediate.dense')
      ? [i, h]
      : p.endsWith('attention.output.dense')
        ? [h, h]
        : [h, i];
    if (this.precision === 'fp32') {
      const data = transposed([this.weights.float(`${p}.weight`)], columns, Float32Array);
      const product = g.node('MatMul', [x, g.constant(`${p}.weight`, 'float', [columns, rows], data)]);
      return withBias ? g.node('Add', [product, this.#vector(`${p}.bias`)]) : product;
    }
    const q = this.#int8(`${p}.weight`, rows);
    const scale = g.constant(`${p}.scale`, 'float', [rows], q.scales);
    const weight = g.constant(`${p}.weight`, 'int8', [columns, rows], transposed([q.values], columns, Int8Array));
    return g.fused(
      'DynamicQuantizeMatMul',
      withBias ? [x, weight, scale, '', this.#vector(`${p}.bias`)] : [x, weight, scale],
    );
  }

  #activation(bias: string, x: string): string {
    const g = this.#g;
    const b = this.#vector(bias);
    switch (this.#c.activation) {
      case 'gelu':
        return g.fused('BiasGelu', [x, b]);
      case 'gelu_tanh':
        return g.fused('FastGelu', [x, b]);
      case 'relu':
        return g.node('Relu', [g.node('Add', [x, b])]);
    }
  }

  /** LayerNorm(x + dense bias + residual). */
  #addNorm(p: string, x: string, residual: string, withBias: boolean): string {
    const inputs = [x, residual, this.#vector(`${p}.LayerNorm.weight`), this.#vector(`${p}.LayerNorm.bias`)];
    if (withBias) inputs.push(this.#vector(`${p}.dense.bias`));
    return this.#g.fused('SkipLayerNormalization', inputs, { epsilon: { float: this.#c.layerNormEpsilon } });
  }

  /** Start and end logits from the last hidden states. */
  #head(hidden: string): void {
    const g = this.#g;
    const weight = g.constant(
      'qa_outputs.weight',
      'float',
      [this.#c.hiddenSize, 2],
      transposed([this.weights.float('qa_outputs.weight')], this.#c.hiddenSize, Float32Array),
    );
    const logits = g.node('Add', [g.node('MatMul', [hidden, weight]), this.#vector('qa_outputs.bias')]);
    g.node('Split', [logits], { attributes: { axis: -1 }, outputs: ['start_column', 'end_column'] });
    const last = g.constant('last_axis', 'int64', [1], new BigInt64Array([-1n]));
    for (const name of ['start', 'end']) {
      g.node('Squeeze', [`${name}_column`, last], { outputs: [name] });
      g.output(name, 'float', ['batch', 'length']);
    }
  }

  #float(name: string, shape: number[]): string {
    return this.#g.constant(name, 'float', shape, this.weights.float(name));
  }

  #vector(name: string): string {
    const data = this.weights.float(name);
    return this.#g.constant(name, 'float', [data.length], data);
  }

  #int8(name: string, rows: number): Int8Rows {
    return this.weights.int8(name) ?? quantise(this.weights.float(name), rows);
  }
}

/** Matrices (rows, columns) side by side and transposed: [columns, sum of rows]. */
function transposed<T extends Float32Array | Int8Array>(matrices: T[], columns: number, Type: new (n: number) => T): T {
  const width = matrices.reduce((n, m) => n + m.length / columns, 0);
  const out = new Type(width * columns);
  let left = 0;
  for (const m of matrices) {
    const rows = m.length / columns;
    for (let r = 0; r < rows; r++) {
      for (let c = 0, from = r * columns, to = left + r; c < columns; c++, to += width) out[to] = m[from + c];
    }
    left += rows;
  }
  return out;
}

function concat(vectors: Float32Array[]): Float32Array {
  const out = new Float32Array(vectors.reduce((n, v) => n + v.length, 0));
  let at = 0;
  for (const v of vectors) {
    out.set(v, at);
    at += v.length;
  }
  return out;
}
