/** Where boxes in PDF points are on a page that is shown at some zoom and turned. Pure. */
import type { PageBox, Rotation } from '../../src/page-view/messages.js';

export interface Size {
  width: number;
  height: number;
}

/** A part of a page as it is displayed, from its upper left corner: fractions of its width and height. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Largest side of a page in CSS pixels: browsers draw nothing that is much larger. */
const MAX_SIDE = 30_000;
/** Largest area and side of a canvas, in pixels: what every browser allows, at 64 MB. */
const MAX_CANVAS_AREA = 4096 * 4096;
const MAX_CANVAS_SIDE = 8192;
/** CSS pixels of a PDF point at 100 %. */
export const POINT = 96 / 72;
/** Zoom factors that the keys go through. */
const STEPS = [0.1, 0.25, 0.33, 0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5];

/** @param page size of the page in points, before the user turned it */
export function rectOf(box: PageBox, page: Size, rotation: Rotation): Rect {
  const width = box.width / page.width;
  const height = box.height / page.height;
  const left = box.x / page.width;
  const top = 1 - (box.y + box.height) / page.height;
  switch (rotation) {
    case 90:
      return { left: 1 - top - height, top: left, width: height, height: width };
    case 180:
      return { left: 1 - left - width, top: 1 - top - height, width, height };
    case 270:
      return { left: top, top: 1 - left - width, width: height, height: width };
    default:
      return { left, top, width, height };
  }
}

/** The size of a page in CSS pixels. @param page in points, before the user turned it */
export function shownSize(page: Size, zoom: number, rotation: Rotation): Size {
  const scale = scaleOf(page, zoom);
  const width = Math.max(1, Math.floor(page.width * scale));
  const height = Math.max(1, Math.floor(page.height * scale));
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** CSS pixels of a point of this page; less than the zoom asks for if the page would be too large. */
export const scaleOf = ({ width, height }: Size, zoom: number): number =>
  Math.min(zoom * POINT, MAX_SIDE / Math.max(width, height, 1));

/** Pixels of the canvas for a CSS pixel. @param ratio that of the screen */
export function canvasRatio({ width, height }: Size, ratio: number): number {
  const bySide = MAX_CANVAS_SIDE / Math.max(width, height);
  const byArea = Math.sqrt(MAX_CANVAS_AREA / (width * height));
  return Math.min(ratio, bySide, byArea);
}

/** The next larger or smaller zoom factor. */
export function steppedZoom(zoom: number, step: 1 | -1): number {
  const next = step > 0 ? STEPS.find((each) => each > zoom * 1.005) : STEPS.findLast((each) => each < zoom * 0.995);
  return next ?? (step > 0 ? Math.max(zoom, STEPS.at(-1) ?? 1) : Math.min(zoom, STEPS[0] ?? 1));
}

/**
 * One box for the words of a line that follow each other, so that a mark also covers the spaces between them. What is
 * farther apart than a line is high stays apart: it is in another column.
 */
export function joinedBoxes(boxes: readonly PageBox[]): PageBox[] {
  const joined: PageBox[] = [];
  for (const box of boxes) {
    const last = joined.at(-1);
    if (!last || !isBeside(last, box)) {
      joined.push({ ...box });
      continue;
    }
    const right = Math.max(last.x + last.width, box.x + box.width);
    const top = Math.max(last.y + last.height, box.y + box.height);
    last.y = Math.min(last.y, box.y);
    last.width = right - last.x;
    last.height = top - last.y;
  }
  return joined;
}

function isBeside(left: PageBox, right: PageBox): boolean {
  if (left.page !== right.page) return false;
  const overlap = Math.min(left.y + left.height, right.y + right.height) - Math.max(left.y, right.y);
  if (overlap < 0.5 * Math.min(left.height, right.height)) return false;
  const gap = right.x - (left.x + left.width);
  return gap > -0.25 * left.height && gap <= Math.max(left.height, right.height);
}
