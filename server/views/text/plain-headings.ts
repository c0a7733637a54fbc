/** Headings of plain text: underlined, numbered ("3.1.  Title"), in capitals. */
import type { Line } from '../base/text-lines.js';

export interface Heading {
  /** Its style; the order of appearance of styles gives the level. */
  readonly style: string;
  /** Within its style. */
  readonly depth: number;
  /** Number of lines, including its underline. */
  readonly lines: number;
}

const MAX_HEADING = 80;
const NUMBER = /^(?:appendix\s+)?((?:\d{1,3}|[A-Z])(?:\.\d{1,3})*)(\.?)(\s+)(?=[\p{Lu}\p{Lo}"'`(<\d])/iu;
const CHAPTER = /^(?:chapter|section|part|appendix|article)\s+(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]+|[A-Z])\b[.:]?(?:\s|$)/i;
const UNDERLINE = /^([=\-~^"'*+#_])\1{2,}$/;
const LEADERS = /(?:\. ?){3,}|\s\d{1,4}$/;

/** @param blankBefore the line above is blank */
export function headingAt(text: string, lines: readonly Line[], i: number, blankBefore: boolean): Heading | undefined {
  const line = lines[i];
  const length = line.end - line.start;
  if (!blankBefore || length > MAX_HEADING) return undefined;
  const next = lines[i + 1];
  const title = text.slice(line.start, line.end);
  if (!/[\p{L}\p{N}]/u.test(title)) return undefined;
  if (next && next.end > next.start && next.end - next.start <= 2 * MAX_HEADING) {
    const rule = UNDERLINE.exec(text.slice(next.start, next.end));
    if (rule && next.end - next.start >= length * 0.5 && next.end - next.start <= length + 20) {
      return { style: `under${rule[1]}`, depth: 0, lines: 2 };
    }
  }
  const alone = !next || next.end === next.start;
  if (/[.,;:?!]$/.test(title)) return undefined;
  if (alone && CHAPTER.test(title) && !LEADERS.test(title)) return { style: 'chapter', depth: 0, lines: 1 };
  const number = NUMBER.exec(title);
  if (number && alone && line.indent < 4 && !LEADERS.test(title)) {
    const depth = number[1].split('.').length;
    // "A word" is not a heading, "A. Word" may be one.
    const lettered = /^[a-z]$/i.test(number[1]) && !/^appendix/i.test(title);
    const upper = /^\p{Lu}|^\P{L}/u.test(title.slice(number[0].length));
    const marked = depth > 1 || (number[2] === '.' && number[3].length > 1) || !inList(text, lines, i);
    if (upper && marked && (!lettered || number[2] === '.')) return { style: 'number', depth, lines: 1 };
  }
  const capitals = title.length <= 60 && /\p{Lu}.*\p{Lu}.*\p{Lu}/u.test(title) && !/\p{Ll}/u.test(title);
  if (capitals && /^[\p{L}\d]/u.test(title) && !/\s{3,}/.test(title) && (alone || next.indent > line.indent + 1)) {
    return { style: `capitals${line.indent > 3 ? 'In' : ''}`, depth: 0, lines: 1 };
  }
  // A line at the margin above indented text: the unnumbered headings of an RFC.
  const outdented = line.indent === 0 && alone && length <= 60 && /^\p{Lu}/u.test(title) && !/\s{3,}/.test(title);
  if (outdented && !LEADERS.test(title) && indentBelow(lines, i) >= 2) return { style: 'number', depth: 1, lines: 1 };
  return undefined;
}

/** Columns before the next line with text; -1: there is none near. */
function indentBelow(lines: readonly Line[], i: number): number {
  for (let at = i + 1; at < lines.length && at < i + 5; at++)
    if (lines[at].end > lines[at].start) return lines[at].indent;
  return -1;
}

/** Whether the paragraph above or below has the same numbering: then they are items of a list. */
function inList(text: string, lines: readonly Line[], i: number): boolean {
  return [1, -1].some((step) => {
    let at = i + step;
    while (lines[at] && lines[at].end === lines[at].start && Math.abs(at - i) < 4) at += step;
    const line = lines[at];
    return line !== undefined && /^\d{1,3}[.)]?\s/.test(text.slice(line.start, Math.min(line.end, line.start + 8)));
  });
}

/** The headings above the current place. */
export class HeadingPath {
  #styles: string[] = [];
  #above: { level: number; title: string }[] = [];
  path: readonly string[] = [];

  enter({ style, depth }: Heading, title: string): void {
    if (!this.#styles.includes(style)) this.#styles.push(style);
    const level = this.#styles.indexOf(style) * 100 + depth;
    while (this.#above.length > 0 && this.#above.at(-1)!.level >= level) this.#above.pop();
    this.#above.push({ level, title });
    this.path = this.#above.map((heading) => heading.title);
  }

  /** The headings above the next one. */
  above({ style, depth }: Heading): readonly string[] {
    const at = this.#styles.indexOf(style);
    const level = (at < 0 ? this.#styles.length : at) * 100 + depth;
    return this.#above.filter((heading) => heading.level < level).map((heading) => heading.title);
  }
}
