/**
 * Widens a span to whole names: the model often stops at a sign inside of one, but nobody wants `OptionsBase` where
 * `OptionsBase.max` stands, or `10` of `10-30`.
 */
import type { OffsetRange } from '../protocol.js';

/** A character of a name. Chinese and Japanese is written without spaces: nothing there tells where a name ends. */
const NAME = /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}_$]/u;
/** What holds a name, a number or a path together when there is no space beside it. */
const JOINT = /^(?:[.#:/@-]|::|->|:\/\/|\.{1,2}\/)$/;
const SIGNS = new Set('.#:/@->');
const MAX_JOINT = 3;
/** What goes on for longer is no name. */
const MAX_UNITS = 200;

/** @param within the span stays inside of it */
export function wholeNames(text: string, within: OffsetRange, span: OffsetRange): OffsetRange {
  const end = edge(text, span.end, Math.min(within.end, span.end + MAX_UNITS), 1);
  const start = edge(text, span.start, Math.max(within.start, span.start - MAX_UNITS), -1);
  return {
    start: span.start - start === MAX_UNITS ? span.start : start,
    end: end - span.end === MAX_UNITS ? span.end : end,
  };
}

/** Follows a name from an edge of the span, up (1) or down (-1), to `limit` at most. */
function edge(text: string, from: number, limit: number, step: 1 | -1): number {
  const left = (limit - from) * step;
  const unit = (k: number) => text.charAt(step > 0 ? from + k : from - 1 - k);
  if (left <= 0 || !NAME.test(text.charAt(step > 0 ? from - 1 : from))) return from;
  let taken = 0;
  for (let k = 0; k < left; ) {
    let sign = k;
    while (sign < left && sign - k <= MAX_JOINT && SIGNS.has(unit(sign))) sign++;
    const joint = step > 0 ? text.slice(from + k, from + sign) : text.slice(from - sign, from - k);
    if (sign > k && !JOINT.test(joint)) break;
    let word = sign;
    while (word < left && NAME.test(unit(word))) word++;
    if (word === sign) break;
    k = word;
    taken = word;
  }
  return from + step * taken;
}
