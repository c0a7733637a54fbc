/** Lines of a text with measurements for its layout. */
export interface Line {
  /** Of its characters without the space around them; equal: blank. */
  readonly start: number;
  readonly end: number;
  /** Columns before the text. */
  readonly indent: number;
  /** Start of the line itself. */
  readonly from: number;
}

const TAB = 8;

/** Splits at `\n`, `\r\n` and a lone `\r`; a form feed is a separate line. */
export function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  const breaks = /\r\n?|\n|\f/g;
  for (let from = 0; from <= text.length; ) {
    const match = breaks.exec(text);
    const to = match?.index ?? text.length;
    lines.push(measure(text, from, to));
    if (!match) break;
    from = breaks.lastIndex;
    if (match[0] === '\f') lines.push({ start: to, end: to + 1, indent: 0, from: to });
  }
  return lines;
}

export const isFormFeed = (text: string, { start, end }: Line): boolean => end === start + 1 && text[start] === '\f';

function measure(text: string, from: number, to: number): Line {
  let start = from;
  let indent = 0;
  while (start < to && isSpace(text.charCodeAt(start)))
    indent = text[start++] === '\t' ? indent + TAB - (indent % TAB) : indent + 1;
  let end = to;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start, end, indent, from };
}

function isSpace(unit: number): boolean {
  return unit === 32 || unit === 9 || unit === 11 || unit === 0xa0 || unit === 0xfeff;
}
