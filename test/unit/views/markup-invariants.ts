/** What holds for every reading view of every document. */
import assert from 'node:assert/strict';
import type { ReadingView } from '../../../server/views/base/reading-view.js';

/** Characters of a file that a view may show otherwise, one for one. */
const REPLACED = /[\t\n\f\r\0]/;

/**
 * Segments are in order and do not overlap, copied ones are the file's characters, blocks are in order and begin and end
 * with text, and going to the file and back is the identity.
 */
export function checkView(view: ReadingView, file: string): void {
  let viewEnd = 0;
  let fileEnd = 0;
  for (let i = 0; i < view.segmentCount; i++) {
    const { view: shown, file: place } = view.segment(i);
    assert.equal(shown.start, viewEnd, 'segments leave no gap in the view');
    assert.ok(shown.end > shown.start, 'no segment is empty');
    viewEnd = shown.end;
    if (!place) continue;
    assert.ok(place.start >= fileEnd && place.end > place.start && place.end <= file.length, 'order of the file');
    fileEnd = place.end;
    if (place.end - place.start !== shown.end - shown.start) continue;
    const copied = view.text.slice(shown.start, shown.end);
    const source = file.slice(place.start, place.end);
    if (copied === source) continue;
    for (let k = 0; k < copied.length; k++) {
      if (copied[k] !== source[k]) assert.match(source[k], REPLACED, `copied ${JSON.stringify(copied)}`);
    }
  }
  assert.equal(viewEnd, view.text.length);
  checkBlocks(view);
  for (let i = 0; i < view.segmentCount; i++) {
    const { view: shown } = view.segment(i);
    checkSpan(view, shown.start, shown.end);
    checkSpan(view, Math.max(0, shown.start - 3), Math.min(view.text.length, shown.end + 5));
  }
}

/** To the file and back: the span without inserted text at its edges, decoded segments whole. */
export function checkSpan(view: ReadingView, start: number, end: number): void {
  const place = view.toFile(start, end);
  assert.equal(view.standsInFile(start, end), place !== null);
  const parts = view.partsInFile(start, end);
  if (!place) {
    assert.deepEqual(parts, []);
    return;
  }
  assert.ok(place.start < place.end);
  assert.equal(parts[0].start, place.start);
  assert.equal(parts.at(-1)!.end, place.end);
  const back = view.fromFile(place.start, place.end);
  assert.ok(back, 'what was shown is found again');
  assert.deepEqual(view.toFile(back.start, back.end), place, 'file → view → file');
  assert.deepEqual(view.fromFile(place.start, place.end), back);
  const edge = (at: number) => view.text.slice(Math.min(at, start), Math.max(at, start));
  if (back.start > start)
    assert.equal(view.standsInFile(start, back.start), false, `hidden from the start: ${edge(back.start)}`);
  if (back.end < end) assert.equal(view.standsInFile(back.end, end), false, 'hidden from the end');
}

function checkBlocks(view: ReadingView): void {
  let end = 0;
  let first = true;
  for (const block of view.blocks) {
    assert.ok(block.start >= end && block.end > block.start && block.end <= view.text.length, 'order of blocks');
    if (!first) assert.match(view.text.slice(end, block.start), /^\s+$/, 'blocks are kept apart');
    assert.ok(view.standsInFile(block.start, block.end), 'a block shows something of the file');
    assert.equal(view.blockAt(block.start), block);
    end = block.end;
    first = false;
  }
  assert.equal(view.text.slice(end).trim(), '', 'all text is in blocks');
}

/** Every word is in the text, as often as it is listed. Words must not be parts of each other. */
export function checkWords(view: ReadingView, words: readonly string[]): void {
  const found = new Set(view.text.match(/[\p{L}\p{N}]+/gu) ?? []);
  for (const word of words) assert.ok(found.has(word), `${word} is lost: ${JSON.stringify(view.text)}`);
}
