/**
 * The ONNX graph of a question-answering model of any shape and family, made from its weights.
 *
 * Inputs: input_ids, segment_ids int32 [batch, length]; position_ids int32 [length]. Every row is full: no padding, no
 * mask. Outputs: start, end float [batch, length].
 *
 * ONNX Runtime's fused operators (com.microsoft) are used where they are faster on its CPU provider. Residual sums and
 * LayerNorm are not: SkipLayerNormalization is several times slower there than Add and LayerNormalization.
 */
import type { ModelConfig } from '../../model/config.js';
import type { RangeSite } from '../../model/ranges/ranges.js';
import type { Int8Rows, ModelWeights } from '../../model/weights.js';
import { exactRows, exactRowsOf } from './exact-rows.js';
import { type FinishedGraph, OnnxGraph } from './onnx-writer.js';

export type CpuPrecision = 'fp32' | 'int8';

/**
 * Builds the model: a small protobuf, without reading the weights, and one block of external data, made of them.
 * @param location name of the external data
 */
export function buildGraph(weights: ModelWeights, precision: CpuPrecision, location: string): FinishedGraph {
  const builder = new GraphBuilder(weights, precision);
  return builder.build(location);
}

/** The graph of normal runs; calibration-graphs.ts has others with the same layers. */
export class GraphBuilder {
  protected readonly graph: OnnxGraph;
  protected readonly config: ModelConfig;

  /** @param opset version of ONNX's operators */
  constructor(
    readonly weights: ModelWeights,
    readonly precision: CpuPrecision,
    opset?: number,
  ) {
    this.graph = new OnnxGraph(opset);
    this.config = weights.config;
  }

  build(location: string): FinishedGraph {
    const g = this.graph;
    const ids = g.input('input_ids', 'int32', ['batch', 'length']);
    const segments = g.input('segment_ids', 'int32', ['batch', 'length']);
    const positions = g.input('position_ids', 'int32', ['length']);
    let hidden = this.#embeddings(ids, segments, positions);
    for (let layer = 0; layer < this.config.layers; layer++) hidden = this.#layer(layer, hidden);
    this.#head(hidden);
    return g.finish(location);
  }

