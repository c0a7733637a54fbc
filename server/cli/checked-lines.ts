/** Files of JSON lines in which every record has a checksum: states of tables, and shards. */
import { createHash } from 'node:crypto';
import type { TableRow } from '../documents/table-columns.js';
import type { Answer, ExtractCell } from '../protocol.js';
import { openRegular } from '../storage/open-file.js';

/** Larger files and lines are not of ours. */
const MAX_BYTES = 2 ** 31;
const MAX_LINE_BYTES = 64 * 1024 * 1024;

const checkOf = (record: string): string => createHash('sha256').update(record).digest('hex').slice(0, 16);

/** A line with a record, its end included. @param value anything that JSON has */
export function checkedLine(value: unknown): string {
  const row = JSON.stringify(value);
  return `${JSON.stringify({ row, check: checkOf(row) })}\n`;
}

/** The record of a parsed line; undefined: it has none, or is damaged. */
export function recordOf({ row, check }: { row?: unknown; check?: unknown }): unknown {
  return typeof row === 'string' && check === checkOf(row) ? JSON.parse(row) : undefined;
}

/**
 * Lines in UTF-8; one that is too long is left out.
 * @param buffer bytes that are read at a time
 * @throws FileFault, and the errors of the system
 */
export async function* linesOf(file: string, buffer = 1 << 20): AsyncGenerator<string> {
  const { file: handle } = await openRegular(file, MAX_BYTES);
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of handle.createReadStream({ highWaterMark: buffer }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      if (bytes + end - from <= MAX_LINE_BYTES) {
        parts.push(chunk.subarray(from, end));
        yield Buffer.concat(parts).toString('utf8');
      }
      parts = [];
      bytes = 0;
      from = end + 1;
    }
    bytes += chunk.length - from;
    if (bytes <= MAX_LINE_BYTES) parts.push(chunk.subarray(from));
    else parts = [];
  }
}

/** Whether these are cells of a row. @param columns number of questions */
export const areCells = (cells: unknown, columns: number): cells is TableRow['cells'] =>
  Array.isArray(cells) && cells.length === columns && cells.every((cell) => cell === null || isCell(cell));

/** What a table shows of it is checked. */
function isCell(cell: ExtractCell): boolean {
  const { start, end, line, character, probability, ranges } = cell;
  const { sentenceText, grade, sheet, cell: address, chapter, section } = cell;
  return (
    isWords(cell) &&
    [start, end, line, character].every((each) => Number.isSafeInteger(each) && each >= 0) &&
    typeof probability === 'number' &&
    [sentenceText, grade, sheet, address, chapter, section].every(isTextOrMissing) &&
    (ranges === undefined || (Array.isArray(ranges) && ranges.every(isWords)))
  );
}

const isWords = (value: Pick<Answer, 'text' | 'prose'> | null): boolean =>
  typeof value?.text === 'string' && isTextOrMissing(value.prose);

export const isTextOrMissing = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';
