/** What holds for every reading view. */
import assert from 'node:assert/strict';
import type { Block, ReadingView } from '../../../server/views/base/reading-view.js';

/** Segments in order, copied characters equal, blocks in order, spans there and back. @param at places to try, 0 to 1 */
export function checkView(view: ReadingView, file: string, at: readonly number[] = [0, 0.3, 0.6, 1]): void {
  let fileEnd = 0;
  let viewEnd = 0;
  for (let i = 0; i < view.segmentCount; i++) {
    const { view: shown, file: place } = view.segment(i);
    if (shown.start !== viewEnd || shown.end <= shown.start) assert.fail(`segment ${i}: ${shown.start}..${shown.end}`);
    viewEnd = shown.end;
    if (!place) continue;
    if (place.start < fileEnd || place.end > file.length) assert.fail(`segment ${i} stands at ${place.start}`);
    if (file.slice(place.start, place.end) !== view.text.slice(shown.start, shown.end))
      assert.fail(`segment ${i} differs`);
    fileEnd = place.end;
  }
  assert.equal(viewEnd, view.text.length);
  let blockEnd = 0;
  for (const { start, end } of view.blocks) {
    if (start < blockEnd || end <= start || end > view.text.length) assert.fail(`block ${start}..${end}`);
    blockEnd = end;
  }
  const places = at.map((share) => Math.floor(share * view.text.length)).sort((a, b) => a - b);
  for (let a = 0; a < places.length; a++)
    for (let b = a + 1; b < places.length; b++) roundTrip(view, places[a], places[b]);
}

/** A span of the view, without inserted text at its edges, is the same after a way to the file and back. */
function roundTrip(view: ReadingView, start: number, end: number): void {
  const place = view.toFile(start, end);
  if (!place) return;
  const back = view.fromFile(place.start, place.end)!;
  assert.deepEqual(view.toFile(back.start, back.end), place);
  assert.ok(back.start >= start && back.end <= end);
  assert.equal(view.toFile(start, back.start), null);
  assert.equal(view.toFile(back.end, end), null);
}

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
