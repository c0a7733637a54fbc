/** Formatting of text for the terminal. */
import { oneLine } from '../text/one-line.js';

/** Whether a stream gets ANSI colours: FORCE_COLOR and NO_COLOR take precedence over the stream. */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

export interface Style {
  /** The answer itself: coloured, or between « and » without colours. */
  answer(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

export function styleFor(colour: boolean): Style {
  if (!colour) return { answer: (text) => `«${text}»`, bold: (text) => text, dim: (text) => text };
  const sgr = (on: string) => (text: string) => `\x1b[${on}m${text}\x1b[0m`;
  return { answer: sgr('1;30;43'), bold: sgr('1'), dim: sgr('2') };
}

/** Text around `start..end`, in UTF-16 units: at most `reach` on each side, whole words, not over an empty line. */
export function passageAround(
  text: string,
  start: number,
  end: number,
  reach = 200,
): { before: string; answer: string; after: string } {
  let left = Math.max(0, start - reach);
  const paragraph = lastMatchEnd(text.slice(left, start), /\r?\n[ \t]*\r?\n/g);
  if (paragraph > 0) left += paragraph;
  else if (left > 0) left += Math.max(0, text.slice(left, start).search(/\s/));

  let right = Math.min(text.length, end + reach);
  const rest = text.slice(end, right);
  const next = rest.search(/\r?\n[ \t]*\r?\n/);
  if (next >= 0) right = end + next;
  else if (right < text.length) right = end + Math.max(0, rest.search(/\s\S*$/));

  const cutLeft = left > 0 && paragraph === 0 ? '…' : '';
  const cutRight = right < text.length && next < 0 ? '…' : '';
  return {
    before: cutLeft + oneLine(text.slice(left, start)).trimStart(),
    answer: oneLine(text.slice(start, end)),
    after: oneLine(text.slice(end, right)).trimEnd() + cutRight,
  };
}

function lastMatchEnd(text: string, pattern: RegExp): number {
  let end = 0;
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}
