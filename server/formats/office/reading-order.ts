/**
 * The order in which a person reads boxes on a page: by cuts between rows and columns of boxes, the widest gap first.
 */
import { append, largest } from '../../text/arrays.js';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Boxes that are ordered by cuts; more of them row by row. */
const MAX_BOXES = 500;
/** Boxes overlap a little where people place them by hand: this part of the smaller one does not count. */
const SLACK = 0.15;

/** Wider than their labels by this factor. */
const LABELLED = 1.6;

export function readingOrder<T extends { box: Box }>(items: readonly T[]): T[] {
  if (items.length > MAX_BOXES) return byRows(items);
  return cut(items, 0);
}

function cut<T extends { box: Box }>(items: readonly T[], depth: number): T[] {
  if (items.length < 2) return [...items];
  const rows = widestGap(items, 'y', 'height');
  const columns = widestGap(items, 'x', 'width');
  const best = rows && (!columns || rows.gap >= columns.gap || isLabelled(columns)) ? rows : columns;
  if (!best || depth > MAX_BOXES) return byRows(items);
  return [...cut(best.before, depth + 1), ...cut(best.after, depth + 1)];
}

/** Narrow boxes beside wide ones label them: they are read row by row. */
function isLabelled<T extends { box: Box }>({ before, after }: Cut<T>): boolean {
  const [left, right] = [before, after].map((side) => largest(side.map(({ box }) => box.width)));
  return before.length > 1 && after.length > 1 && Math.min(left, right) * LABELLED < Math.max(left, right);
}

interface Cut<T> {
  gap: number;
  before: T[];
  after: T[];
}

/** The widest gap between boxes along an axis; undefined: every line through them meets one. */
function widestGap<T extends { box: Box }>(items: readonly T[], from: 'x' | 'y', size: 'width' | 'height') {
  const sorted = [...items].sort((one, other) => one.box[from] - other.box[from]);
  let best: Cut<T> | undefined;
  let end = Number.NEGATIVE_INFINITY;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [index, { box }] of sorted.entries()) {
    if (index > 0) {
      const gap = box[from] - end;
      const slack = SLACK * Math.min(smallest, box[size]);
      if (gap >= -slack && (!best || gap > best.gap)) {
        best = { gap, before: sorted.slice(0, index), after: sorted.slice(index) };
      }
    }
    end = Math.max(end, box[from] + box[size]);
    smallest = Math.min(smallest, box[size]);
  }
  return best;
}

/** Row by row: boxes of which one begins in the upper half of the other are in one row. */
function byRows<T extends { box: Box }>(items: readonly T[]): T[] {
  const sorted = [...items].sort((one, other) => one.box.y - other.box.y);
  const ordered: T[] = [];
  for (let at = 0; at < sorted.length; ) {
    const { y, height } = sorted[at].box;
    let next = at + 1;
    while (next < sorted.length && sorted[next].box.y < y + height / 2) next++;
    append(
      ordered,
      sorted.slice(at, next).sort((one, other) => one.box.x - other.box.x),
    );
    at = next;
  }
  return ordered;
}
