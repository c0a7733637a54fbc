/** Examples of views as text, for tests. */
import assert from 'node:assert/strict';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { checkView } from './view-invariants.js';

/** Blocks as "kind path/of/it: text". */
export function blocksOf(view: ReadingView, file: string): string[] {
  checkView(view, file);
  return view.blocks.map(({ kind, path, start, end }) => `${kind} ${path.join('/')}: ${view.text.slice(start, end)}`);
}

/** The file characters that words of the view stand for. */
export function inFile(view: ReadingView, file: string, shown: string): string {
  const start = view.text.indexOf(shown);
  assert.ok(start >= 0, `${shown} is not in the view`);
  const range = view.toFile(start, start + shown.length);
  assert.ok(range, `${shown} does not stand in the file`);
  return file.slice(range.start, range.end);
}
