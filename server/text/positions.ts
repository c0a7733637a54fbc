/** Lines and characters of offsets, as editors count them: \n, \r\n and \r end a line; zero-based; UTF-16 units. */

export interface Position {
  line: number;
  character: number;
}

/** Units between two marks. */
const STEP = 4096;

/**
 * Positions in one text. Nothing is counted twice: a mark is kept for every 4096 units up to the last requested
 * offset.
 */
export class LineIndex {
  /** Line number and line start at each multiple of STEP. */
  readonly #marks: { line: number; lineStart: number }[] = [{ line: 0, lineStart: 0 }];

  constructor(readonly text: string) {}

  at(offset: number): Position {
    const wanted = Math.floor(offset / STEP);
    for (let k = this.#marks.length; k <= wanted; k++) this.#marks.push(this.#count(k - 1, k * STEP));
    const { line, lineStart } = this.#count(wanted, offset);
    return { line, character: offset - lineStart };
  }

  /** Counts on from a mark. */
  #count(mark: number, to: number): { line: number; lineStart: number } {
    const { text } = this;
    let { line, lineStart } = this.#marks[mark];
    for (let at = mark * STEP; at < to; at++) {
      const unit = text.charCodeAt(at);
      if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) {
        line++;
        lineStart = at + 1;
      }
    }
    return { line, lineStart };
  }
}
