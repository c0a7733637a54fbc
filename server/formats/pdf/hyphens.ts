/** How the end of a line and the beginning of the next are put together. */
import { joinsWithoutBlank } from './lines.js';

const HYPHEN = /[-\u00ad\u2010]$/;
const WORD = /\p{L}[\p{L}\p{M}]*(?:['\u2019]\p{L}+)?/gu;

/** Prefixes of English whose hyphen stays. */
const KEPT =
  /^(?:self|non|well|ex|half|cross|quasi|all|high|low|long|short|full|part|one|two|three|four|five|six|ten)$/i;

/** The words that stand unbroken in a document, and those with a hyphen inside a line. */
export class Vocabulary {
  readonly #words = new Set<string>();
  readonly #hyphenated = new Set<string>();

  add(text: string): void {
    if (this.#words.size > 500_000) return;
    // Each in one pass: a line may be one word of many thousand letters.
    const whole = HYPHEN.test(text) ? text.slice(0, text.lastIndexOf(' ') + 1) : text;
    for (const [word] of whole.matchAll(WORD)) this.#words.add(word.toLowerCase());
    for (const [run] of whole.matchAll(/[\p{L}-]+/gu)) {
      if (!run.includes('-')) continue;
      for (const part of run.split(/-{2,}/)) {
        const word = part.replace(/^-|-$/g, '');
        if (word.includes('-')) this.#hyphenated.add(word.toLowerCase());
      }
    }
  }

  /** Whether the hyphen between two parts of a word is only there because the line ends. */
  isBreak(left: string, right: string): boolean {
    const [a, b] = [left.toLowerCase(), right.toLowerCase()];
    if (this.#words.has(a + b)) return true;
    if (this.#hyphenated.has(`${a}-${b}`)) return false;
    if (!/^\p{Ll}/u.test(right) || KEPT.test(left)) return false;
    // Two words that both stand alone elsewhere are more likely a compound; a short beginning is more likely a
    // syllable.
    return left.length <= 3 || right.length <= 3 || !(this.#words.has(a) && this.#words.has(b));
  }
}

/**
 * Whether an address of the web or of a mailbox goes on in the next line: it ends with a sign that is followed by more
 * of it. After its scheme, and after a full stop, which may end the sentence, only by what can be nothing else.
 */
export function isBrokenAddress(before: string, after: string): boolean {
  const last = /\S+$/.exec(before.slice(-200))?.[0] ?? '';
  if (!/^[(<"']*(?:https?:|www\.)\S*$|^\S+@\S*$/i.test(last)) return false;
  const first = /^\S+/.exec(after.slice(0, 200))?.[0] ?? '';
  if (/^[(<"']*https?:\/?$/i.test(last)) return /^\/\/?\w/.test(first);
  if (/[.]$/.test(last) || /:\/\/$/.test(last))
    return /^[\w%~-]+(?:\.\w|\/)/.test(first) && !/^\p{Lu}\p{Ll}/u.test(first);
  return /[/_\-=&?%#@:]$/.test(last) && /^[\w%~#?=&/-]/.test(first);
}

export interface Joint {
  /** Characters of the first line that are left out at its end. */
  drop: number;
  /** What stands between. */
  between: '' | ' ';
}

const SPACE: Joint = { drop: 0, between: ' ' };
const NOTHING: Joint = { drop: 0, between: '' };

/** @param before text so far @param after the next line */
export function jointOf(before: string, after: string, vocabulary: Vocabulary): Joint {
  if (joinsWithoutBlank(before, after) || isBrokenAddress(before, after)) return NOTHING;
  const last = /\S+$/.exec(before.slice(-200))?.[0] ?? '';
  if (/[\u2013\u2014/]$/.test(last) && last.length > 1 && !/\s$/.test(before)) return NOTHING;
  if (!HYPHEN.test(last)) return SPACE;
  if (last.endsWith('\u00ad')) return { drop: 1, between: '' };
  const left = /(\p{L}+)[-\u2010]$/u.exec(last)?.[1];
  const right = /^\p{L}+/u.exec(after)?.[0];
  if (!left) return /[\p{N}]-$/u.test(last) && /^[\p{N}\p{L}]/u.test(after) ? NOTHING : SPACE;
  if (!right) return /^\p{N}/u.test(after) ? NOTHING : SPACE;
  // "pre- and post-war"
  if (/^(?:and|or|und|oder|et|ou|y|o|to|bis)$/i.test(right)) return SPACE;
  return vocabulary.isBreak(left, right) ? { drop: 1, between: '' } : NOTHING;
}
