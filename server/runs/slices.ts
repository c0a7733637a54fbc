/**
 * A long document is read in slices, so that a run over many documents can be measured, can stop at its budget, and can
 * be interleaved with other questions.
 */
import type { OffsetRange } from '../protocol.js';

/** UTF-16 units of a slice: about a quarter of a second of reading on a processor. */
export const SLICE_UNITS = 12 * 1024;
/** Overlap of two slices in units: more than the longest answer, so that none is cut. */
const OVERLAP_UNITS = 600;
/** How far back to look for a place to cut. */
const REACH_UNITS = 2048;

/** The slices of a text, in order: cut at an empty line, otherwise a line end, otherwise a space. */
export function slicesOf(text: string, size = SLICE_UNITS): OffsetRange[] {
  const slices: OffsetRange[] = [];
  for (let start = 0; ; ) {
    // A rest only slightly longer than a slice becomes one slice.
    if (text.length - start <= size * 1.25) {
      slices.push({ start, end: text.length });
      return slices;
    }
    const end = cutBefore(text, start + size, start + size - Math.min(REACH_UNITS, size >> 1));
    slices.push({ start, end });
    start = cutBefore(text, end - Math.min(OVERLAP_UNITS, size >> 2), end - Math.min(2 * OVERLAP_UNITS, size >> 1));
  }
}

/** The best place for a cut in `low`..`high`. */
function cutBefore(text: string, high: number, low: number): number {
  const reach = text.slice(low, high);
  for (const between of ['\n\n', '\n', ' ']) {
    const at = reach.lastIndexOf(between);
    if (at >= 0) return low + at + between.length;
  }
  // Not between the halves of a character.
  return (text.charCodeAt(high) & 0xfc00) === 0xdc00 ? high - 1 : high;
}

/** Ranges in order, touching or overlapping ones merged, none beyond the text: the file may have been shortened. */
export function joined(ranges: readonly OffsetRange[], length: number): OffsetRange[] {
  const all: OffsetRange[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    if (start >= length) break;
    const before = all.at(-1);
    if (before && start <= before.end + 2) before.end = Math.max(before.end, Math.min(end, length));
    else all.push({ start, end: Math.min(end, length) });
  }
  return all;
}
