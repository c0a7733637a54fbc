/**
 * Two more graphs of a model for calibrating it: one that also gives the activations whose ranges are measured, and
 * one that calculates as the quantised network on TensorRT does, with FP32 between its products.
 */
import { amaxOf, type RangedPrecision, type RangeSite, type Ranges, rangeSites } from '../../model/ranges/ranges.js';
import { LARGEST, roundRows } from '../../model/ranges/rounding.js';
import type { ModelWeights } from '../../model/weights.js';
import { GraphBuilder } from './graph.js';

/** The first with 8-bit floats in QuantizeLinear and DequantizeLinear. */
const OPSET = 21;
/** TensorProto.DataType. */
const onnxTypes: Record<RangedPrecision, number> = { int8: 3, fp8: 17 };

/** A place in the network. */
export interface ObservedTensor {
  readonly layer: number;
  readonly site: RangeSite;
  /** Name of the output, [batch, length, width]. `query` is not yet divided by the square root of the head size. */
  readonly output: string;
}

/** The graph of normal runs in FP32, with activations as outputs besides the logits. */
export class ObservedGraph extends GraphBuilder {
  /** Filled by `build`. */
  readonly observed: ObservedTensor[] = [];

  constructor(weights: ModelWeights) {
    super(weights, 'fp32');
  }

  protected override at(layer: number, site: RangeSite, tensor: string): string {
    const width = site === 'inner' ? this.config.intermediateSize : this.config.hiddenSize;
    this.graph.output(tensor, 'float', ['batch', 'length', width]);
    this.observed.push({ layer, site, output: tensor });
    return tensor;
  }
}

/**
 * The network in INT8 or FP8 (E4M3): every operand of a product is rounded to 8 bits, activations with one scale per
 * tensor from their ranges, weights with one per row.
 */
export class QuantisedGraph extends GraphBuilder {
  readonly #amax: Float32Array;

  constructor(
    weights: ModelWeights,
    readonly quantised: RangedPrecision,
    ranges: Pick<Ranges, 'layers'>,
  ) {
    super(weights, 'fp32', OPSET);
    this.#amax = amaxOf(ranges);
  }

  protected override at(layer: number, site: RangeSite, tensor: string): string {
    const index = layer * rangeSites.length + rangeSites.indexOf(site);
    return this.#rounded(tensor, `${site}.${layer}`, this.#amax[index]);
  }

  protected override matrix(name: string, rows: number): Float32Array {
    return roundRows(super.matrix(name, rows), rows, this.quantised);
  }

  protected override split(tensor: string, outputs: string[]): void {
    this.graph.node('Split', [tensor], { attributes: { axis: -1, num_outputs: outputs.length }, outputs });
  }

  protected override attention(layer: number, query: string, key: string, value: string): string {
    const g = this.graph;
    const { heads, hiddenSize } = this.config;
    const root = this.#scalar(`root.${layer}`, 1 / Math.sqrt(hiddenSize / heads));
    const scaled = this.at(layer, 'query', g.node('Mul', [query, root]));
    const q = this.#heads(layer, 'query', scaled, [0, 2, 1, 3]);
    const k = this.#heads(layer, 'key', this.at(layer, 'key', key), [0, 2, 3, 1]);
    const v = this.#heads(layer, 'value', this.at(layer, 'value', value), [0, 2, 1, 3]);
    const shares = g.node('Softmax', [g.node('MatMul', [q, k])], { attributes: { axis: -1 } });
    const mixed = g.node('MatMul', [this.#rounded(shares, `softmax.${layer}`, 1), v]);
    const together = g.node('Transpose', [mixed], { attributes: { perm: [0, 2, 1, 3] } });
    return g.node('Reshape', [together, this.#shape(`joined.${layer}`, [0, 0, hiddenSize])]);
  }

  /** [batch, length, hidden] as [batch, length, heads, size], its axes in another order. */
  #heads(layer: number, site: RangeSite, tensor: string, perm: readonly number[]): string {
    const { heads, hiddenSize } = this.config;
    const shape = this.#shape(`${site}.shape.${layer}`, [0, 0, heads, hiddenSize / heads]);
    return this.graph.node('Transpose', [this.graph.node('Reshape', [tensor, shape])], { attributes: { perm } });
  }

  /** Rounded to 8 bits and back. @param amax the largest absolute value that has a number of its own */
  #rounded(tensor: string, name: string, amax: number): string {
    const scale = this.#scalar(`${name}.scale`, amax / LARGEST[this.quantised]);
    const attributes = { output_dtype: onnxTypes[this.quantised] };
    const rounded = this.graph.node('QuantizeLinear', [tensor, scale], { attributes });
    return this.graph.node('DequantizeLinear', [rounded, scale]);
  }

  #scalar(name: string, value: number): string {
    return this.graph.constant(name, 'float', [], Float32Array.of(value));
  }

  #shape(name: string, sizes: number[]): string {
    return this.graph.constant(name, 'int64', [sizes.length], BigInt64Array.from(sizes, BigInt));
  }
}
