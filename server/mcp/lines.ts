/** Lines of a stream, one message each, up to a length: what is longer is dropped while it arrives. */

/** A line that is too long: how many bytes it has, and its two ends. */
export interface LongLine {
  bytes: number;
  begin: string;
  end: string;
}

/** Bytes that are kept of each end of a line that is too long. */
const END_BYTES = 512;

const NEWLINE = 10;

/**
 * Lines without their ends, in UTF-8. What comes after the last one is dropped.
 * @param largest bytes of a line
 */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array>,
  largest: number,
): AsyncGenerator<string | LongLine, void> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let begin: Buffer = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  const keepEnds = (part: Uint8Array) => {
    if (begin.length < END_BYTES) begin = Buffer.concat([begin, part.subarray(0, END_BYTES - begin.length)]);
    tail = Buffer.concat([tail, part.subarray(-END_BYTES)]).subarray(-END_BYTES);
  };
  const take = (part: Uint8Array) => {
    bytes += part.length;
    if (bytes <= largest) {
      parts.push(part);
      return;
    }
    for (const before of parts) keepEnds(before);
    parts = [];
    keepEnds(part);
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, end));
      if (bytes > largest) yield { bytes, begin: begin.toString('utf8'), end: tail.toString('utf8') };
      else yield Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
      parts = [];
      bytes = 0;
      begin = Buffer.alloc(0);
      tail = Buffer.alloc(0);
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
}
