/** What holds of every reading view of every text. */
import assert from 'node:assert/strict';
import type { ReadingView } from '../../../server/views/base/reading-view.js';

/** @param spans how many view ranges are mapped to the file and back */
export function checkView(view: ReadingView, file: string, spans = 40): void {
  let viewEnd = 0;
  let fileEnd = 0;
  for (let i = 0; i < view.segmentCount; i++) {
    const { view: v, file: f } = view.segment(i);
    if (v.start !== viewEnd || v.end <= v.start)
      assert.fail(`segment ${i} of the view ${v.start}..${v.end} after ${viewEnd}`);
    viewEnd = v.end;
    if (!f) continue;
    if (f.start < fileEnd || f.end <= f.start)
      assert.fail(`segment ${i} of the file ${f.start}..${f.end} after ${fileEnd}`);
    fileEnd = f.end;
    if (f.end - f.start === v.end - v.start) checkCopied(view.text.slice(v.start, v.end), file.slice(f.start, f.end));
  }
  assert.equal(viewEnd, view.text.length);
  assert.ok(fileEnd <= file.length);
  let end = 0;
  for (const block of view.blocks) {
    if (block.start < end || block.end <= block.start) assert.fail(`block ${block.start}..${block.end} after ${end}`);
    end = block.end;
  }
  assert.ok(end <= view.text.length);
  const step = Math.max(1, Math.floor(view.text.length / spans));
  for (let k = 0, start = 0; start < view.text.length; k++, start += step) {
    checkSpan(view, start, Math.min(view.text.length, start + 1 + ((k * 7) % 60)));
  }
}

/** One for one: the same characters, but for signs that stand for one other, such as LaTeX's ~ and the _ of encoded words. */
function checkCopied(shown: string, stands: string): void {
  if (shown === stands || stands.startsWith('\\')) return;
  for (let i = 0; i < shown.length; i++) {
    // White space is a space.
    const isSpace = shown[i] === ' ' && /\s/.test(stands[i]);
    if (shown[i] !== stands[i] && !isSpace && !'~`_'.includes(stands[i])) assert.fail(`${shown} stands for ${stands}`);
  }
}

/** A range that begins and ends on what stands in the file comes back from there as it was. */
function checkSpan(view: ReadingView, start: number, end: number): void {
  const there = view.toFile(start, end);
  if (!there) return;
  const back = view.fromFile(there.start, there.end);
  assert.ok(back);
  // Without what is inserted at its edges, and with the whole of a decoded segment.
  assert.deepEqual(view.toFile(back.start, back.end), there);
  let from = start;
  let to = end;
  while (from < to && !view.standsInFile(from, from + 1)) from++;
  while (to > from && !view.standsInFile(to - 1, to)) to--;
  assert.ok(back.start <= from && back.end >= to, `${start}..${end} came back as ${back.start}..${back.end}`);
  const exact = (at: number): boolean => {
    const one = view.toFile(at, at + 1)!;
    return view.fromFile(one.start, one.end)!.end - view.fromFile(one.start, one.end)!.start === 1;
  };
  if (exact(from)) assert.equal(back.start, from);
  if (exact(to - 1)) assert.equal(back.end, to);
}
