/** A span that says more than the answer, in words of the question: `its keeper is Bran`, `set_timeout(p, 45)`. */
import { stemOf, wordsOf } from '../text/stems.js';

/** A longer span is unchanged. */
const LONGEST = 300;
/** A clause before the one that names what is asked for. */
const NAMES = /^[\s\S]*?[;,.:–—]\s+(?:and\s+)?(?:its|their|his|her)\s+(\p{Ll}{2,30})\s+(?:is|was|are|were)\s+(?=\S)/u;
const SETTER = /^(?:[\w.]|->|::){0,60}?(?:set|with)(_?\w{1,60})\(([^()]*)\);?$/i;
const LITERAL = /(?<![\w.])(?:-?\d[\d_.]*[a-zA-Z%]{0,3}|"[^"]*"|'[^']*')(?![\w.])/g;
/** A value in quotes and what is said about it: `"-6" (the best compression)`. */
const EXPLAINED = /^(["“„`])([^"“”„`\n]{1,80})["”“`]\s+\([^()]*\)?$/u;
/** A link to something that has a number: `https://example.org/issues/812`, `?bug=812`. */
const NUMBERED = /^https?:\/\/\S*?[/=#](\d{1,12})\/?$/;
const NUMBER = stemOf('number');
const PORT = stemOf('port');
const HUMP = /_|(?<=[a-z\d])(?=[A-Z])/;

/** A number with its unit after what it is of: "The length of the rink, from end to end, shall be 42 yards." */
const AMOUNT_OF =
  /^([^\p{N}]{10,280}?\s(?:(?:shall|will|must|should|can) be|is|are|was|were)\s+)((?:(?:at (?:least|most)|about|up to|exactly|only) )?\p{Sc}?\p{N}[\p{N}.,]*(?:\s?[\p{L}%°]+){0,2})[.;]?$/u;

/**
 * The part of a span's text that answers, as offsets in it.
 * @param stems of the question
 */
export function narrowed(text: string, stems: readonly number[]): { start: number; end: number } {
  const whole = { start: 0, end: text.length };
  if (text.length > LONGEST) return whole;
  const [lead, noun] = NAMES.exec(text) ?? [];
  if (lead && noun && stems.includes(stemOf(noun))) return { start: lead.length, end: text.length };
  const [, subject, amount] = AMOUNT_OF.exec(text) ?? [];
  if (subject && amount && sharedStems(subject, stems) >= 2 && sharedStems(amount, stems) === 0) {
    return { start: subject.length, end: subject.length + amount.length };
  }
  const explained = EXPLAINED.exec(text);
  if (explained) return { start: 1, end: 1 + explained[2].length };
  const [port] = stems.includes(PORT) ? (/^\d{1,5}(?=\s+\p{L})/u.exec(text) ?? []) : [];
  if (port) return { start: 0, end: port.length };
  const numbered = stems.includes(NUMBER) ? NUMBERED.exec(text)?.[1] : undefined;
  if (numbered) return { start: text.lastIndexOf(numbered), end: text.lastIndexOf(numbered) + numbered.length };
  const [call, name, values] = SETTER.exec(text) ?? [];
  if (!call || !name || values === undefined) return whole;
  const words = wordsOf(name.split(HUMP).join(' ')).map(stemOf);
  const literals = [...values.matchAll(LITERAL)];
  // Of two it is not clear which one is asked for.
  if (literals.length !== 1 || words.length === 0 || !words.every((stem) => stems.includes(stem))) return whole;
  const [{ 0: literal, index }] = literals;
  const quotes = Number(/^["']/.test(literal));
  const start = text.lastIndexOf(values, text.lastIndexOf(')')) + index;
  return { start: start + quotes, end: start + literal.length - quotes };
}

/** How many stems of a question are in a text. */
function sharedStems(text: string, stems: readonly number[]): number {
  const own = new Set(wordsOf(text).map(stemOf));
  return stems.filter((stem) => own.has(stem)).length;
}
