/**
 * A server of KServe v2 on this machine, written from the protocol and not from our client. It computes the logits of
 * the tiny model by the plain forward pass, or misbehaves as it is told.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { readModelConfig } from '../../../server/model/config.js';
import { referenceLogits } from '../../../server/model/golden/reference.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { fixture } from '../model/model-fixtures.js';

export interface Asked {
  /** Without the address of the server. */
  path: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** How often this path was asked for, this time included. */
  time: number;
  response: http.ServerResponse;
}

/** One tensor of an answer before it is sent. */
export interface Tensor {
  name: string;
  datatype: string;
  shape: number[];
  data: number[];
}

type Fields = Record<string, unknown>;

export class KServe {
  /** All requests, in order. */
  readonly asked: Asked[] = [];
  /** Answers in its own way; false or undefined: as a good server does. */
  behaviour: (asked: Asked) => boolean | undefined | Promise<boolean | undefined> = () => undefined;
  extensions = ['binary_tensor_data', 'model_configuration'];
  model = 'ask-bert';
  version = '1';
  datatype = 'INT64';
  inputs = ['input_ids', 'attention_mask', 'token_type_ids'];
  outputs = ['start_logits', 'end_logits'];
  shape = [-1, -1];
  config: Fields = { max_batch_size: 64 };
  parameters: Fields = {};
  /** Changes the answer to a batch. */
  spoil: (outputs: Tensor[]) => void = () => {};
  /** Connections that are open. */
  readonly sockets = new Set<Socket>();
  readonly #weights = new ModelWeights(readModelConfig(fixture('tiny-f32')));
  readonly #server: http.Server;
  readonly #scheme: string;

  /** @param certificate name of a file in test/fixtures/certificates; missing: not encrypted */
  constructor(certificate?: string) {
    const answer = (request: http.IncomingMessage, response: http.ServerResponse) =>
      void this.#receive(request, response);
    const read = (name: string) => readFileSync(path.resolve('test', 'fixtures', 'certificates', name));
    this.#server = certificate
      ? https.createServer({ cert: read(certificate), key: read('key.pem') }, answer)
      : http.createServer(answer);
    this.#scheme = certificate ? 'https' : 'http';
    this.#server.on(certificate ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** @param port of an earlier life; 0: any */
  async open(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this.url;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://${this.#scheme === 'https' ? 'localhost' : '127.0.0.1'}:${this.port}`;
  }

  /** Requests for logits. */
  get inferences(): Asked[] {
    return this.asked.filter(({ path }) => path.endsWith('/infer'));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const where = request.url ?? '';
    const time = this.asked.filter((each) => each.path === where).length + 1;
    const asked: Asked = { path: where, headers: request.headers, body: Buffer.concat(chunks), time, response };
    this.asked.push(asked);
    if (await this.behaviour(asked)) return;
    const known = `/v2/models/${this.model}`;
    if (where === '/v2') return json(response, 200, { name: 'test', version: '9', extensions: this.extensions });
    if (where === known) return json(response, 200, this.#metadata());
    if (where === `${known}/config`) return json(response, 200, { ...this.config, parameters: this.parameters });
    if (where === `${known}/infer`) return this.#infer(asked);
    json(response, 404, { error: 'Request for unknown model' });
  }

  #metadata(): Fields {
    const tensor = (datatype: string) => (name: string) => ({ name, datatype, shape: this.shape });
    return {
      name: this.model,
      versions: [this.version],
      platform: 'test',
      inputs: this.inputs.map(tensor(this.datatype)),
      outputs: this.outputs.map(tensor('FP32')),
    };
  }

  async #infer({ headers, body, response }: Asked): Promise<void> {
    const stated = headers['inference-header-content-length'];
    const size = stated === undefined ? body.length : Number(stated);
    const request = JSON.parse(body.subarray(0, size).toString('utf8')) as { inputs: Fields[]; outputs: Fields[] };
    let at = size;
    const values = new Map<string, number[]>();
    for (const { name, datatype, data, parameters } of request.inputs) {
      const bytes = (parameters as Fields | undefined)?.binary_data_size as number | undefined;
      if (bytes === undefined) {
        values.set(name as string, data as number[]);
        continue;
      }
      const width = datatype === 'INT64' ? 8 : 4;
      const list = Array.from({ length: bytes / width }, (_, i) =>
        width === 8 ? Number(body.readBigInt64LE(at + 8 * i)) : body.readInt32LE(at + 4 * i),
      );
      values.set(name as string, list);
      at += bytes;
    }
    const shape = request.inputs[0].shape as [number, number];
    const outputs = await this.#compute(shape, values);
    this.spoil(outputs);
    const { model: model_name, version: model_version } = this;
    if (!(request.outputs[0].parameters as Fields | undefined)?.binary_data) {
      return json(response, 200, { model_name, model_version, outputs });
    }
    const tensors = outputs.map(({ data }) => Buffer.from(Float32Array.from(data).buffer));
    const head = Buffer.from(
      JSON.stringify({
        model_name,
        model_version,
        outputs: outputs.map(({ data: _, ...rest }, i) => ({
          ...rest,
          parameters: { binary_data_size: tensors[i].length },
        })),
      }),
    );
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    });
    response.end(Buffer.concat([head, ...tensors]));
  }

  /** Rows of any length with a mask; the logits of the padding are a number that must not be used. */
  async #compute([count, length]: [number, number], values: Map<string, number[]>): Promise<Tensor[]> {
    const row = (name: string, r: number) => values.get(name)!.slice(r * length, (r + 1) * length);
    const windows = Array.from({ length: count }, (_, r) => {
      const kept = row('attention_mask', r).filter((each) => each === 1).length;
      return {
        inputIds: row('input_ids', r).slice(0, kept),
        segmentIds: row('token_type_ids', r).slice(0, kept),
      };
    });
    const logits = await referenceLogits(this.#weights, windows);
    const tensor = (name: string, side: 'start' | 'end'): Tensor => ({
      name,
      datatype: 'FP32',
      shape: [count, length],
      data: logits.flatMap((each) => [...each[side], ...new Array<number>(length - each[side].length).fill(1e9)]),
    });
    return [tensor('start_logits', 'start'), tensor('end_logits', 'end')];
  }
}

export function json(response: http.ServerResponse, status: number, value: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}
