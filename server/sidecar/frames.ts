/**
 * Frames of JSON-RPC on a stream, bounded in size: `Content-Length: N`, an empty line, and N bytes of JSON in UTF-8.
 * After a malformed header the beginning of the next frame is unknown, and nothing more is read.
 */
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';

/** Larger than any client's header. */
const MAX_HEADER_BYTES = 8192;
/** A string of Node cannot be longer. */
export const MAX_BODY_BYTES = 512 * 2 ** 20;
/** Before `initialize`. */
export const MAX_FIRST_BYTES = 2 ** 20;
/** Of all connections of a process, in frames that have not arrived completely. */
const MAX_PARTIAL_BYTES = 2 ** 30;
/** Values in one message; each takes far more memory than it has bytes. */
const MAX_VALUES = 2_000_000;
/** A header is sent in one piece; the rest of one that has begun must arrive within this time. */
const HEADER_MS = 10_000;
const END = Buffer.from('\r\n\r\n');

export interface FrameEvents {
  /** A value of JSON. */
  onValue(value: unknown): void;
  /** A frame whose body is not JSON; the next one is read. */
  onBadBody(fault: string): void;
  /** Called once: nothing more is read. */
  onBroken(fault: string): void;
}

interface Body {
  /** [length] of which `received` are there; undefined: it is not kept, and `fault` says why. */
  bytes: Buffer | undefined;
  received: number;
  length: number;
  charset: string | undefined;
  fault: string | undefined;
}

/** Bytes of incomplete frames of the process. */
let partialBytes = 0;

