/**
 * Which pieces of a reading view can begin or end an answer, how far an answer may go, and which of them are code or
 * keys.
 */

import { isSpace, type Pieces } from '../tokenizer/pieces.js';
import type { ReadingView } from '../views/base/reading-view.js';

export interface Layout {
  /**
   * [pieces] One past the last piece of the same block: an answer never extends from one block into another, nor from a
   * key into its value, nor from one cell of a row into the next.
   * 0: the piece is only in inserted text, or white space, and is never the edge of an answer.
   */
  readonly limits: Int32Array;
  /** [pieces] 1: in a code block; undefined: no code, or only code. */
  readonly code: Uint8Array | undefined;
  /** [pieces] 1: in the key before a value; undefined: there is none. */
  readonly keys: Uint8Array | undefined;
  /** [pieces] 1: the first after a cell, in the same row; undefined: there are no rows. Windows are not cut there. */
  readonly joints?: Uint8Array;
  /** [pieces] the field of a record that it is in, by `FIELD_KINDS`; undefined: there is none. */
  readonly fields?: Uint8Array;
}

/**
 * The layout of pieces of a view's text; undefined when every span can be an answer. Time is linear in pieces and
 * segments.
 */
export function layoutOf(view: ReadingView, pieces: Pieces): Layout | undefined {
  if (isPlain(view)) return withoutSpaces(view.text, pieces);
  const { length } = pieces;
  const limits = new Int32Array(length);
  const keys = view.blocks.some(({ valueStart }) => valueStart !== undefined) ? new Uint8Array(length) : undefined;
  const hasCode = view.blocks.some(({ kind }) => kind === 'code');
  const hasProse = view.blocks.some(({ kind }) => kind !== 'code');
  const code = hasCode && hasProse ? new Uint8Array(length) : undefined;
  const fields = view.cellKinds.some((kind) => kind !== 0) ? new Uint8Array(length) : undefined;
  const joints = view.cells.length > 0 ? new Uint8Array(length) : undefined;

  // From the end: each piece's block is that of the piece after it, or it is the block's last.
  let b = view.blocks.length - 1;
  let c = view.cells.length - 1;
  let group = -1;
  let cell = c;
  let limit = length;
  for (let p = length - 1; p >= 0; p--) {
    const start = pieces.starts[p];
    while (b >= 0 && view.blocks[b].start > start) b--;
    while (c >= 0 && view.cells[c] > start) c--;
    const inside = b >= 0 && start < view.blocks[b].end;
    // Text outside blocks is a separate unit, and so is a key.
    const isKey = inside && start < (view.blocks[b].valueStart ?? -1);
    const own = isKey ? 3 * b + 1 : inside ? 3 * b + 2 : 3 * b + 3;
    if (keys && isKey) keys[p] = 1;
    if (own !== group || c !== cell) limit = p + 1;
    if (joints && own === group && c !== cell) joints[p + 1] = 1;
    group = own;
    cell = c;
    limits[p] = limit;
    if (fields && c >= 0 && inside && view.cells[c] >= view.blocks[b].start) fields[p] = view.cellKinds[c];
    if (code && inside && view.blocks[b].kind === 'code') code[p] = 1;
  }
  withoutInserted(view, pieces, limits);
  withoutSpaces(view.text, pieces, limits);
  return { limits, code, keys, ...(joints ? { joints } : {}), ...(fields ? { fields } : {}) };
}

/** One block at most, and nothing of it inserted. */
function isPlain(view: ReadingView): boolean {
  if (view.blocks.length > 1) return false;
  for (let i = 0; i < view.segmentCount; i++) if (!view.segment(i).file) return false;
  return true;
}

/** Sets the limit of white space to 0; undefined: no piece is that. @param limits missing: of a text without blocks */
function withoutSpaces(text: string, pieces: Pieces, limits?: Int32Array): Layout | undefined {
  let own = limits;
  for (let p = 0; p < pieces.length; p++) {
    if (!isSpace(text, pieces, p)) continue;
    own ??= new Int32Array(pieces.length).fill(pieces.length);
    own[p] = 0;
  }
  return own && { limits: own, code: undefined, keys: undefined };
}

/** Sets the limit of pieces that touch no character of the file to 0. */
function withoutInserted(view: ReadingView, pieces: Pieces, limits: Int32Array): void {
  let p = 0;
  /** View range of inserted text so far: adjacent inserted segments are merged. */
  let from = -1;
  for (let i = 0; i <= view.segmentCount; i++) {
    const segment = i < view.segmentCount ? view.segment(i) : undefined;
    if (segment && !segment.file) {
      if (from < 0) from = segment.view.start;
      continue;
    }
    if (from < 0) continue;
    const to = segment ? segment.view.start : view.text.length;
    while (p < pieces.length && pieces.starts[p] < from) p++;
    for (; p < pieces.length && pieces.starts[p] < to; p++) {
      if (pieces.starts[p] >= from && pieces.ends[p] <= to) limits[p] = 0;
    }
    from = -1;
  }
}