  /**
   * Word + position + segment vectors, normalised and projected: [batch, length, hidden]. 8-bit rows are expanded only
   * where they are used.
   */
  #embeddings(ids: string, segments: string, positions: string): string {
    const g = this.graph;
    const p = 'bert.embeddings';
    const { hiddenSize, embeddingSize: width = hiddenSize } = this.config;
    const matrix = `${p}.word_embeddings.weight`;
    let words: string;
    if (this.weights.isInt8(matrix)) {
      const rows = forTwo(() => this.weights.int8(matrix)!);
      const table = g.lazy('words', 'int8', [this.config.vocabularySize, width], () => rows().values);
      const scales = g.lazy('word_scales', 'float', [this.config.vocabularySize, 1], () => rows().scales);
      const values = g.node('Cast', [g.node('Gather', [table, ids])], { attributes: { to: 1 } });
      words = g.node('Mul', [values, g.node('Gather', [scales, ids])]);
    } else {
      words = g.node('Gather', [this.#float(matrix), ids]);
    }
    const segment = g.node('Gather', [this.#float(`${p}.token_type_embeddings.weight`), segments]);
    const position = g.node('Gather', [this.#float(`${p}.position_embeddings.weight`), positions]);
    const sum = g.node('Add', [g.node('Add', [words, segment]), position]);
    const normed = this.#norm(`${p}.LayerNorm`, sum);
    return this.config.embeddingSize === undefined ? normed : this.#projection(normed, hiddenSize, width);
  }

  /** In FP32 always: it is small, and everything after it depends on it. */
  #projection(x: string, rows: number, columns: number): string {
    const p = 'bert.embeddings_project';
    const product = this.graph.node('MatMul', [x, this.#transposed(`${p}.weight`, [`${p}.weight`], columns, rows)]);
    return this.graph.node('Add', [product, this.#float(`${p}.bias`)]);
  }

  /** A tensor at one of the places whose range a calibration measures; what is returned is used instead of it. */
  protected at(_layer: number, _site: RangeSite, tensor: string): string {
    return tensor;
  }

  /** A matrix of the encoder, (rows, columns). */
  protected matrix(name: string, _rows: number): Float32Array {
    return this.weights.float(name);
  }

  protected split(tensor: string, outputs: string[]): void {
    this.graph.node('Split', [tensor], { attributes: { axis: -1 }, outputs });
  }

  /** Self-attention from query, key and value [batch, length, hidden]: [batch, length, hidden]. */
  protected attention(layer: number, query: string, key: string, value: string): string {
    const parts = [this.at(layer, 'query', query), this.at(layer, 'key', key), this.at(layer, 'value', value)];
    return this.graph.fused('MultiHeadAttention', parts, { num_heads: this.config.heads });
  }

  /** One encoder layer, post-LayerNorm: [batch, length, hidden]. */
  #layer(layer: number, hidden: string): string {
    const p = `bert.encoder.layer.${layer}`;
    const { hiddenSize: h, intermediateSize: i } = this.config;
    const [query, key, value] = this.#projections(p, this.at(layer, 'input', hidden));
    const context = this.at(layer, 'context', this.attention(layer, query, key, value));
    const attended = this.#linear(`${p}.attention.output.dense`, context, h, h);
    const normed = this.#norm(`${p}.attention.output.LayerNorm`, this.graph.node('Add', [attended, hidden]));
    const dense = `${p}.intermediate.dense`;
    // The activation adds the bias.
    const middle = this.at(layer, 'middle', normed);
    const inner = this.#activation(`${dense}.bias`, this.#matmul(dense, middle, [`${dense}.weight`], [i, h]));
    const output = this.#linear(`${p}.output.dense`, this.at(layer, 'inner', inner), h, i);
    return this.#norm(`${p}.output.LayerNorm`, this.graph.node('Add', [output, normed]));
  }

  /** Query, key and value from one product, [batch, length, hidden] each. */
  #projections(p: string, hidden: string): string[] {
    const g = this.graph;
    const h = this.config.hiddenSize;
    const names = ['query', 'key', 'value'].map((part) => `${p}.attention.self.${part}`);
    const bias = g.lazy(`${p}.qkv.bias`, 'float', [3 * h], () =>
      concat(names.map((n) => this.weights.float(`${n}.bias`))),
    );
    const weights = names.map((n) => `${n}.weight`);
    const qkv = this.#matmul(`${p}.qkv`, hidden, weights, [h, h], bias);
    const parts = ['query', 'key', 'value'].map((part) => `${p}.${part}`);
    this.split(qkv, parts);
    return parts;
  }

  /** x [.., columns] times a weight (rows, columns) plus its bias: [.., rows]. */
  #linear(p: string, x: string, rows: number, columns: number): string {
    return this.#matmul(p, x, [`${p}.weight`], [rows, columns], this.#float(`${p}.bias`));
  }

  /** x times weights of one shape side by side; in 8-bit the activations are quantised on the fly, per tensor. */
  #matmul(name: string, x: string, weights: string[], [rows, columns]: [number, number], bias?: string): string {
    const g = this.graph;
    const width = rows * weights.length;
    if (this.precision === 'fp32') {
      const data = () =>
        transposed(
          weights.map((w) => this.matrix(w, rows)),
          columns,
          Float32Array,
        );
      const product = g.node('MatMul', [x, g.lazy(`${name}.weight`, 'float', [columns, width], data)]);
      return bias ? g.node('Add', [product, bias]) : product;
    }
    const parts = forTwo(() => weights.map((w) => this.#int8(w, rows)));
    const scale = g.lazy(`${name}.scale`, 'float', [width], () => concat(parts().map((q) => q.scales)));
    const weight = g.lazy(`${name}.weight`, 'int8', [columns, width], () =>
      transposed(
        parts().map((q) => q.values),
        columns,
        Int8Array,
      ),
    );
    return g.fused('DynamicQuantizeMatMul', bias ? [x, weight, scale, '', bias] : [x, weight, scale]);
  }

  #activation(bias: string, x: string): string {
    const g = this.graph;
    const b = this.#float(bias);
    switch (this.config.activation) {
      case 'gelu':
        return g.fused('BiasGelu', [x, b]);
      case 'gelu_tanh':
        return g.fused('FastGelu', [x, b]);
      case 'relu':
        return g.node('Relu', [g.node('Add', [x, b])]);
    }
  }

  #norm(p: string, x: string): string {
    return this.graph.node('LayerNormalization', [x, this.#float(`${p}.weight`), this.#float(`${p}.bias`)], {
      attributes: { axis: -1, epsilon: { float: this.config.layerNormEpsilon } },
    });
  }

  /** Start and end logits from the last hidden states. */
  #head(hidden: string): void {
    const g = this.graph;
    const weight = this.#transposed('qa_outputs.weight', ['qa_outputs.weight'], this.config.hiddenSize, 2);
    const logits = g.node('Add', [g.node('MatMul', [hidden, weight]), this.#float('qa_outputs.bias')]);
    this.split(logits, ['start_column', 'end_column']);
    const last = g.constant('last_axis', 'int64', [1], new BigInt64Array([-1n]));
    for (const name of ['start', 'end']) {
      g.node('Squeeze', [`${name}_column`, last], { outputs: [name] });
      g.output(name, 'float', ['batch', 'length']);
    }
  }

  #float(name: string): string {
    return this.graph.lazy(name, 'float', this.weights.shape(name), () => this.weights.float(name));
  }

  /** FP32 matrices side by side: [columns, width]. */
  #transposed(name: string, matrices: readonly string[], columns: number, width: number): string {
    return this.graph.lazy(name, 'float', [columns, width], () =>
      transposed(
        matrices.map((m) => this.weights.float(m)),
        columns,
        Float32Array,
      ),
    );
  }

  #int8(name: string, rows: number): Int8Rows {
    const stored = this.weights.int8(name);
    return stored ? exactRows(stored) : exactRowsOf(this.weights.float(name), rows);
  }
}

/** What two constants are made of: made for the first, and not kept after the second. */
function forTwo<T>(make: () => T): () => T {
  let kept: T | undefined;
  return () => {
    const value = kept ?? make();
    kept = kept === undefined ? value : undefined;
    return value;
  };
}

/** Rows that are transposed together: what is read of them stays in the processor's cache. */
const BLOCK = 64;

/** Matrices (rows, columns) side by side and transposed: [columns, sum of rows]. */
export function transposed<T extends Float32Array | Int8Array>(
  matrices: T[],
  columns: number,
  Type: new (n: number) => T,
): T {
  const width = matrices.reduce((n, m) => n + m.length / columns, 0);
  const out = new Type(width * columns);
  let left = 0;
  for (const m of matrices) {
    const rows = m.length / columns;
    for (let begin = 0; begin < rows; begin += BLOCK) {
      const end = Math.min(begin + BLOCK, rows);
      for (let c = 0; c < columns; c++) {
        let to = c * width + left + begin;
        for (let from = begin * columns + c; from < end * columns; from += columns) out[to++] = m[from];
      }
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
