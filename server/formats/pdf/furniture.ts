/** Running heads, feet and page numbers: what stands at the same place on neighbouring pages and says the same. */
import type { PageWords } from './page.js';
import type { Row } from './rows.js';

/** How many rows at the top and at the bottom are looked at. */
const ROWS = 4;
/** Pages before and behind that are compared: the same side of the next sheet is two pages away. */
export const NEIGHBOURS = 2;

const PAGE_NUMBER =
  /^(?:page\s+)?[-\u2013\u2014\s|]*(?:\d{1,4}|[ivxlc]{1,7})[-\u2013\u2014\s|]*(?:(?:of|\/)\s*\d{1,4})?$/i;

const textOf = (row: Row): string => row.words.map((word) => word.text).join(' ');

/** What repeats: the text without its numbers. */
const shapeOf = (row: Row): string =>
  textOf(row)
    .replace(/\d+/g, '#')
    .replace(/\b[ivxlc]+\b/g, '#')
    .toLowerCase();

/** @param neighbours pages around it, without it */
export function furnitureOf(page: PageWords, neighbours: readonly PageWords[]): Set<Row> {
  const found = new Set<Row>();
  for (const [end, candidates] of [
    ['top', page.rows.slice(0, ROWS)],
    ['bottom', page.rows.slice(-ROWS).reverse()],
  ] as const) {
    let gap = false;
    for (const [index, row] of candidates.entries()) {
      if (isPageNumber(row, end, page, neighbours) || (!gap && repeats(row, end, page, neighbours))) found.add(row);
      else if (row.words.every((word) => word.artifact)) found.add(row);
      else gap = index > 0 || gap;
    }
  }
  return found;
}

function repeats(row: Row, end: 'top' | 'bottom', page: PageWords, neighbours: readonly PageWords[]): boolean {
  const shape = shapeOf(row);
  if (shape.length < 3 && !/#/.test(shape)) return false;
  return neighbours.some((other) => {
    if (Math.abs(other.height - page.height) > 2 || other.turn !== page.turn) return false;
    const theirs = end === 'top' ? other.rows.slice(0, ROWS) : other.rows.slice(-ROWS);
    return theirs.some((each) => Math.abs(each.y - row.y) < 0.6 * row.size && sameShape(shapeOf(each), shape));
  });
}

/** Equal, or one with a chapter's title that changes beside what stays. */
function sameShape(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [a.split(' '), b.split(' ')];
  const same = x.filter((word) => y.includes(word)).length;
  return same >= 3 && same >= 0.6 * Math.max(x.length, y.length);
}

/** A number alone in its row, at the edge of the page, one more than on the page before. */
function isPageNumber(row: Row, end: 'top' | 'bottom', page: PageWords, neighbours: readonly PageWords[]): boolean {
  if (!PAGE_NUMBER.test(textOf(row))) return false;
  const height = page.turn % 2 === 0 ? page.height : page.width;
  const atEdge = end === 'top' ? row.y > 0.88 * height : row.y < 0.12 * height;
  if (!atEdge) return false;
  return (
    neighbours.every((other) => other.rows.length === 0) ||
    neighbours.some((other) =>
      other.rows.some((each) => Math.abs(each.y - row.y) < row.size && PAGE_NUMBER.test(textOf(each))),
    )
  );
}
