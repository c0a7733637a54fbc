/** JSON-RPC messages as they are on the wire, over any two streams; nothing of a library in between. */
import type { Readable, Writable } from 'node:stream';
import { until } from './fake-worker.js';

export interface Message {
  jsonrpc: string;
  id?: number | string | null;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

export class RawClient {
  /** All that came, in order. */
  readonly received: Message[] = [];
  closed = false;
  private rest: Buffer = Buffer.alloc(0);
  private lastId = 0;

  constructor(
    input: Readable,
    private readonly output: Writable,
  ) {
    input.on('data', (data: Buffer) => this.take(data));
    input.on('close', () => {
      this.closed = true;
    });
    input.on('error', () => {});
    output.on('error', () => {});
  }

  send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.output.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /** The answer to a request, result or error. */
  async ask(method: string, params?: unknown): Promise<Message> {
    const id = ++this.lastId;
    this.send({ id, method, params });
    return this.message((each) => each.id === id && each.method === undefined, `${method} is answered`);
  }

  initialize(initializationOptions?: object): Promise<Message> {
    return this.ask('initialize', { processId: null, rootUri: null, capabilities: {}, initializationOptions });
  }

  /** The first that came, or comes, of this kind. */
  async message(is: (message: Message) => boolean, what: string): Promise<Message> {
    await until(() => this.received.some(is), what);
    return this.received.find(is)!;
  }

  /** Anything but messages is a failure: nothing else may be on the wire. */
  private take(data: Buffer): void {
    this.rest = Buffer.concat([this.rest, data]);
    for (;;) {
      const end = this.rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const header = /^Content-Length: (\d+)$/.exec(this.rest.subarray(0, end).toString('latin1'));
      if (!header) throw new Error(`not a message: ${this.rest.subarray(0, 200)}`);
      const from = end + 4;
      const to = from + Number(header[1]);
      if (this.rest.length < to) return;
      this.received.push(JSON.parse(this.rest.subarray(from, to).toString('utf8')));
      this.rest = this.rest.subarray(to);
    }
  }
}
