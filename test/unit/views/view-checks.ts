/** What tests of reading views share. */
import assert from 'node:assert/strict';
import type { Block, ReadingView } from '../../../server/views/base/reading-view.js';

export const textOf = (view: ReadingView, block: Block): string => view.text.slice(block.start, block.end);

/** The texts of the blocks of a kind. */
export const shown = (view: ReadingView, kind: Block['kind']): string[] =>
  view.blocks.filter((block) => block.kind === kind).map((block) => textOf(view, block));

/** The characters of the file under a part of the view that occurs in it once. */
export function inFile(view: ReadingView, file: string, part: string): string {
  const start = view.text.indexOf(part);
  assert.notEqual(start, -1, `${JSON.stringify(part)} is not shown in ${JSON.stringify(view.text)}`);
  const place = view.toFile(start, start + part.length)!;
  return file.slice(place.start, place.end);
}
