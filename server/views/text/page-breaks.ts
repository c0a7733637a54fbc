/**
 * Pages of printed text (RFCs): the form feed with the footer above it and the header below it is not part of the text.
 */
import { isFormFeed, type Line } from '../base/text-lines.js';

const FOOTER = /\[Page\s+[\divxlc]+\]$|^-?\s*(?:Page\s+)?\d{1,4}\s*-?$/i;
const MAX_LINE = 200;

/** The lines without page breaks; a paragraph across a page break is joined. */
export function withoutPageBreaks(text: string, lines: Line[]): Line[] {
  const feeds: number[] = [];
  for (let i = 0; i < lines.length; i++) if (isFormFeed(text, lines[i])) feeds.push(i);
  if (feeds.length === 0) return withoutFooters(text, lines);
  const headers = countHeaders(text, lines, feeds);
  const kept: Line[] = [];
  let next = 0;
  for (const feed of feeds) {
    if (feed < next) continue;
    let last = feed - 1;
    while (last >= next && isBlank(lines[last])) last--;
    const footer = last >= next && FOOTER.test(shape(text, lines[last], false));
    for (let i = next; i < (footer ? last : feed); i++) kept.push(lines[i]);
    next = feed + 1;
    const header = nextText(text, lines, next);
    if (
      header >= 0 &&
      (footer || (headers.get(shape(text, lines[header], true)) ?? 0) > 1) &&
      stands(text, lines, header)
    ) {
      next = header + 1;
    }
    while (next < lines.length && isBlank(lines[next])) next++;
    while (kept.length > 0 && isBlank(kept.at(-1)!)) kept.pop();
    if (!goesOn(text, kept.at(-1), lines[next]))
      kept.push({ start: lines[feed].start, end: lines[feed].start, indent: 0, from: lines[feed].from });
  }
  for (let i = next; i < lines.length; i++) kept.push(lines[i]);
  return kept;
}

/** Pages whose form feeds were lost: `[Page 3]` at a line's end, blank lines and the running head below it. */
function withoutFooters(text: string, lines: Line[]): Line[] {
  const footers = lines.map((line) => FOOTER.test(shape(text, line, false)) && text[line.end - 1] === ']');
  if (!footers.includes(true)) return lines;
  const kept: Line[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (!footers[i] || (i > 0 && !isBlank(lines[i - 1]))) {
      kept.push(lines[i]);
      continue;
    }
    const header = nextText(text, lines, i + 1);
    // The running head has a gap between its parts and nothing directly below it.
    const isHead =
      header >= 0 && header < i + 6 && stands(text, lines, header) && / {3,}\S/.test(shape(text, lines[header], false));
    let next = isHead ? header + 1 : i + 1;
    while (next < lines.length && isBlank(lines[next])) next++;
    while (kept.length > 0 && isBlank(kept.at(-1)!)) kept.pop();
    if (!goesOn(text, kept.at(-1), lines[next])) kept.push({ ...lines[i], end: lines[i].start, indent: 0 });
    i = next - 1;
  }
  return kept;
}

/** How often each line is the first on a page, ignoring numbers. */
function countHeaders(text: string, lines: readonly Line[], feeds: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const feed of feeds) {
    const at = nextText(text, lines, feed + 1);
    if (at < 0) continue;
    const header = shape(text, lines[at], true);
    counts.set(header, (counts.get(header) ?? 0) + 1);
  }
  return counts;
}

/** The first line with text on a page; -1: it has none. */
function nextText(text: string, lines: readonly Line[], from: number): number {
  for (let i = from; i < lines.length; i++) {
    if (isFormFeed(text, lines[i])) return -1;
    if (!isBlank(lines[i])) return i;
  }
  return -1;
}

/** Whether a line has nothing directly below it. */
function stands(text: string, lines: readonly Line[], i: number): boolean {
  return i + 1 >= lines.length || isBlank(lines[i + 1]) || isFormFeed(text, lines[i + 1]);
}

/** Whether the first line of a page continues the last one of the page before. */
function goesOn(text: string, before: Line | undefined, after: Line | undefined): boolean {
  if (!before || !after || isBlank(after) || before.indent !== after.indent) return false;
  return !/[.:;!?]$/.test(text.slice(before.end - 1, before.end)) && /\p{Ll}/u.test(text[after.start]);
}

function shape(text: string, { start, end }: Line, anyNumber: boolean): string {
  const line = text.slice(start, Math.min(end, start + MAX_LINE));
  return anyNumber ? line.replace(/\d+/g, '0') : line;
}

const isBlank = ({ start, end }: Line): boolean => start === end;
