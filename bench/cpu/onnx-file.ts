/**
 * Writes an ONNX model of standard operators as one file, weights included: as an exporter writes it for other
 * runtimes.
 */
import { Writer } from 'protobufjs/minimal';

/** TensorProto.DataType. */
const dataTypes = { float: 1, int8: 3, int64: 7 } as const;
type Type = keyof typeof dataTypes;
type Attribute = number | number[] | { float: number };

export class OnnxFile {
  readonly #nodes: Uint8Array[] = [];
  readonly #constants = new Map<string, Uint8Array>();
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  #names = 0;

  input(name: string, type: Type, shape: string[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(name: string, type: Type, shape: string[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  constant(name: string, type: Type, shape: number[], data: Float32Array | Int8Array | number[]): string {
    const values = Array.isArray(data) ? (type === 'float' ? new Float32Array(data) : int64(data)) : data;
    const w = Writer.create();
    for (const d of shape) w.uint32(tag(1, 0)).int64(d);
    w.uint32(tag(2, 0)).int32(dataTypes[type]);
    w.uint32(tag(8, 2)).string(name);
    w.uint32(tag(9, 2)).bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#constants.set(name, w.finish());
    return name;
  }

  /** Adds a node. @returns the names of its outputs */
  nodes(type: string, inputs: string[], attributes: Record<string, Attribute>, outputs: string[]): string[] {
    const w = Writer.create();
    for (const i of inputs) w.uint32(tag(1, 2)).string(i);
    for (const o of outputs) w.uint32(tag(2, 2)).string(o);
    w.uint32(tag(3, 2)).string(`${type}:${outputs[0]}`);
    w.uint32(tag(4, 2)).string(type);
    for (const [k, v] of Object.entries(attributes)) w.uint32(tag(5, 2)).bytes(attribute(k, v));
    this.#nodes.push(w.finish());
    return outputs;
  }

  /** Adds a node of one output. @returns its name */
  node(type: string, inputs: string[], attributes: Record<string, Attribute> = {}, output = this.name(type)): string {
    return this.nodes(type, inputs, attributes, [output])[0];
  }

  name(type: string): string {
    return `${type}_${this.#names++}`;
  }

  finish(): Uint8Array {
    const graph = Writer.create();
    for (const n of this.#nodes) graph.uint32(tag(1, 2)).bytes(n);
    graph.uint32(tag(2, 2)).string('bert');
    for (const c of this.#constants.values()) graph.uint32(tag(5, 2)).bytes(c);
    for (const v of this.#inputs) graph.uint32(tag(11, 2)).bytes(v);
    for (const v of this.#outputs) graph.uint32(tag(12, 2)).bytes(v);
    const opset = Writer.create().uint32(tag(1, 2)).string('').uint32(tag(2, 0)).int64(17).finish();
    const model = Writer.create().uint32(tag(1, 0)).int64(8).uint32(tag(2, 2)).string('ask-bert');
    return model.uint32(tag(7, 2)).bytes(graph.finish()).uint32(tag(8, 2)).bytes(opset).finish();
  }
}

const tag = (field: number, wireType: number): number => (field << 3) | wireType;
const int64 = (values: number[]) => BigInt64Array.from(values, BigInt);

function valueInfo(name: string, type: Type, shape: string[]): Uint8Array {
  const dims = Writer.create();
  for (const d of shape) {
    const dim = Writer.create().uint32(tag(2, 2)).string(d).finish();
    dims.uint32(tag(1, 2)).bytes(dim);
  }
  const tensorType = Writer.create().uint32(tag(1, 0)).int32(dataTypes[type]).uint32(tag(2, 2)).bytes(dims.finish());
  const typeProto = Writer.create().uint32(tag(1, 2)).bytes(tensorType.finish());
  return Writer.create().uint32(tag(1, 2)).string(name).uint32(tag(2, 2)).bytes(typeProto.finish()).finish();
}

function attribute(name: string, value: Attribute): Uint8Array {
  const w = Writer.create().uint32(tag(1, 2)).string(name);
  if (typeof value === 'number') return w.uint32(tag(3, 0)).int64(value).uint32(tag(20, 0)).int32(2).finish();
  if (!Array.isArray(value)) return w.uint32(tag(2, 5)).float(value.float).uint32(tag(20, 0)).int32(1).finish();
  for (const v of value) w.uint32(tag(8, 0)).int64(v);
  return w.uint32(tag(20, 0)).int32(7).finish();
}
