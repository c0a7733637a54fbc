/** Tables of every kind in lines of plain text. */
import type { Line } from '../base/text-lines.js';
import { findAligned } from './aligned.js';
import { type FoundTable, findRuled } from './ruled.js';

/**
 * The first table in lines `from`..`to`, between which none is blank; undefined: there is none. Time is linear in their
 * text.
 */
export function findTable(text: string, lines: readonly Line[], from: number, to: number): FoundTable | undefined {
  if (to - from < 2) return undefined;
  return findRuled(text, lines, from, to) ?? findAligned(text, lines, from, to);
}