export class Frames {
  readonly #events: FrameEvents;
  readonly #headerMs: number;
  /** Longest body that is accepted. */
  limit = MAX_FIRST_BYTES;
  /** Header of the next frame received so far. */
  #header: Buffer = Buffer.alloc(0);
  /** The current body; undefined: a header comes next. */
  #body: Body | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(events: FrameEvents, headerMs = HEADER_MS) {
    this.#events = events;
    this.#headerMs = headerMs;
  }

  /** Reads all that comes from a stream. */
  readFrom(input: Readable): void {
    input.on('data', (chunk: Buffer) => this.receive(chunk));
    for (const end of ['end', 'close', 'error']) input.on(end, () => this.stop());
  }

  receive(chunk: Buffer): void {
    clearTimeout(this.#timer);
    for (let at = 0; at < chunk.length && !this.#ended; )
      at = this.#body ? this.#takeBody(chunk, at) : this.#takeHeader(chunk, at);
    if (!this.#ended && !this.#body && this.#header.length > 0) {
      this.#timer = setTimeout(() => this.#break('half a header, and nothing more'), this.#headerMs).unref();
    }
  }

  /** @returns where the rest of the chunk begins */
  #takeHeader(chunk: Buffer, at: number): number {
    const before = this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + MAX_HEADER_BYTES)]);
    const end = this.#header.indexOf(END);
    const header = this.#header.toString('latin1', 0, end < 0 ? this.#header.length : end);
    const fault = headerFault(header, end >= 0);
    if (fault !== undefined) this.#break(fault);
    else if (end < 0 && this.#header.length > MAX_HEADER_BYTES)
      this.#break(`a header of more than ${MAX_HEADER_BYTES} bytes`);
    else if (end >= 0) this.#begin(header);
    return end < 0 ? chunk.length : at + end + END.length - before;
  }

  #begin(header: string): void {
    this.#header = Buffer.alloc(0);
    const length = /^content-length[ \t]*:[ \t]*(\d+)[ \t]*$/im.exec(header)?.[1];
    if (length === undefined) this.#break('a header without a valid Content-Length');
    else if (Number(length) > MAX_BODY_BYTES)
      this.#break(`a message of ${length} bytes, expected at most ${MAX_BODY_BYTES}`);
    else {
      const charset = /^content-type[ \t]*:.*charset[ \t]*=[ \t]*"?([^\s;"]*)/im.exec(header)?.[1];
      this.#body = { ...this.#allocate(Number(length)), received: 0, length: Number(length), charset };
      if (this.#body.length === 0) this.#finish();
    }
  }

  #allocate(length: number): Pick<Body, 'bytes' | 'fault'> {
    const none = (fault: string) => ({ bytes: undefined, fault: `a message of ${length} bytes${fault}` });
    if (length > this.limit) return none(` before initialize, expected at most ${this.limit}`);
    try {
      // Takes memory only as bytes arrive.
      return { bytes: Buffer.allocUnsafeSlow(length), fault: undefined };
    } catch {
      return none(', for which there is not enough memory');
    }
  }

  /** @returns where the rest of the chunk begins */
  #takeBody(chunk: Buffer, at: number): number {
    const body = this.#body!;
    const part = chunk.subarray(at, at + body.length - body.received);
    if (body.bytes) {
      part.copy(body.bytes, body.received);
      partialBytes += part.length;
    }
    body.received += part.length;
    if (body.received === body.length) this.#finish();
    else if (partialBytes > MAX_PARTIAL_BYTES) this.#break('a long message, while others take up the memory for them');
    return at + part.length;
  }

  #finish(): void {
    const { bytes, charset, fault: known } = this.#body!;
    this.#forget();
    const { value, fault }: Parsed = bytes ? parsed(bytes, charset) : { fault: known };
    if (fault === undefined) this.#events.onValue(value);
    else this.#events.onBadBody(fault);
  }

  #break(fault: string): void {
    if (this.#ended) return;
    this.stop();
    this.#events.onBroken(fault);
  }

  /** Nothing more is read. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#ended = true;
    this.#forget();
    this.#header = Buffer.alloc(0);
  }

  #forget(): void {
    if (this.#body?.bytes) partialBytes -= this.#body.received;
    this.#body = undefined;
  }
}

/** What is wrong with a header, or with its beginning: garbage is recognised before it ends. */
function headerFault(header: string, complete: boolean): string | undefined {
  const lines = header.split('\r\n');
  for (const [i, line] of lines.entries()) {
    const last = i === lines.length - 1 && !complete;
    // A name, a colon, printable characters; of the last line perhaps only the beginning.
    if (/^[\w!#$%&'*+.^`|~-]+[ \t]*:[\t\x20-\x7e]*\r?$/.test(line)) continue;
    if (last && /^[\w!#$%&'*+.^`|~-]{0,100}[ \t]*\r?$/.test(line)) continue;
    return `${JSON.stringify(line.slice(0, 40))}, expected a line such as "Content-Length: 80"`;
  }
  return undefined;
}

interface Parsed {
  value?: unknown;
  fault?: string | undefined;
}

/** The value of a body, or what is wrong with it. */
function parsed(bytes: Buffer, charset: string | undefined): Parsed {
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) return { fault: `the encoding ${charset}, expected utf-8` };
  if (!isUtf8(bytes)) return { fault: 'bytes that are not UTF-8' };
  if (hasTooManyValues(bytes)) return { fault: `more than ${MAX_VALUES} values` };
  try {
    return { value: JSON.parse(bytes.toString('utf8')) };
  } catch (error) {
    return { fault: `a body that is not JSON (${(error as Error).message.slice(0, 200)})` };
  }
}

/** Counts the commas and openings outside of strings. */
function hasTooManyValues(bytes: Buffer): boolean {
  if (bytes.length < MAX_VALUES) return false;
  let count = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) at = endOfString(bytes, at);
    else if (byte === 0x2c || byte === 0x5b || byte === 0x7b) {
      if (++count > MAX_VALUES) return true;
    }
  }
  return false;
}

/** The closing quote of the string that begins at `start`; the end of the bytes if there is none. */
function endOfString(bytes: Buffer, start: number): number {
  for (let at = start; ; ) {
    at = bytes.indexOf(0x22, at + 1);
    if (at < 0) return bytes.length;
    let slashes = 0;
    while (bytes[at - 1 - slashes] === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
}
