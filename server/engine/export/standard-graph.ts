/**
 * The ONNX graph of a model for other programs: only standard operators (opset 17), with the names and types that
 * Hugging Face's exporters give, in FP32.
 *
 * Inputs: input_ids, attention_mask, token_type_ids int64 [batch, sequence]. Outputs: start_logits, end_logits float
 * [batch, sequence]; logits in the padding are meaningless.
 */
import type { ModelWeights } from '../../model/weights.js';
import { transposed } from '../cpu/graph.js';
import { OnnxGraph } from '../cpu/onnx-writer.js';

/** Added to the scores of padding: its weights become exactly 0, also where a server computes in 16 bits. */
const MASKED = -10_000;

/** @param weights are read while the graph is written, one tensor at a time */
export function standardGraph(weights: ModelWeights): OnnxGraph {
  return new StandardGraph(weights).build();
}

class StandardGraph {
  readonly #g = new OnnxGraph();
  readonly #weights: ModelWeights;

  constructor(weights: ModelWeights) {
    this.#weights = weights;
  }

  build(): OnnxGraph {
    const g = this.#g;
    const shape = ['batch', 'sequence'];
    const ids = g.input('input_ids', 'int64', shape);
    const mask = g.input('attention_mask', 'int64', shape);
    const types = g.input('token_type_ids', 'int64', shape);
    const bias = this.#maskBias(mask);
    let hidden = this.#embeddings(ids, types);
    for (let layer = 0; layer < this.#weights.config.layers; layer++) {
      hidden = this.#layer(`bert.encoder.layer.${layer}`, hidden, bias);
    }
    this.#head(hidden);
    return g;
  }

