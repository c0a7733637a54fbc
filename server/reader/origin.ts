/** Where a range of an extracted text stands in its file: page, slide, cell, and its boxes on the pages of a PDF. */
import type { Extracted, ExtractedBoxes, ExtractedPlace } from '../formats/extracted.js';
import type { Box, OffsetRange, Origin } from '../protocol.js';
import { firstFrom } from '../text/binary-search.js';

/** Boxes of one answer. */
const MAX_BOXES = 100;
/** Two words stand in one line if they overlap by this share of the height of the lower one. */
const SAME_LINE = 0.5;

export function originOf(extracted: Extracted, range: OffsetRange): Origin {
  const { start: _, ...place } = placeAt(extracted.places, range.start) ?? { start: 0 };
  const section = sectionAt(extracted, range.start);
  const boxes = extracted.boxes ? boxesOf(extracted.boxes, range) : [];
  return { ...place, ...(section === undefined ? {} : { section }), ...(boxes.length > 0 ? { boxes } : {}) };
}

/** The last place that begins at an offset or before it. */
export const placeAt = (places: readonly ExtractedPlace[], offset: number): ExtractedPlace | undefined =>
  places[lastFrom(places, offset)];

/** Whether an offset is in a head or foot of the page. */
export function isFurniture({ blocks }: Extracted, offset: number): boolean {
  const block = blocks[lastFrom(blocks, offset)];
  return block?.kind === 'furniture' && offset < block.end;
}

/** Index of the last one that begins at an offset or before it; -1: none. @param sorted by their start */
function lastFrom(sorted: readonly { start: number }[], offset: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].start <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The words of the last heading before an offset. */
function sectionAt({ text, blocks }: Extracted, offset: number): string | undefined {
  for (let i = lastFrom(blocks, offset); i >= 0; i--) {
    const { kind, start, end } = blocks[i];
    if (kind === 'heading' && end <= offset) return text.slice(start, end);
  }
  return undefined;
}

/** The boxes of a range, one for each line, in the order of the text. A word that it cuts counts by its characters. */
function boxesOf(boxes: ExtractedBoxes, range: OffsetRange): Box[] {
  const { starts, ends, pages } = boxes;
  const found: Box[] = [];
  let last: Box | undefined;
  // Words may touch, and one may have two boxes: back to the first that ends after the start.
  let i = firstFrom(starts, range.start);
  while (i > 0 && ends[i - 1] > range.start) i--;
  for (; i < starts.length && starts[i] < range.end && found.length < MAX_BOXES; i++) {
    if (ends[i] <= range.start) continue;
    const box = cut(boxes, i, range);
    if (last && pages[i] === last.page && isSameLine(last, box)) {
      const right = Math.max(last.x + last.width, box.x + box.width);
      const top = Math.max(last.y + last.height, box.y + box.height);
      last.x = Math.min(last.x, box.x);
      last.y = Math.min(last.y, box.y);
      last.width = right - last.x;
      last.height = top - last.y;
    } else {
      last = box;
      found.push(box);
    }
  }
  return found.map(rounded);
}

/** The box of a word, only the part of it that is in a range. */
function cut({ starts, ends, pages, rects }: ExtractedBoxes, i: number, { start, end }: OffsetRange): Box {
  const [x, y, width, height] = rects.subarray(4 * i, 4 * i + 4);
  const units = Math.max(1, ends[i] - starts[i]);
  // A word over two lines has two boxes with the same range: neither can be cut.
  const whole = starts[i - 1] === starts[i] || starts[i + 1] === starts[i];
  const from = whole ? 0 : Math.max(0, start - starts[i]) / units;
  const to = whole ? 1 : Math.min(units, end - starts[i]) / units;
  return { page: pages[i], x: x + from * width, y, width: (to - from) * width, height };
}

function isSameLine(a: Box, b: Box): boolean {
  const shared = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  // The next column begins to the right of this line's end, but higher; the next line begins further left.
  return shared > SAME_LINE * Math.min(a.height, b.height) && b.x >= a.x - 0.5 * Math.max(a.height, b.height);
}

const rounded = ({ page, ...box }: Box): Box => {
  const two = (value: number) => Math.round(value * 100) / 100;
  return { page, x: two(box.x), y: two(box.y), width: two(box.width), height: two(box.height) };
};
