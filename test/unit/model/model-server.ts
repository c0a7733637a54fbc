/** A server of model files on this machine, which misbehaves as it is told; and a forward proxy before it. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import type { CatalogueEntry } from '../../../server/model/store/catalogue.js';

/** From out-test/unit, out-test/server or out-test/exthost. */
const tiny = path.resolve('test', 'fixtures', 'models', 'tiny-f32');

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const read = (name: string): Buffer => readFileSync(path.join(tiny, name));

/** White space at its end makes JSON as long as the catalogue says, and means nothing. */
const padded = (json: Buffer, bytes: number): Buffer => Buffer.concat([json, Buffer.alloc(bytes - json.length, ' ')]);

/** Files of a tiny model that fit the sizes of an entry. */
export function tinyFiles(entry: Pick<CatalogueEntry, 'files'>): Map<string, Buffer> {
  const contents: Record<string, Buffer> = {
    'config.json': read('config.json'),
    'tokenizer_config.json': Buffer.from('{}'),
    'vocab.txt': read('vocab.txt'),
    'model.safetensors': read('model.safetensors'),
  };
  return new Map(entry.files.map(({ name, bytes }) => [name, bytes ? padded(contents[name], bytes) : contents[name]]));
}

/** An entry for the tiny model. @param hashes whether it has them */
export function tinyEntry(hashes: boolean): CatalogueEntry {
  const names = ['config.json', 'vocab.txt', 'model.safetensors'];
  return {
    id: 'tiny',
    title: 'Tiny',
    repository: 'someone/tiny',
    revision: '0123456789abcdef0123456789abcdef01234567',
    files: names.map((name) => ({ name, ...(hashes && { sha256: sha256(read(name)), bytes: read(name).length }) })),
    licence: 'MIT',
    squad: '2.0',
  };
}

export interface Asked {
  file: string;
  request: http.IncomingMessage;
  response: http.ServerResponse;
  content: Buffer;
  /** How often this file was asked for, this time included. */
  time: number;
}

/** Answers in its own way; undefined: as a good server does. */
export type Behaviour = (asked: Asked) => boolean | undefined;

export class ModelServer {
  readonly asked: { file: string; range: string | undefined; ifRange: string | undefined }[] = [];
  behaviour: Behaviour = () => undefined;
  etag = '"v1"';
  private readonly server = http.createServer((request, response) => this.answer(request, response));

  /** @param files contents by the last part of the address */
  constructor(public files: Map<string, Buffer>) {
    // A busy machine may ask again just when an idle connection is closed, and count that as an attempt.
    this.server.keepAliveTimeout = 0;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  times(file: string): number {
    return this.asked.filter((each) => each.file === file).length;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const file = path.posix.basename(new URL(request.url!, 'http://x').pathname);
    const content = this.files.get(file);
    const { range, 'if-range': ifRange } = request.headers;
    this.asked.push({ file, range, ifRange: ifRange as string | undefined });
    if (!content) return void response.writeHead(404).end('nothing');
    if (this.behaviour({ file, request, response, content, time: this.times(file) })) return;
    this.serve(request, response, content);
  }

  /** As a good server does: ranges, and `If-Range`. */
  serve(request: http.IncomingMessage, response: http.ServerResponse, content: Buffer): void {
    const { range, 'if-range': ifRange } = request.headers;
    const from = range && (!ifRange || ifRange === this.etag) ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    if (from >= content.length) {
      return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    }
    const headers = { etag: this.etag, 'accept-ranges': 'bytes', 'content-length': content.length - from };
    const part = { ...headers, 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? part : headers);
    response.end(content.subarray(from));
  }
}

/** Breaks the connection after this many bytes, as soon as `file`, which the client keeps them in, has them. */
export function cutAt(server: ModelServer, { request, response, content }: Asked, bytes: number, file: string): true {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const headers = { etag: server.etag, 'content-length': content.length - from };
  const part = { ...headers, 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(from > 0 ? 206 : 200, from > 0 ? part : headers);
  const sent = content.subarray(from, from + bytes);
  if (sent.length > 0) response.write(sent);
  else response.flushHeaders();
  void whenKept(file, from + sent.length, response).then(() => response.destroy());
  return true;
}

/** Waits until the client has this many bytes in a file, or has disconnected. */
export async function whenKept(file: string, bytes: number, response: http.ServerResponse): Promise<void> {
  const kept = () => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  while (kept() < bytes && !response.destroyed) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A forward proxy: it notes what goes through it. */
export class ForwardProxy {
  readonly seen: string[] = [];
  private readonly server = http.createServer((request, response) => {
    this.seen.push(`${request.method} ${request.url}`);
    const { method, headers } = request;
    const onward = http.request(request.url!, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });

  async start(): Promise<this> {
    this.server.on('connect', (request, socket: net.Socket, head) => {
      this.seen.push(`CONNECT ${request.url}`);
      const [host, port] = request.url!.split(':');
      const onward = net.connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
