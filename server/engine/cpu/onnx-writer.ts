/**
 * Writes an ONNX model (onnx.proto3, IR version 8 or 10) from nodes and constants. Constants beyond a small size go
 * into one block of external data, so that no protobuf limit (2 GiB) applies to large models, and where that is kept
 * from the last time, the model is written without it.
 */
import { Writer } from 'protobufjs/minimal';

/** TensorProto.DataType. */
const dataTypes = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
const bytesOfType: Record<OnnxType, number> = { float: 4, uint8: 1, int8: 1, int32: 4, int64: 8 };
export type OnnxType = keyof typeof dataTypes;
type Data = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;
export type Attribute = number | { float: number } | readonly number[];

interface Constant {
  name: string;
  type: OnnxType;
  shape: number[];
  data: Data;
}

/** A model whose large constants are outside of it. */
export interface FinishedGraph {
  model: Uint8Array;
  /** Bytes of the external data. */
  size: number;
  /** Makes the external data. */
  external(): Uint8Array;
}

const INLINE_BYTES = 1024;
const ALIGNMENT = 64;

/** Version of ONNX's operators, and of its file format for each of them. */
const USUAL_OPSET = 17;
const formatOf = (opset: number): number => (opset > USUAL_OPSET ? 10 : 8);

export class OnnxGraph {
  readonly #opset: number;
  readonly #nodes: Uint8Array[] = [];
  readonly #constants: Constant[] = [];
  /** Of the constants, those whose data is made when the model is written. */
  readonly #makers = new Map<string, () => Data>();
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  #names = 0;

  constructor(opset = USUAL_OPSET) {
    this.#opset = opset;
  }

  input(name: string, type: OnnxType, shape: Array<string | number>): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(name: string, type: OnnxType, shape: Array<string | number>): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  constant(name: string, type: OnnxType, shape: number[], data: Data): string {
    this.#constants.push({ name, type, shape, data });
    return name;
  }

  /** A constant whose data is made only when it is written: never in the model's own bytes, however small. */
  lazy(name: string, type: OnnxType, shape: number[], make: () => Data): string {
    this.#makers.set(name, make);
    return this.constant(name, type, shape, new Uint8Array(0));
  }

  /** Adds a node; '' stands for an optional input that is left out. Returns the names of its outputs. */
  node(
    type: string,
    inputs: string[],
    options: {
      attributes?: Record<string, Attribute> | undefined;
      domain?: string | undefined;
      outputs?: string[] | undefined;
    } = {},
  ): string {
    const outputs = options.outputs ?? [`${type}_${this.#names++}`];
    const w = Writer.create();
    for (const i of inputs) w.uint32(tag(1, 2)).string(i);
    for (const o of outputs) w.uint32(tag(2, 2)).string(o);
    w.uint32(tag(3, 2)).string(`${type}:${outputs[0]}`);
    w.uint32(tag(4, 2)).string(type);
    for (const [k, v] of Object.entries(options.attributes ?? {})) w.uint32(tag(5, 2)).bytes(attribute(k, v));
    if (options.domain) w.uint32(tag(7, 2)).string(options.domain);
    this.#nodes.push(w.finish());
    return outputs[0];
  }

  /** A node of ONNX Runtime's own operators. */
  fused(type: string, inputs: string[], attributes?: Record<string, Attribute>, outputs?: string[]): string {
    return this.node(type, inputs, { attributes, domain: 'com.microsoft', outputs });
  }

