/**
 * Requests and answers of KServe v2 (Open Inference Protocol), with the binary tensor extension or as JSON. Only token
 * ids, masks and types of tokens are sent, never text.
 */
import { endianness } from 'node:os';
import { t } from '../../l10n.js';
import type { Logits, WindowBatch } from '../engine.js';
import { RemoteFault } from './fault.js';
import type { RemoteResponse } from './http.js';

/** Names of the tensors, as Hugging Face's exporters give them. */
export const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'] as const;
export const OUTPUTS = ['start_logits', 'end_logits'] as const;
export type InputName = (typeof INPUTS)[number];
export type InputType = 'INT64' | 'INT32';

/** Rows of a batch that one request carries. */
export interface Rows {
  readonly batch: WindowBatch;
  readonly from: number;
  readonly to: number;
  /** Pieces of each row as sent, padding included. */
  readonly length: number;
}

/** Tells how many bytes of the body are JSON; the tensors follow. */
const HEADER_LENGTH = 'inference-header-content-length';
/** JSON of an answer without its numbers. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Of one number in JSON, with its separators. */
const MAX_NUMBER_BYTES = 40;

/** The extension's tensors are little-endian. */
const LITTLE_ENDIAN = endianness() === 'LE';

/** Longest body of an answer for these rows, bytes. */
export function answerLimit({ from, to, length }: Rows): number {
  return MAX_HEADER_BYTES + OUTPUTS.length * (to - from) * length * MAX_NUMBER_BYTES;
}

/** @param types of the inputs, as the server wants them */
export function encodeRequest(
  rows: Rows,
  types: Readonly<Record<InputName, InputType>>,
  binary: boolean,
): { body: Uint8Array; headers: Record<string, string> } {
  const shape = [rows.to - rows.from, rows.length];
  const tensors = INPUTS.map((name) => ({ name, datatype: types[name], values: valuesOf(rows, name) }));
  if (!binary || !LITTLE_ENDIAN) {
    const inputs = tensors.map(({ name, datatype, values }) => ({ name, shape, datatype, data: Array.from(values) }));
    const outputs = OUTPUTS.map((name) => ({ name }));
    return {
      body: Buffer.from(JSON.stringify({ inputs, outputs })),
      headers: { 'content-type': 'application/json' },
    };
  }
  const parts = tensors.map(({ datatype, values }) => bytesOf(values, datatype));
  const inputs = tensors.map(({ name, datatype }, i) => ({
    name,
    shape,
    datatype,
    parameters: { binary_data_size: parts[i].length },
  }));
  const outputs = OUTPUTS.map((name) => ({ name, parameters: { binary_data: true } }));
  const header = Buffer.from(JSON.stringify({ inputs, outputs }));
  return {
    body: Buffer.concat([header, ...parts]),
    headers: { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(header.length) },
  };
}

/** [rows, length], padded with 0. */
function valuesOf({ batch, from, to, length }: Rows, name: InputName): Int32Array {
  const values = new Int32Array((to - from) * length);
  for (let row = from; row < to; row++) {
    const at = (row - from) * length;
    const count = batch.lengths[row];
    if (name === 'attention_mask') values.fill(1, at, at + count);
    else {
      const all = name === 'input_ids' ? batch.inputIds : batch.segmentIds;
      values.set(all.subarray(row * batch.length, row * batch.length + count), at);
    }
  }
  return values;
}

function bytesOf(values: Int32Array, type: InputType): Uint8Array {
  if (type === 'INT32') return new Uint8Array(values.buffer);
  // None is negative: the upper half is 0.
  const wide = new Int32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) wide[2 * i] = values[i];
  return new Uint8Array(wide.buffer);
}

/** The logits of the rows, shape [rows, length], and the version of the model that computed them. */
export interface Decoded extends Logits {
  version: string | undefined;
}