  /** What is added to the scores of attention: [batch, 1, 1, sequence]. */
  #maskBias(mask: string): string {
    const g = this.#g;
    const wide = g.node('Unsqueeze', [mask, this.#ints('mask_axes', [1, 2])]);
    const kept = g.node('Cast', [wide], { attributes: { to: 1 } });
    const padding = g.node('Sub', [this.#scalar('one', 1), kept]);
    return g.node('Mul', [padding, this.#scalar('masked', MASKED)]);
  }

  /** Word + position + segment vectors, normalised and projected: [batch, sequence, hidden]. */
  #embeddings(ids: string, types: string): string {
    const g = this.#g;
    const { vocabularySize, segmentTypes, positions, hiddenSize, embeddingSize } = this.#weights.config;
    const width = embeddingSize ?? hiddenSize;
    const p = 'bert.embeddings';
    const words = g.node('Gather', [this.#float(`${p}.word_embeddings.weight`, [vocabularySize, width]), ids]);
    const typeTable = this.#float(`${p}.token_type_embeddings.weight`, [segmentTypes, width]);
    const sum = g.node('Add', [words, g.node('Gather', [typeTable, types])]);
    const length = g.node('Shape', [ids], { attributes: { start: 1, end: 2 } });
    const table = this.#float(`${p}.position_embeddings.weight`, [positions, width]);
    const first = g.node('Slice', [table, this.#ints('position_start', [0]), length, this.#ints('position_axis', [0])]);
    const normed = this.#norm(`${p}.LayerNorm`, g.node('Add', [sum, first]));
    return embeddingSize === undefined ? normed : this.#linear('bert.embeddings_project', normed, hiddenSize, width);
  }

  /** One encoder layer, post-LayerNorm: [batch, sequence, hidden]. */
  #layer(p: string, hidden: string, bias: string): string {
    const { hiddenSize: h, intermediateSize: i } = this.#weights.config;
    const context = this.#attention(p, hidden, bias);
    const attended = this.#linear(`${p}.attention.output.dense`, context, h, h);
    const normed = this.#norm(`${p}.attention.output.LayerNorm`, this.#g.node('Add', [attended, hidden]));
    const inner = this.#activation(this.#linear(`${p}.intermediate.dense`, normed, i, h));
    const output = this.#linear(`${p}.output.dense`, inner, h, i);
    return this.#norm(`${p}.output.LayerNorm`, this.#g.node('Add', [output, normed]));
  }

  /** Self-attention: [batch, sequence, hidden]. */
  #attention(p: string, hidden: string, bias: string): string {
    const g = this.#g;
    const { hiddenSize: h, heads } = this.#weights.config;
    const split = this.#ints('split_heads', [0, 0, heads, h / heads]);
    const part = (name: string, perm: readonly number[]) => {
      const all = this.#linear(`${p}.attention.self.${name}`, hidden, h, h);
      return g.node('Transpose', [g.node('Reshape', [all, split])], { attributes: { perm } });
    };
    const query = part('query', [0, 2, 1, 3]);
    const key = part('key', [0, 2, 3, 1]);
    const value = part('value', [0, 2, 1, 3]);
    const scores = g.node('Div', [g.node('MatMul', [query, key]), this.#scalar('head_scale', Math.sqrt(h / heads))]);
    const weights = g.node('Softmax', [g.node('Add', [scores, bias])], { attributes: { axis: -1 } });
    const context = g.node('Transpose', [g.node('MatMul', [weights, value])], { attributes: { perm: [0, 2, 1, 3] } });
    return g.node('Reshape', [context, this.#ints('join_heads', [0, 0, h])]);
  }

  /** x [.., columns] times a weight (rows, columns) plus its bias: [.., rows]. */
  #linear(p: string, x: string, rows: number, columns: number): string {
    const g = this.#g;
    const make = () => transposed([this.#weights.float(`${p}.weight`)], columns, Float32Array);
    const product = g.node('MatMul', [x, g.lazy(`${p}.weight`, 'float', [columns, rows], make)]);
    return g.node('Add', [product, this.#vector(`${p}.bias`)]);
  }

  #activation(x: string): string {
    const g = this.#g;
    switch (this.#weights.config.activation) {
      case 'relu':
        return g.node('Relu', [x]);
      case 'gelu': {
        const erf = g.node('Erf', [g.node('Div', [x, this.#scalar('sqrt_2', Math.SQRT2)])]);
        const whole = g.node('Mul', [x, g.node('Add', [erf, this.#scalar('one', 1)])]);
        return g.node('Mul', [whole, this.#scalar('half', 0.5)]);
      }
      case 'gelu_tanh': {
        const cube = g.node('Mul', [g.node('Mul', [x, x]), x]);
        const inner = g.node('Add', [x, g.node('Mul', [cube, this.#scalar('gelu_cube', 0.044715)])]);
        const tanh = g.node('Tanh', [g.node('Mul', [inner, this.#scalar('gelu_scale', Math.sqrt(2 / Math.PI))])]);
        const whole = g.node('Mul', [x, g.node('Add', [tanh, this.#scalar('one', 1)])]);
        return g.node('Mul', [whole, this.#scalar('half', 0.5)]);
      }
    }
  }

  #norm(p: string, x: string): string {
    const epsilon = { float: this.#weights.config.layerNormEpsilon };
    return this.#g.node('LayerNormalization', [x, this.#vector(`${p}.weight`), this.#vector(`${p}.bias`)], {
      attributes: { axis: -1, epsilon },
    });
  }

  #head(hidden: string): void {
    const g = this.#g;
    const logits = this.#linear('qa_outputs', hidden, 2, this.#weights.config.hiddenSize);
    g.node('Split', [logits], { attributes: { axis: -1 }, outputs: ['start_column', 'end_column'] });
    for (const side of ['start', 'end']) {
      g.node('Squeeze', [`${side}_column`, this.#ints('last_axis', [-1])], { outputs: [`${side}_logits`] });
      g.output(`${side}_logits`, 'float', ['batch', 'sequence']);
    }
  }

  readonly #known = new Set<string>();

  #scalar(name: string, value: number): string {
    if (this.#known.has(name)) return name;
    this.#known.add(name);
    return this.#g.constant(name, 'float', [], new Float32Array([value]));
  }

  #ints(name: string, values: readonly number[]): string {
    if (this.#known.has(name)) return name;
    this.#known.add(name);
    return this.#g.constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  #float(name: string, shape: number[]): string {
    return this.#g.lazy(name, 'float', shape, () => this.#weights.float(name));
  }

  #vector(name: string): string {
    const data = this.#weights.float(name);
    return this.#g.constant(name, 'float', [data.length], data);
  }
}
