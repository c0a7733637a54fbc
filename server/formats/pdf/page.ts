/** What stands on one page: its words, then its blocks in reading order. */
import { append } from '../../text/arrays.js';
import type { PageGlyphs, Rule } from './glyphs.js';
import { turnedRule } from './glyphs.js';
import { type Line, lineOf, type Sheet } from './lines.js';
import { footnoteMark, type Paragraph, paragraphsOf } from './paragraphs.js';
import { regionsOf } from './regions.js';
import { markLeaders, type Row, rowsOf } from './rows.js';
import { type Table, tableOf } from './tables.js';
import { type Word, wordsOf } from './words.js';

export interface PageWords {
  /** From 1. */
  page: number;
  width: number;
  height: number;
  /** Rows of the direction in which most of the text runs, over the whole width. */
  rows: Row[];
  turn: number;
  /** Text of other directions: margin print. */
  aside: { turn: number; rows: Row[] }[];
  rules: Rule[];
  /** The size of most of the text. */
  em: number;
  characters: number;
}

export type PageBlock = Paragraph | Table;

export function pageWords(page: number, { glyphs, rules, width, height }: PageGlyphs): PageWords {
  const byTurn = new Map<number, typeof glyphs>();
  for (const glyph of glyphs) {
    const [x, y] = glyph.turn % 2 === 0 ? [width, height] : [height, width];
    if (glyph.turn >= 0 && (glyph.x + glyph.width < 0 || glyph.x > x || glyph.y < 0 || glyph.y > y)) continue;
    const same = byTurn.get(glyph.turn);
    if (same) same.push(glyph);
    else byTurn.set(glyph.turn, [glyph]);
  }
  const directions = [...byTurn].sort(([, a], [, b]) => b.length - a.length);
  const turn = directions.find(([each]) => each >= 0)?.[0] ?? 0;
  const words = wordsOf(byTurn.get(turn) ?? []);
  const aside = directions
    .filter(([each]) => each !== turn)
    .map(([each, theirs]) => ({ turn: each, rows: rowsOf(wordsOf(theirs)) }));
  const rows = rowsOf(words);
  for (const row of rows) markLeaders(row);
  return {
    page,
    width,
    height,
    rows,
    turn,
    aside,
    rules: rules.map((rule) => turnedRule(rule, turn, width, height)),
    em: usualSize(words),
    characters: glyphs.length,
  };
}

export function usualSize(words: readonly Word[]): number {
  const amounts = new Map<number, number>();
  for (const word of words) {
    const size = Math.round(word.size * 4) / 4;
    amounts.set(size, (amounts.get(size) ?? 0) + word.text.length);
  }
  let [best, most] = [10, 0];
  for (const [size, amount] of amounts) if (amount > most) [best, most] = [size, amount];
  return Math.max(best, 1);
}

/** @param furniture rows of the page that are running heads and feet */
export function pageBlocks(page: PageWords, furniture: ReadonlySet<Row>): { blocks: PageBlock[]; furniture: Line[] } {
  const body = page.rows.filter((row) => !furniture.has(row));
  const notes = new Set(body.map(footnoteMark).filter((mark) => mark !== undefined));
  const sheet: Sheet = { page: page.page, turn: page.turn, width: page.width, height: page.height, notes };
  const blocks: PageBlock[] = [];
  for (const region of regionsOf(
    body.flatMap((row) => row.words),
    page.em,
  )) {
    if (region.kind === 'table' && region.gutters.length > 0) blocks.push(tableOf(region, page.rules, sheet));
    else append(blocks, paragraphsOf(region.rows, region.x0, region.x1, sheet));
  }
  const none = { ...sheet, notes: new Set<string>() };
  const lines = page.rows.filter((row) => furniture.has(row)).map((row) => lineOf(row.words, row, none));
  for (const { turn, rows } of page.aside) {
    for (const row of rows) lines.push(lineOf(row.words, row, { ...none, turn: Math.max(turn, 0) }));
  }
  return { blocks, furniture: lines.filter((line) => line.text !== '') };
}
