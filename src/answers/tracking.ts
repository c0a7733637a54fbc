/**
 * Places in a text that is being edited. Pure: nothing here knows vscode.
 *
 * Offsets are UTF-16 code units, end exclusive. Each edit is given in the coordinates of the text before it, and
 * edits are applied one after the other.
 */
export interface Place {
  start: number;
  end: number;
}

/** `start..end` of the text was replaced by `inserted` code units. */
export interface Edit extends Place {
  inserted: number;
}

/**
 * Where a place is after an edit.
 * An edit before it moves it, an edit after it does not. Text inserted exactly at one of its edges
 * stays outside. A place whose own text was touched is gone: undefined.
 */
export function follow(place: Place, edit: Edit): Place | undefined {
  const grown = edit.inserted - (edit.end - edit.start);
  if (edit.end <= place.start) return { start: place.start + grown, end: place.end + grown };
  if (edit.start >= place.end) return place;
  return undefined;
}

/** Where a place is after several edits, in their order. */
export function followAll(place: Place, edits: readonly Edit[]): Place | undefined {
  let now: Place | undefined = place;
  for (const edit of edits) {
    now = follow(now, edit);
    if (!now) return undefined;
  }
  return now;
}

/** A part of a text at one moment, `start..end`, and what stands there now, `from..to`. */
interface Segment extends Place {
  from: number;
  to: number;
}

/** More separate edits are not followed: who has changed so much does not undo all of it. */
const MOST_SEGMENTS = 500;

/** What became of a text since one moment, so that what stood there is found again when its edits are undone. */
export class EditsSince {
  /** In order, and nothing between them has changed. */
  #segments: Segment[] = [];
  #lost = false;

  /** @param edits in their order, each in the coordinates of the text before it */
  constructor(edits: readonly Edit[]) {
    for (const edit of edits) this.apply(edit);
  }

  /** Takes the next edit, in the coordinates of the text before it. */
  apply(edit: Edit): void {
    if (this.#lost) return;
    const grown = edit.inserted - (edit.end - edit.start);
    const before = this.#segments.filter(({ to }) => to < edit.start);
    const after = this.#segments.filter(({ from }) => from > edit.end);
    const touched = this.#segments.slice(before.length, this.#segments.length - after.length);
    const [first] = touched;
    const last = touched.at(-1);
    // The text between two segments has moved by what the ones before it have grown.
    const moved = (segment: Segment | undefined) => (segment ? segment.to - segment.end : 0);
    const from = Math.min(edit.start, first?.from ?? edit.start);
    const to = Math.max(edit.end, last?.to ?? edit.end);
    const start = from - moved(before.at(-1));
    const end = to - moved(last ?? before.at(-1));
    const rest = after.map((each) => ({ ...each, from: each.from + grown, to: each.to + grown }));
    this.#segments = [...before, { start, end, from, to: to + grown }, ...rest];
    this.#lost = this.#segments.length > MOST_SEGMENTS;
  }

  /** Where a place of that moment is, if its text can be there again: as long as it was. The text tells the rest. */
  placeOf(place: Place): Place | undefined {
    if (this.#lost) return undefined;
    let by = 0;
    for (const { start, end, from, to } of this.#segments) {
      if (end <= place.start) by = to - end;
      else if (start < place.end && to - from !== end - start) return undefined;
      else if (start <= place.start) by = from - start;
    }
    return { start: place.start + by, end: place.end + by };
  }
}
