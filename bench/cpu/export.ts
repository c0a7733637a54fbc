/**
 * The model in the format of the others: `node out-bench/cpu/export.js MODEL FOLDER` writes a folder in the layout that
 * Transformers.js loads (config.json, tokenizer.json, tokenizer_config.json, onnx/model.onnx,
 * onnx/model_quantized.onnx). The graphs are like those of Hugging Face's exporters, of standard operators with an
 * attention mask; the quantised one is like the output of ONNX Runtime's quantize_dynamic with 8-bit weights per
 * channel. The 8-bit weights are those of MODEL itself.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { huggingFaceFiles } from '../../server/engine/export/huggingface.js';
import { type ModelConfig, readModelConfig } from '../../server/model/config.js';
import { ModelWeights, quantise } from '../../server/model/weights.js';
import { OnnxFile } from './onnx-file.js';

const AXES = ['batch', 'length'];

class Exporter {
  readonly #f = new OnnxFile();
  readonly #c: ModelConfig;
  /** Tensors that were quantised: their values, scale and zero point. */
  readonly #quantised = new Map<string, string[]>();
  readonly #heads: string;
  readonly #merged: string;

  constructor(
    private readonly weights: ModelWeights,
    private readonly isQuantised: boolean,
  ) {
    this.#c = weights.config;
    const { heads, hiddenSize } = this.#c;
    this.#heads = this.#f.constant('heads', 'int64', [4], [0, 0, heads, hiddenSize / heads]);
    this.#merged = this.#f.constant('merged', 'int64', [3], [0, 0, hiddenSize]);
  }

  run(): Uint8Array {
    const f = this.#f;
    const ids = f.input('input_ids', 'int64', AXES);
    const mask = f.input('attention_mask', 'int64', AXES);
    const segments = f.input('token_type_ids', 'int64', AXES);
    const one = f.constant('one', 'float', [], [1]);
    const lowest = f.constant('lowest', 'float', [], [-3.4e38]);
    // As PyTorch's exporter writes it, which is the pattern that ONNX Runtime's optimiser looks for.
    const [rows, heads] = [1, 2].map((axis) => f.constant(`mask_axis_${axis}`, 'int64', [1], [axis]));
    const seen = f.node('Cast', [f.node('Unsqueeze', [f.node('Unsqueeze', [mask, rows]), heads])], { to: 1 });
    const added = f.node('Mul', [f.node('Sub', [one, seen]), lowest]);
    let hidden = this.#embeddings(ids, segments);
    for (let i = 0; i < this.#c.layers; i++) hidden = this.#layer(`bert.encoder.layer.${i}`, hidden, added);
    const logits = this.#linear('qa_outputs', hidden, 2, this.#c.hiddenSize, false);
    const columns = f.nodes('Split', [logits], { axis: -1 }, ['start_column', 'end_column']);
    const last = f.constant('last_axis', 'int64', [1], [-1]);
    for (const [i, name] of ['start_logits', 'end_logits'].entries()) {
      f.node('Squeeze', [columns[i], last], {}, name);
      f.output(name, 'float', AXES);
    }
    return f.finish();
  }

  #embeddings(ids: string, segments: string): string {
    const f = this.#f;
    const { vocabularySize, segmentTypes, positions, hiddenSize } = this.#c;
    const p = 'bert.embeddings';
    const table = (name: string, rows: number) =>
      f.constant(name, 'float', [rows, hiddenSize], this.weights.float(`${p}.${name}.weight`));
    const words = f.node('Gather', [table('word_embeddings', vocabularySize), ids]);
    const segment = f.node('Gather', [table('token_type_embeddings', segmentTypes), segments]);
    const length = f.node('Gather', [f.node('Shape', [ids]), f.constant('axis_1', 'int64', [1], [1])]);
    const zero = f.constant('zero', 'int64', [1], [0]);
    const position = f.node('Slice', [table('position_embeddings', positions), zero, length, zero]);
    return this.#norm(`${p}.LayerNorm`, f.node('Add', [f.node('Add', [words, segment]), position]));
  }

  #layer(p: string, hidden: string, mask: string): string {
    const f = this.#f;
    const { hiddenSize: h, intermediateSize: i, heads } = this.#c;
    const part = (name: string, perm: number[]) => {
      const x = this.#linear(`${p}.attention.self.${name}`, hidden, h, h);
      return f.node('Transpose', [f.node('Reshape', [x, this.#heads])], { perm });
    };
    const query = part('query', [0, 2, 1, 3]);
    const key = part('key', [0, 2, 3, 1]);
    const value = part('value', [0, 2, 1, 3]);
    const root = f.constant(`${p}.root`, 'float', [], [Math.sqrt(h / heads)]);
    const scores = f.node('Add', [f.node('Div', [f.node('MatMul', [query, key]), root]), mask]);
    const context = f.node('MatMul', [f.node('Softmax', [scores], { axis: -1 }), value]);
    const merged = f.node('Reshape', [f.node('Transpose', [context], { perm: [0, 2, 1, 3] }), this.#merged]);
    const attended = this.#linear(`${p}.attention.output.dense`, merged, h, h);
    const normed = this.#norm(`${p}.attention.output.LayerNorm`, f.node('Add', [attended, hidden]));
    const inner = this.#activation(this.#linear(`${p}.intermediate.dense`, normed, i, h), p);
    const output = this.#linear(`${p}.output.dense`, inner, h, i);
    return this.#norm(`${p}.output.LayerNorm`, f.node('Add', [output, normed]));
  }

  #activation(x: string, p: string): string {
    const f = this.#f;
    const { activation } = this.#c;
    if (activation === 'relu') return f.node('Relu', [x]);
    if (activation !== 'gelu')
      throw new Error(`hidden_act: found ${activation}, expected gelu or relu to be exported.`);
    const number = (name: string, value: number) => f.constant(`${p}.${name}`, 'float', [], [value]);
    const error = f.node('Erf', [f.node('Div', [x, number('root_2', Math.SQRT2)])]);
    const gate = f.node('Mul', [x, f.node('Add', [error, number('gelu_1', 1)])]);
    return f.node('Mul', [gate, number('half', 0.5)]);
  }

  /** x [.., columns] times a weight (rows, columns) plus its bias: [.., rows]. */
  #linear(p: string, x: string, rows: number, columns: number, quantised = this.isQuantised): string {
    const f = this.#f;
    const bias = f.constant(`${p}.bias`, 'float', [rows], this.weights.float(`${p}.bias`));
    const name = `${p}.weight`;
    if (!quantised) {
      const values = transposed(this.weights.float(name), rows, new Float32Array(rows * columns));
      return f.node('Add', [bias, f.node('MatMul', [x, f.constant(name, 'float', [columns, rows], values)])]);
    }
    const { values, scales } = this.weights.int8(name) ?? quantise(this.weights.float(name), rows);
    const weight = f.constant(name, 'int8', [columns, rows], transposed(values, rows, new Int8Array(rows * columns)));
    let parts = this.#quantised.get(x);
    if (!parts) {
      parts = f.nodes('DynamicQuantizeLinear', [x], {}, [`${x}_8`, `${x}_scale`, `${x}_zero`]);
      this.#quantised.set(x, parts);
    }
    const [bytes, scale, zero] = parts;
    const product = f.node('Cast', [f.node('MatMulInteger', [bytes, weight, zero])], { to: 1 });
    const both = f.node('Mul', [scale, f.constant(`${name}_scale`, 'float', [rows], Float32Array.from(scales))]);
    return f.node('Add', [bias, f.node('Mul', [product, both])]);
  }

  #norm(p: string, x: string): string {
    const vector = (name: string) =>
      this.#f.constant(`${p}.${name}`, 'float', [this.#c.hiddenSize], this.weights.float(`${p}.${name}`));
    return this.#f.node('LayerNormalization', [x, vector('weight'), vector('bias')], {
      axis: -1,
      epsilon: { float: this.#c.layerNormEpsilon },
    });
  }
}

function transposed<T extends Float32Array | Int8Array>(matrix: T, rows: number, out: T): T {
  const columns = matrix.length / rows;
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c];
  return out;
}

function main(model: string, folder: string): void {
  const config = readModelConfig(model);
  mkdirSync(path.join(folder, 'onnx'), { recursive: true });
  const put = (name: string, content: string | Uint8Array) => writeFileSync(path.join(folder, name), content);
  for (const [name, isQuantised] of [
    ['onnx/model.onnx', false],
    ['onnx/model_quantized.onnx', true],
  ] as const) {
    const weights = new ModelWeights(config);
    put(name, new Exporter(weights, isQuantised).run());
    weights.close();
  }
  const { 'config.json': configuration, ...others } = huggingFaceFiles(config);
  for (const [name, content] of Object.entries(others)) put(name, content);
  // Written last: it marks the folder as complete.
  put('config.json', configuration);
}

main(process.argv[2], process.argv[3]);
