/** What holds for every reading view of every text. The only such check: every test of a view uses it. */
import assert from 'node:assert/strict';
import type { ReadingView } from '../../../server/views/base/reading-view.js';

/**
 * A character of the file that a view may show otherwise, and how: white space and what no text has as a blank or
 * replaced, LaTeX's tie and opening quote.
 */
const SHOWN_AS: Record<string, RegExp> = {
  '\t': /^ $/,
  '\n': /^ $/,
  '\f': /^[ \n]$/,
  '\r': /^[ \n]$/,
  '\0': /^\ufffd$/,
  '~': /^[ \u00a0]$/,
  '`': /^[\u2018"]$/,
  _: /^ $/,
};

/**
 * Segments are in order, without a gap and without an overlap; copied ones are the file's characters; blocks are in order,
 * kept apart, hold all text and show something of the file; a span goes to the file and back.
 * @param at how many spans are tried, spread evenly, beside those around each segment; or between which places, 0 to 1
 */
export function checkView(view: ReadingView, file: string, at: number | readonly number[] = 40): void {
  checkBlocks(view);
  checkMap(view, file, at);
}

/** The same without the rules of blocks: only the map between view and file. */
export function checkMap(view: ReadingView, file: string, at: number | readonly number[] = 40): void {
  checkSegments(view, file);
  const { length } = view.text;
  for (let i = 0; i < view.segmentCount; i++) {
    const { start, end } = view.segment(i).view;
    checkSpan(view, start, end);
    checkSpan(view, Math.max(0, start - 3), Math.min(length, end + 5));
  }
  if (typeof at === 'number') {
    const step = Math.max(1, Math.floor(length / at));
    for (let k = 0, start = 0; start < length; k++, start += step) {
      checkSpan(view, start, Math.min(length, start + 1 + ((k * 7) % 60)));
    }
    return;
  }
  const places = at.map((share) => Math.floor(share * length)).sort((a, b) => a - b);
  for (const [i, start] of places.entries()) for (const end of places.slice(i + 1)) checkSpan(view, start, end);
}

function checkSegments(view: ReadingView, file: string): void {
  let viewEnd = 0;
  let fileEnd = 0;
  for (let i = 0; i < view.segmentCount; i++) {
    const { view: shown, file: place } = view.segment(i);
    if (shown.start !== viewEnd || shown.end <= shown.start)
      assert.fail(`segment ${i} of the view: ${shown.start}..${shown.end} after ${viewEnd}`);
    viewEnd = shown.end;
    if (!place) continue;
    if (place.start < fileEnd || place.end <= place.start || place.end > file.length)
      assert.fail(`segment ${i} of the file: ${place.start}..${place.end} after ${fileEnd}`);
    fileEnd = place.end;
    if (place.end - place.start === shown.end - shown.start)
      checkCopied(view.text.slice(shown.start, shown.end), file.slice(place.start, place.end));
  }
  assert.equal(viewEnd, view.text.length);
}

/** One for one: the same characters, but for those that are listed. */
function checkCopied(shown: string, stands: string): void {
  if (shown === stands) return;
  for (let i = 0; i < shown.length; i++) {
    // White space of any kind may be shown as a space.
    if (shown[i] === ' ' && /\s/.test(stands[i])) continue;
    if (shown[i] !== stands[i] && !SHOWN_AS[stands[i]]?.test(shown[i]))
      assert.fail(`${JSON.stringify(shown)} is shown for ${JSON.stringify(stands)}`);
  }
}

function checkBlocks(view: ReadingView): void {
  let end = 0;
  let first = true;
  for (const block of view.blocks) {
    if (block.start < end || block.end <= block.start || block.end > view.text.length)
      assert.fail(`block ${block.start}..${block.end} after ${end}`);
    if (!first) assert.ok(block.start > end, 'blocks are kept apart');
    checkBetween(view, end, block.start);
    if (view.text.slice(block.start, block.end).trim())
      assert.ok(view.standsInFile(block.start, block.end), 'a block shows something of the file');
    assert.equal(view.blockAt(block.start), block);
    end = block.end;
    first = false;
  }
  checkBetween(view, end, view.text.length);
}

/** Outside of blocks there is only white space, and what a view inserts. */
function checkBetween(view: ReadingView, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    if (/\S/.test(view.text[at]) && view.standsInFile(at, at + 1))
      assert.fail(`${JSON.stringify(view.text.slice(start, end))} of the file is in no block`);
  }
}

/** To the file and back: the span without what is inserted at its edges, decoded segments whole. */
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
  let from = start;
  let to = end;
  while (from < to && !view.standsInFile(from, from + 1)) from++;
  while (to > from && !view.standsInFile(to - 1, to)) to--;
  const came = `${start}..${end} came back as ${back.start}..${back.end}`;
  assert.ok(back.start <= from && back.end >= to, came);
  if (isExact(view, from)) assert.equal(back.start, from, came);
  if (isExact(view, to - 1)) assert.equal(back.end, to, came);
}

/** The character stands alone for its place in the file: it is not part of a decoded segment. */
function isExact(view: ReadingView, at: number): boolean {
  const place = view.toFile(at, at + 1);
  const back = place && view.fromFile(place.start, place.end);
  return back !== null && back.end - back.start === 1;
}
