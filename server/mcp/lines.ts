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
  let begin = '';
  let tail: Buffer = Buffer.alloc(0);
  const take = (part: Uint8Array) => {
    const before = bytes;
    bytes += part.length;
    if (bytes <= largest) {
      parts.push(part);
      return;
    }
    const kept = before <= largest ? Buffer.concat([...parts, part.subarray(0, END_BYTES)]) : tail;
    if (before <= largest) begin = kept.toString('utf8', 0, END_BYTES);
    parts = [];
    tail = Buffer.concat([kept.subarray(-END_BYTES), part.subarray(-END_BYTES)]).subarray(-END_BYTES);
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, end));
      if (bytes > largest) yield { bytes, begin, end: tail.toString('utf8') };
      else yield Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
      parts = [];
      bytes = 0;
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
}
