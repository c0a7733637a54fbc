/**
 * Messages of MCP over two streams, a line each. Unlike the transport of the SDK it answers what is not a message,
 * reads no further while its answers are not taken, and notices the end of its input.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { type LongLine, linesOf } from './lines.js';

/** Largest message, in bytes. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

type Id = string | number;

export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #largest: number;
  readonly #closing = new AbortController();

  constructor(input: Readable, output: Writable, largest = MAX_MESSAGE_BYTES) {
    this.#input = input;
    this.#output = output;
    this.#largest = largest;
  }

  async start(): Promise<void> {
    void this.#read();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of linesOf(this.#input, this.#largest)) {
        if (this.#closing.signal.aborted) return;
        if (typeof line !== 'string') this.#refuseLong(line);
        else if (line.trim() !== '') this.#take(line);
        if (this.#output.writableNeedDrain) await once(this.#output, 'drain', { signal: this.#closing.signal });
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.onerror?.(error as Error);
    }
    await this.close();
  }

  #take(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      this.#refuse(undefined, ErrorCode.ParseError, `Parse error: ${(error as Error).message.slice(0, 200)}`);
      return;
    }
    const parsed = JSONRPCMessageSchema.safeParse(value);
    if (parsed.success) {
      this.onmessage?.(parsed.data);
      return;
    }
    const { id, result, error } = Object(value) as Record<string, unknown>;
    // An answer to a request of ours gets no answer.
    if (result !== undefined || error !== undefined) return;
    const found = Array.isArray(value) ? 'an array (batches are not part of MCP)' : 'something else';
    this.#refuse(
      typeof id === 'string' || Number.isSafeInteger(id) ? (id as Id) : undefined,
      ErrorCode.InvalidRequest,
      `Invalid request: found ${found}, expected an object with "jsonrpc": "2.0", a "method" in words and an "id".`,
    );
  }

  #refuseLong({ bytes, begin, end }: LongLine): void {
    this.#refuse(
      idAt(begin, end),
      ErrorCode.InvalidRequest,
      `The message has ${bytes} bytes, expected at most ${this.#largest}. Put the text into a file and name the file.`,
    );
  }

  #refuse(id: Id | undefined, code: ErrorCode, message: string): void {
    const answer = { jsonrpc: '2.0' as const, error: { code, message } };
    void this.send(id === undefined ? answer : { ...answer, id }).catch((error) => this.onerror?.(error));
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#output.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#input.pause();
    this.onclose?.();
  }
}

/** The id of a message of which only the ends are known: libraries write it first or last. */
function idAt(begin: string, end: string): Id | undefined {
  const id = String.raw`"id"\s*:\s*("(?:[^"\\]|\\.){0,200}"|\d{1,15})`;
  const found =
    new RegExp(`^\\s*\\{\\s*(?:"jsonrpc"\\s*:\\s*"2\\.0"\\s*,\\s*)?${id}`).exec(begin) ??
    new RegExp(`${id}\\s*(?:,\\s*"jsonrpc"\\s*:\\s*"2\\.0"\\s*)?\\}\\s*$`).exec(end);
  return found ? (JSON.parse(found[1]) as Id) : undefined;
}
