/**
 * Watches the frames of JSON-RPC over a stream as they pass. After a malformed frame the start of the next one is
 * unknown: the reader behind would wait forever, or buffer everything in memory.
 */
import { Transform, type TransformCallback } from 'node:stream';

/** Larger than any client's header. */
const MAX_HEADER_BYTES = 8192;
/** A string of Node cannot be longer. */
const MAX_BODY_BYTES = 512 * 1024 * 1024;
const END = Buffer.from('\r\n\r\n');

export class Framing extends Transform {
  readonly #onFault: (fault: string) => void;
  /** Header of the next frame received so far. */
  #header = Buffer.alloc(0);
  /** Bytes of the current body still to come. */
  #left = 0;
  #broken = false;

  /** @param onFault called once with the error; nothing passes after that */
  constructor(onFault: (fault: string) => void) {
    super();
    this.#onFault = onFault;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    for (let at = 0; at < chunk.length && !this.#broken; ) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        this.#left -= end - at;
        at = end;
        continue;
      }
      const before = this.#header.length;
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + MAX_HEADER_BYTES)]);
      const end = this.#header.indexOf(END);
      if (end < 0 && this.#header.length > MAX_HEADER_BYTES)
        this.#fail(`a header of more than ${MAX_HEADER_BYTES} bytes`);
      at = end < 0 ? chunk.length : at + end + END.length - before;
      if (end >= 0) this.#begin(this.#header.toString('latin1', 0, end));
    }
    done(null, this.#broken ? undefined : chunk);
  }

  #begin(header: string): void {
    this.#header = Buffer.alloc(0);
    const lines = header.split('\r\n');
    const length = lines.map((line) => /^content-length\s*:\s*(\d+)\s*$/i.exec(line)?.[1]).find((found) => found);
    if (lines.some((line) => !line.includes(':'))) this.#fail('a header line without a colon');
    else if (length === undefined) this.#fail('a header without a valid Content-Length');
    else if (Number(length) > MAX_BODY_BYTES)
      this.#fail(`a message of ${length} bytes, expected at most ${MAX_BODY_BYTES}`);
    else this.#left = Number(length);
  }

  #fail(fault: string): void {
    this.#broken = true;
    this.#onFault(fault);
  }
}
