/** Extends an answer that is one part of "A, B and C" in a sentence if all of them are asked for. */
import type { OffsetRange } from '../protocol.js';

/** Units searched on each side. */
const REACH = 600;
const FEWEST = 3;
const MOST_WORDS = 6;
/** Words before an enumeration. */
const OPENING =
  /[:;.!?(\n\u2014]|\b(?:are|were|include|includes|included|including|namely|such as|of|following|by|from|between)\b/gi;
const CLOSING = /[;:!?\n\u2014]|\.(?=\s|$)/;
/** A part with one of these is a clause. */
const CLAUSE =
  /\b(?:is|are|was|were|has|have|had|will|would|can|could|may|must|should|which|who|that|but|because|when|where|if|while|so)\b/i;
const BETWEEN = /,\s+(?:(?:and|or)\s+)?|\s+(?:and|or)\s+/gy;

/**
 * The whole enumeration around a span that is one or several of its parts; undefined: there is none, or its bounds are
 * unclear. At least three parts, the last after "and" or "or", none of them a clause.
 * @param within block or sentence that contains it
 */
export function enumerationAround(text: string, within: OffsetRange, span: OffsetRange): OffsetRange | undefined {
  const from = Math.max(within.start, span.start - REACH);
  const to = Math.min(within.end, span.end + REACH);
  let start = from;
  for (const match of text.slice(from, span.start).matchAll(OPENING)) {
    // Balanced parentheses belong to a part.
    if (match[0] === '(' && text.slice(from + match.index, span.start).includes(')')) continue;
    start = from + match.index + match[0].length;
  }
  const closing = text.slice(span.end, to).search(CLOSING);
  const end = closing < 0 ? to : span.end + closing;
  const parts = partsOf(text, start, end);
  if (!parts || parts.length < FEWEST) return undefined;
  const first = parts.find((part) => part.start <= span.start && span.start < part.end);
  const last = parts.find((part) => part.start < span.end && span.end <= part.end);
  if (!first || !last) return undefined;
  // The span consists of whole parts, except for an article or text in parentheses.
  if (!/^(?:(?:the|an?)\s+)?$/i.test(text.slice(first.start, span.start))) return undefined;
  if (!/^(?:\s*\([^()]*\))?\s*$/.test(text.slice(span.end, last.end))) return undefined;
  return { start: parts[0].start, end: parts[parts.length - 1].end };
}

/** The parts between commas and "and" outside parentheses; undefined: not an enumeration. */
function partsOf(text: string, start: number, end: number): OffsetRange[] | undefined {
  const parts: OffsetRange[] = [];
  let from = start;
  let depth = 0;
  let joined = false;
  for (let i = start; i < end; i++) {
    const unit = text[i];
    if (unit === '(' || unit === '[') depth++;
    else if (unit === ')' || unit === ']') depth = Math.max(0, depth - 1);
    if (depth > 0 || (unit !== ',' && !/\s/.test(unit))) continue;
    BETWEEN.lastIndex = i;
    const found = BETWEEN.exec(text);
    if (!found || i + found[0].length > end) continue;
    parts.push({ start: from, end: i });
    // The part after "and" is the last one.
    if (joined) return undefined;
    joined = /and|or/.test(found[0]);
    from = i + found[0].length;
    i = from - 1;
  }
  parts.push({ start: from, end });
  const shown = parts.map(({ start: a, end: b }) => {
    const words = text.slice(a, b);
    const lead = words.length - words.trimStart().length;
    return { start: a + lead, end: a + words.trimEnd().length };
  });
  const fits = ({ start: a, end: b }: OffsetRange) => {
    const words = text
      .slice(a, b)
      .replace(/\([^()]*\)/g, ' ')
      .trim();
    return words !== '' && words.split(/\s+/).length <= MOST_WORDS && !CLAUSE.test(words);
  };
  return joined && shown.every(fits) ? shown : undefined;
}
