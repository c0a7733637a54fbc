/** Lines and characters of offsets, as editors count them: \n, \r\n and \r end a line; zero-based; UTF-16 units. */

export interface Position {
  line: number;
  character: number;
}

/** Positions of offsets (any order) in one pass over the text up to the last one. */
export function positionsOf(text: string, offsets: readonly number[]): Position[] {
  const result = new Array<Position>(offsets.length);
  const order = offsets.map((_, i) => i).sort((a, b) => offsets[a] - offsets[b]);
  let line = 0;
  let lineStart = 0;
  let at = 0;
  for (const i of order) {
    for (const offset = Math.min(offsets[i], text.length); at < offset; at++) {
      const unit = text.charCodeAt(at);
      if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) {
        line++;
        lineStart = at + 1;
      }
    }
    result[i] = { line, character: offsets[i] - lineStart };
  }
  return result;
}