  /**
   * The model and its external data. The graph must not be used afterwards.
   * @param location name of the external data
   */
  finish(location: string): FinishedGraph {
    let size = 0;
    const outside: Array<{ name: string; place: number; bytes: number; make: () => Data }> = [];
    const graph = Writer.create();
    for (const n of this.#nodes) graph.uint32(tag(1, 2)).bytes(n);
    graph.uint32(tag(2, 2)).string('bert');
    for (const c of this.#constants.splice(0)) {
      const make = this.#makers.get(c.name);
      const bytes = bytesOf(c);
      const tensor = tensorHead(c);
      if (!make && bytes <= INLINE_BYTES) tensor.uint32(tag(9, 2)).bytes(asBytes(c.data));
      else {
        outside.push({ name: c.name, place: size, bytes, make: make ?? (() => c.data) });
        pointTo(tensor, location, size, bytes);
        size = Math.ceil((size + bytes) / ALIGNMENT) * ALIGNMENT;
      }
      graph.uint32(tag(5, 2)).bytes(tensor.finish());
    }
    for (const v of this.#inputs) graph.uint32(tag(11, 2)).bytes(v);
    for (const v of this.#outputs) graph.uint32(tag(12, 2)).bytes(v);
    const model = modelHead(this.#opset, true);
    model.uint32(tag(7, 2)).bytes(graph.finish());
    const external = () => {
      const all = new Uint8Array(size);
      for (const { name, place, bytes, make } of outside) all.set(checked(name, make(), bytes), place);
      return all;
    };
    return { model: model.finish(), size, external };
  }

  /**
   * The bytes of a model in one file, piece by piece, without ONNX Runtime's own operators. The graph must not be used
   * afterwards.
   * @param metadata kept in the file
   */
  stream(metadata: Readonly<Record<string, string>>): { bytes: number; pieces: Iterable<Uint8Array> } {
    const head = Writer.create();
    for (const n of this.#nodes) head.uint32(tag(1, 2)).bytes(n);
    head.uint32(tag(2, 2)).string('bert');
    for (const v of this.#inputs) head.uint32(tag(11, 2)).bytes(v);
    for (const v of this.#outputs) head.uint32(tag(12, 2)).bytes(v);
    const nodes = head.finish();
    const constants = this.#constants.splice(0).map((c) => {
      const bytes = bytesOf(c);
      const start = tensorHead(c).uint32(tag(9, 2)).uint32(bytes).finish();
      const opening = Writer.create()
        .uint32(tag(5, 2))
        .uint32(start.length + bytes)
        .finish();
      return { ...c, bytes, start: Buffer.concat([opening, start]) };
    });
    const graphBytes = constants.reduce((sum, c) => sum + c.start.length + c.bytes, nodes.length);
    const model = modelHead(this.#opset, false);
    for (const [key, value] of Object.entries(metadata)) {
      model
        .uint32(tag(14, 2))
        .bytes(Writer.create().uint32(tag(1, 2)).string(key).uint32(tag(2, 2)).string(value).finish());
    }
    const opening = model.uint32(tag(7, 2)).uint32(graphBytes).finish();
    const makers = this.#makers;
    function* pieces(): Iterable<Uint8Array> {
      yield opening;
      yield nodes;
      for (const { name, data, bytes, start } of constants) {
        const made = checked(name, makers.get(name)?.() ?? data, bytes);
        yield start;
        yield made;
      }
    }
    return { bytes: opening.length + graphBytes, pieces: pieces() };
  }
}

/** What stands before the graph. @param fused whether ONNX Runtime's own operators are used */
function modelHead(opset: number, fused: boolean): Writer {
  const model = Writer.create();
  model.uint32(tag(1, 0)).int64(formatOf(opset));
  model.uint32(tag(2, 2)).string('ask-bert');
  const domains: (readonly [string, number])[] = [['', opset]];
  if (fused) domains.push(['com.microsoft', 1]);
  for (const [domain, version] of domains) {
    const set = Writer.create().uint32(tag(1, 2)).string(domain).uint32(tag(2, 0)).int64(version);
    model.uint32(tag(8, 2)).bytes(set.finish());
  }
  return model;
}

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

function valueInfo(name: string, type: OnnxType, shape: Array<string | number>): Uint8Array {
  const dims = Writer.create();
  for (const d of shape) {
    const dim = Writer.create();
    if (typeof d === 'string') dim.uint32(tag(2, 2)).string(d);
    else dim.uint32(tag(1, 0)).int64(d);
    dims.uint32(tag(1, 2)).bytes(dim.finish());
  }
  const tensorType = Writer.create().uint32(tag(1, 0)).int32(dataTypes[type]).uint32(tag(2, 2)).bytes(dims.finish());
  const typeProto = Writer.create().uint32(tag(1, 2)).bytes(tensorType.finish());
  return Writer.create().uint32(tag(1, 2)).string(name).uint32(tag(2, 2)).bytes(typeProto.finish()).finish();
}

/** A tensor up to its data. */
function tensorHead(c: Constant): Writer {
  const w = Writer.create();
  for (const d of c.shape) w.uint32(tag(1, 0)).int64(d);
  w.uint32(tag(2, 0)).int32(dataTypes[c.type]);
  return w.uint32(tag(8, 2)).string(c.name);
}

const bytesOf = (c: Constant): number => c.shape.reduce((product, n) => product * n, bytesOfType[c.type]);

const asBytes = (data: Data): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function checked(name: string, data: Data, bytes: number): Uint8Array {
  if (data.byteLength !== bytes) throw new Error(`${name}: ${data.byteLength} bytes, expected ${bytes}`);
  return asBytes(data);
}

/** Where the data of a tensor is. */
function pointTo(w: Writer, location: string, place: number, bytes: number): void {
  for (const [k, v] of [
    ['location', location],
    ['offset', `${place}`],
    ['length', `${bytes}`],
  ]) {
    w.uint32(tag(13, 2)).bytes(Writer.create().uint32(tag(1, 2)).string(k).uint32(tag(2, 2)).string(v).finish());
  }
  w.uint32(tag(14, 0)).int32(1);
}

function attribute(name: string, value: Attribute): Uint8Array {
  const w = Writer.create().uint32(tag(1, 2)).string(name);
  if (typeof value === 'number') return w.uint32(tag(3, 0)).int64(value).uint32(tag(20, 0)).int32(2).finish();
  if (isInts(value)) {
    for (const each of value) w.uint32(tag(8, 0)).int64(each);
    return w.uint32(tag(20, 0)).int32(7).finish();
  }
  return w.uint32(tag(2, 5)).float(value.float).uint32(tag(20, 0)).int32(1).finish();
}

const isInts = (value: Attribute): value is readonly number[] => Array.isArray(value);