/** @throws RemoteFault naming the tensor, what was found and what was expected */
export function decodeAnswer({ headers, body }: RemoteResponse, rows: Rows, host: string): Decoded {
  const stated = headers[HEADER_LENGTH];
  const size = typeof stated === 'string' ? Number(stated) : body.length;
  if (!Number.isInteger(size) || size < 0 || size > body.length) {
    throw wrong(host, t('its JSON is said to have {0} bytes, and {1} came', String(stated), body.length));
  }
  const { outputs, model_version: version } = jsonOf(body.subarray(0, size), host);
  if (!Array.isArray(outputs)) throw wrong(host, t('it has no outputs'));
  let at = size;
  const found = new Map<string, Float32Array>();
  for (const output of outputs as Record<string, unknown>[]) {
    const bytes = (output?.parameters as Record<string, unknown> | undefined)?.binary_data_size;
    const tensor = bytes === undefined ? undefined : takeBytes(body, at, bytes, host);
    at += tensor?.length ?? 0;
    const name = String(output?.name);
    if ((OUTPUTS as readonly string[]).includes(name)) found.set(name, floatsOf(output, tensor, rows, host));
  }
  const [start, end] = OUTPUTS.map((name) => {
    const values = found.get(name);
    if (!values) throw wrong(host, t('it has no output {0}', name));
    checkNumbers(values, name, rows, host);
    return values;
  });
  return { start, end, version: typeof version === 'string' ? version : undefined };
}

/** @throws RemoteFault */
function takeBytes(body: Uint8Array, at: number, bytes: unknown, host: string): Uint8Array {
  if (Number.isSafeInteger(bytes) && (bytes as number) >= 0 && at + (bytes as number) <= body.length) {
    return body.subarray(at, at + (bytes as number));
  }
  throw wrong(host, t('a tensor is said to have {0} bytes, and {1} came', String(bytes), body.length - at));
}

/** @throws RemoteFault */
function floatsOf(
  { name, shape, datatype, data }: Record<string, unknown>,
  bytes: Uint8Array | undefined,
  { from, to, length }: Rows,
  host: string,
): Float32Array {
  const expected = [to - from, length];
  if (datatype !== 'FP32') throw wrong(host, t('{0} is {1}, expected {2}', String(name), String(datatype), 'FP32'));
  if (!Array.isArray(shape) || shape.length !== 2 || shape.some((each, i) => Number(each) !== expected[i])) {
    const shown = JSON.stringify(shape)?.slice(0, 60) ?? '-';
    throw wrong(host, t('{0} has the shape {1}, expected {2}', String(name), shown, JSON.stringify(expected)));
  }
  const count = expected[0] * expected[1];
  if (bytes) {
    if (bytes.length !== 4 * count) {
      throw wrong(host, t('{0} has {1} bytes, expected {2}', String(name), bytes.length, 4 * count));
    }
    // A copy: numbers have to begin at a multiple of their size.
    return new Float32Array(new Uint8Array(bytes).buffer);
  }
  // Flat, or a list for each row.
  const flat: unknown[] = Array.isArray(data) ? data.flat() : [];
  if (flat.length !== count) {
    throw wrong(host, t('{0} has {1} numbers, expected {2}', String(name), flat.length, count));
  }
  // Servers write NaN as null or as a word: `Number` would make 0 of null.
  return Float32Array.from(flat, (value) => (typeof value === 'number' ? value : Number.NaN));
}

/** @throws RemoteFault when a logit outside the padding is infinite or not a number */
function checkNumbers(values: Float32Array, name: string, { batch, from, to, length }: Rows, host: string): void {
  for (let row = from; row < to; row++) {
    const at = (row - from) * length;
    for (let i = at; i < at + batch.lengths[row]; i++) {
      if (!Number.isFinite(values[i])) throw wrong(host, t('{0} has logits that are not numbers', name));
    }
  }
}

/** @throws RemoteFault */
export function jsonOf(bytes: Uint8Array, host: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Also what JSON does not have: some servers write NaN.
  }
  throw wrong(host, t('it is not a JSON object'));
}

const wrong = (host: string, fault: string): RemoteFault =>
  new RemoteFault(
    'lost',
    t('The answer of {0} cannot be used: {1}.', host, fault),
    t('Check the model on the server.'),
  );
