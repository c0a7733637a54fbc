/** Paragraphs of a column: which lines belong together. */
import { isBrokenAddress } from './hyphens.js';
import { isRaised, type Line, lineOf, MARK, type Sheet } from './lines.js';
import type { Row } from './rows.js';

export interface Paragraph {
  kind: 'paragraph' | 'listItem' | 'footnote' | 'furniture';
  lines: Line[];
  /** The edges of the column. */
  x0: number;
  x1: number;
  /** Distance to what is above it, in lines. */
  space: number;
  /** Of a footnote: its mark. */
  mark?: string;
}

export const ITEM =
  /^(?:[\u2022\u2023\u25e6\u25aa\u25ab\u25cf\u25cb\u25a0\u25a1\u2043\u2219\u00b7\u27a2\u2713\u2714\u25ba\u25b8\u2756o](?=\s)|[-\u2013\u2014*](?=\s)|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)](?=\s)|\(\d{1,3}\)|\[\d{1,3}\](?=\s))/u;

/** @param rows of one column, from above; @param sheet its page */
export function paragraphsOf(rows: readonly Row[], x0: number, x1: number, sheet: Sheet): Paragraph[] {
  const lines = rows
    .map((row) => ({ line: lineOf(row.words, row, sheet), row }))
    .filter(({ line }) => line.text !== '');
  const pitch = usualPitch(lines.map(({ line }) => line));
  const result: Paragraph[] = [];
  const outdented = lines.filter(({ line }) => line.x0 < x0 + 0.8 * line.size).length;
  const hangs = lines.length >= 4 && outdented > 1 && outdented < 0.5 * lines.length;
  let current: Paragraph | undefined;
  let before: Line | undefined;
  for (const [index, { line, row }] of lines.entries()) {
    const right = rightEdge(lines, Math.max(0, index - 1), x1);
    const space = before ? (before.y - line.y) / Math.max(pitch, line.size) : 3;
    const mark = footnoteMark(row);
    if (current && before && mark === undefined && continues(current, before, line, pitch, right, hangs))
      current.lines.push(line);
    else {
      current = { kind: ITEM.test(line.text) ? 'listItem' : 'paragraph', lines: [line], x0, x1, space };
      if (mark !== undefined) Object.assign(current, { kind: 'footnote', mark });
      result.push(current);
    }
    // A leader ends an entry: "Codeine methylbromide ........ 9070".
    before = row.words.some((word) => word.leader) ? undefined : line;
    if (!before) current = undefined;
  }
  return result;
}

/** Where lines around one end: the column's edge, or that of an indented block whose lines end together. */
function rightEdge(lines: readonly { line: Line }[], at: number, column: number): number {
  const { size } = lines[at].line;
  const near = lines.slice(Math.max(0, at - 3), at + 4).filter(({ line }) => Math.abs(line.size - size) < 0.1 * size);
  const most = near.reduce((right, { line }) => Math.max(right, line.x1), 0);
  return near.filter(({ line }) => most - line.x1 < 0.5 * size).length >= 3 ? most : column;
}

/** The raised mark with which a footnote begins. */
export function footnoteMark(row: Row): string | undefined {
  const [first, second] = row.words;
  return second &&
    MARK.test(first.text) &&
    isRaised(first, { y: second.y, size: second.size }) &&
    second.size > first.size
    ? first.text
    : undefined;
}

/** The distance of lines within paragraphs: the smaller half's middle. */
function usualPitch(lines: readonly Line[]): number {
  const distances: number[] = [];
  for (let index = 1; index < lines.length; index++) {
    const distance = lines[index - 1].y - lines[index].y;
    if (distance > 0.5 * lines[index].size && distance < 3 * lines[index].size) distances.push(distance);
  }
  if (distances.length === 0) return lines.length > 0 ? lines[0].size * 1.2 : 12;
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 3)];
}

/** @param hangs whether entries of the column begin further left than their other lines */
function continues(
  paragraph: Paragraph,
  before: Line,
  line: Line,
  pitch: number,
  right: number,
  hangs: boolean,
): boolean {
  const em = Math.min(before.size, line.size);
  // Often in a font of its own.
  const drop = before.y - line.y;
  if (drop > 0.5 * em && drop < 1.5 * Math.max(pitch, em) && isBrokenAddress(before.text, line.text)) return true;
  if (before.least > 1.12 * line.most || line.least > 1.12 * before.most) return false;
  if (before.bold !== line.bold && (before.bold || isShort(before, line, right))) return false;
  if (before.mono !== line.mono) return false;
  const first = paragraph.lines[0];
  const own = paragraph.lines.length > 1 ? first.y - paragraph.lines[1].y : undefined;
  const usual = own ?? Math.max(pitch, 1.05 * em);
  if (before.y - line.y > 1.3 * usual || before.y - line.y < -0.5 * em) return false;
  const centred = Math.abs(before.x0 + before.x1 - line.x0 - line.x1) < em && Math.abs(before.x0 - line.x0) > em;
  const ended = /[.!?:;]["'\u201d\u2019)\]]*$/.test(before.text);
  const short = isShort(before, line, right);
  if (ITEM.test(line.text) && (short || ended || ITEM.test(first.text))) return false;
  if (centred) return !ended;
  const indent = line.x0 - before.x0;
  if (indent > 0.8 * em) {
    // A first line that stands out, as of an item or an entry of a bibliography.
    return paragraph.lines.length === 1 && !short && (hangs || ITEM.test(first.text) || !ended);
  }
  if (indent < -0.8 * em) {
    return paragraph.lines.length === 1 && !short && !hangs && (!ended || !ITEM.test(first.text));
  }
  return !short;
}

/** Whether a line ends though the next word would have fitted into it: the break is meant. */
function isShort(line: Line, next: Line, right: number): boolean {
  if (/\p{L}[-\u2010\u00ad]$/u.test(line.text) && /^\p{Ll}/u.test(next.text)) return false;
  return right - line.x1 > next.firstWidth + 1.2 * line.size;
}
