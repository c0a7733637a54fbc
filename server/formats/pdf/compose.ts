/** The text of a document from its blocks, with places and boxes. */
import { append } from '../../text/arrays.js';
import type { Extracted, ExtractedBlock, ExtractedPlace, ExtractedRow } from '../extracted.js';
import type { DocumentBlock } from './document.js';
import { jointOf, Vocabulary } from './hyphens.js';
import type { Line } from './lines.js';

type Composed = Pick<Extracted, 'text' | 'blocks' | 'places'> & Required<Pick<Extracted, 'boxes'>>;

/** @param labels what is printed on each page, if the document says so */
export function compose(blocks: readonly DocumentBlock[], labels: readonly string[] | null): Composed {
  const vocabulary = new Vocabulary();
  for (const line of linesOf(blocks)) vocabulary.add(line.text);
  const writer = new Writer(vocabulary, labels);
  const result: ExtractedBlock[] = [];
  for (const block of blocks) {
    if (block.kind !== 'table') {
      const start = writer.length;
      writer.lines(block.lines);
      if (writer.length === start) continue;
      const { kind, level } = block;
      result.push({ kind, start, end: writer.length, ...(level === undefined ? {} : { level }) });
      writer.write('\n');
      continue;
    }
    const rows: ExtractedRow[] = [];
    const start = writer.length;
    let end = start;
    for (const { kind, cells } of block.rows) {
      const row: ExtractedRow = { kind, cells: [] };
      for (const { column, columns, lines } of cells) {
        if (row.cells.length > 0) writer.write('\t');
        const at = writer.length;
        writer.lines(lines);
        row.cells.push({ column, start: at, end: writer.length, ...(columns > 1 ? { columns } : {}) });
      }
      end = writer.length;
      writer.write('\n');
      rows.push(row);
    }
    if (rows.length > 0) result.push({ kind: 'table', start, end, rows });
  }
  return { ...writer.result(), blocks: result };
}

function* linesOf(blocks: readonly DocumentBlock[]): Generator<Line> {
  for (const block of blocks) {
    if (block.kind !== 'table') yield* block.lines;
    else for (const row of block.rows) for (const cell of row.cells) yield* cell.lines;
  }
}

class Writer {
  readonly #parts: string[] = [];
  readonly #vocabulary: Vocabulary;
  readonly #labels: readonly string[] | null;
  readonly #places: ExtractedPlace[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #pages: number[] = [];
  readonly #rects: number[] = [];
  #page = 0;
  length = 0;

  constructor(vocabulary: Vocabulary, labels: readonly string[] | null) {
    this.#vocabulary = vocabulary;
    this.#labels = labels;
  }

  write(text: string): void {
    this.#parts.push(text);
    this.length += text.length;
  }

  /** Lines of one paragraph, put together as one. */
  lines(lines: readonly Line[]): void {
    let before = '';
    for (const [index, line] of lines.entries()) {
      let text = line.text;
      if (index > 0) {
        const { between } = jointOf(before, text, this.#vocabulary);
        this.write(between);
      }
      const next = lines[index + 1];
      const drop = next ? jointOf(text, next.text, this.#vocabulary).drop : 0;
      text = text.slice(0, text.length - drop);
      this.#line(line, text);
      before = line.text;
    }
  }

  #line(line: Line, text: string): void {
    if (line.page !== this.#page) {
      this.#page = line.page;
      const label = this.#labels?.[line.page - 1];
      const differs = label !== undefined && label !== '' && label !== String(line.page);
      this.#places.push({ start: this.length, page: line.page, ...(differs ? { pageLabel: label } : {}) });
    }
    for (let word = 0; word < line.starts.length; word++) {
      const end = Math.min(line.ends[word], text.length);
      if (line.starts[word] >= end) continue;
      this.#starts.push(this.length + line.starts[word]);
      this.#ends.push(this.length + end);
      this.#pages.push(line.page);
      append(this.#rects, line.rects.subarray(4 * word, 4 * word + 4));
    }
    this.write(text);
  }

  result(): Omit<Composed, 'blocks'> {
    const boxes = {
      starts: Int32Array.from(this.#starts),
      ends: Int32Array.from(this.#ends),
      pages: Int32Array.from(this.#pages),
      rects: Float32Array.from(this.#rects),
    };
    return { text: this.#parts.join(''), places: this.#places, boxes };
  }
}
