/** The sentence around a place, by Unicode's rules. */

import type { OffsetRange } from '../protocol.js';
import { goesOn } from '../text/atoms/abbreviations.js';
import { isGlued } from '../text/atoms/glued.js';
import { Recent } from '../text/recent.js';
import type { Block } from '../views/base/reading-view.js';

/** Units examined on each side of an answer; a longer sentence is cut between two words. */
const REACH = 1000;

let segmenter: Intl.Segmenter | undefined;

/** Where sentences begin in short texts and their paragraphs. A part of a longer one would keep all of it in memory. */
const known = new Recent<string, readonly number[]>(64);

/**
 * The sentence of `block` around `start..end`, or the sentences from the first to the last that it touches, without
 * the white space around them.
 * @param text of the view; all offsets are the view's
 */
export function sentenceAround(
  text: string,
  block: OffsetRange & Pick<Block, 'kind'>,
  place: OffsetRange,
): OffsetRange {
  const { start, end } = place;
  let from = Math.max(block.start, start - REACH);
  let to = Math.min(block.end, end + REACH);
  // At white space, so that no word is cut; if none is within reach, at the place itself.
  if (from > block.start) while (from < start && !isSpace(text.charCodeAt(from))) from++;
  if (to < block.end) while (to > end && !isSpace(text.charCodeAt(to - 1))) to--;
  ({ from, to } = withinParagraph(text, from, to, place));

  // In prose a line end is white space like any other; elsewhere it ends the sentence.
  const flows = block.kind === 'paragraph' || block.kind === 'comment';
  const startsIn = (low: number, high: number): readonly number[] => {
    const part = text.slice(low, high);
    const looked = flows ? part.replace(/[\r\n]/g, ' ') : part;
    if (text.length > 2 * REACH) return sentenceStarts(looked).map((at) => low + at);
    const before = known.get(looked);
    const found = before ?? sentenceStarts(looked);
    if (!before) known.set(looked, found);
    return low === 0 ? found : found.map((at) => low + at);
  };
  // What is inside a long place does not count, and the library takes quadratic time for a run of line ends.
  const isLong = end - start > 2 * REACH;
  const starts = startsIn(from, isLong ? start + REACH : to);
  const first = starts.findLast((at) => at <= start) ?? from;
  let last = (isLong ? startsIn(end - REACH, to) : starts).find((at) => at > start && at >= end) ?? to;
  let begin = first;
  while (begin < start && isSpace(text.charCodeAt(begin))) begin++;
  while (last > end && isSpace(text.charCodeAt(last - 1))) last--;
  return { start: begin, end: last };
}

/**
 * Where the sentences of a text begin, ascending. Unicode's rules end one after "Dr.", and do not split two without a
 * space between them.
 */
function sentenceStarts(text: string): number[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'sentence' });
  const starts: number[] = [];
  for (const { index, segment } of segmenter.segment(text)) {
    if (!goesOn(text.slice(Math.max(0, index - 12), index).trimEnd())) starts.push(index);
    for (let at = segment.indexOf('.'); at >= 0; at = segment.indexOf('.', at + 1)) {
      if (isGlued(text, index + at)) starts.push(index + at + 1);
    }
  }
  return starts;
}

/** Cut at the empty lines around a place. */
function withinParagraph(text: string, from: number, to: number, { start, end }: OffsetRange) {
  const emptyLine = /\r\n[ \t]*\r\n|\n[ \t]*\n|\r[ \t]*\r/g;
  let begin = from;
  for (const { index, 0: found } of text.slice(from, start).matchAll(emptyLine)) begin = from + index + found.length;
  const next = text.slice(end, to).search(emptyLine);
  return { from: begin, to: next < 0 ? to : end + next };
}

const isSpace = (unit: number): boolean => unit === 32 || (unit >= 9 && unit <= 13) || unit === 0xa0;
