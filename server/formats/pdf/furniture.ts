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
    let above: Row | undefined;
    let ended = false;
    for (const row of candidates) {
      ended ||= above !== undefined && Math.abs(above.y - row.y) > 1.8 * Math.max(above.size, row.size);
      ended ||= row.words.some((word) => word.leader);
      if (
        !ended &&
        (isPageNumber(row, end, page, neighbours) || repeats(row, above === undefined, end, page, neighbours))
      ) {
        found.add(row);
      } else {
        ended = true;
        if (row.words.every((word) => word.artifact)) found.add(row);
      }
      above = row;
    }
  }
  return found;
}

/** @param outermost the first row from the edge: its numbers and one word in three may change */
function repeats(
  row: Row,
  outermost: boolean,
  end: 'top' | 'bottom',
  page: PageWords,
  neighbours: readonly PageWords[],
): boolean {
  const text = outermost ? shapeOf(row) : textOf(row);
  if (text.length < 3 && !/#/.test(text)) return false;
  return neighbours.some((other) => {
    if (Math.abs(other.height - page.height) > 2 || other.turn !== page.turn) return false;
    const theirs = end === 'top' ? other.rows.slice(0, ROWS) : other.rows.slice(-ROWS);
    return theirs.some((each) => {
      if (Math.abs(each.y - row.y) > 0.6 * row.size) return false;
      return outermost ? sameShape(shapeOf(each), text) : textOf(each) === text;
    });
  });
}

/** Equal, or one with a chapter's title that changes beside what stays. */
function sameShape(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [a.split(' '), b.split(' ')];
  const theirs = new Set(y);
  const same = x.filter((word) => theirs.has(word)).length;
  return same >= 3 && same >= 0.6 * Math.max(x.length, y.length);
}

/** A number alone in its row, at the edge of the page, one more than on the page before. */
function isPageNumber(row: Row, end: 'top' | 'bottom', page: PageWords, neighbours: readonly PageWords[]): boolean {
  if (!PAGE_NUMBER.test(textOf(row))) return false;
  const height = page.turn % 2 === 0 ? page.height : page.width;
  const atEdge = end === 'top' ? row.y > 0.82 * height : row.y < 0.18 * height;
  if (!atEdge) return false;
  return (
    neighbours.every((other) => other.rows.length === 0) ||
    neighbours.some((other) =>
      other.rows.some((each) => Math.abs(each.y - row.y) < row.size && PAGE_NUMBER.test(textOf(each))),
    )
  );
}
