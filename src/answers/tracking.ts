/**
 * Places in a text that is being edited. Pure: nothing here knows vscode.
 *
 * Offsets are UTF-16 code units, end exclusive. Each edit is given in the coordinates of the text before it, and
 * edits are applied one after the other.
 */
import { append } from '../../server/text/arrays.js';

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
/** Of more edits at once it is not even counted how many are separate. */
const MOST_AT_ONCE = 2 * MOST_SEGMENTS;

/** What became of a text since one moment, so that what stood there is found again when its edits are undone. */
export class EditsSince {
  /** In order, and nothing between them has changed. */
  #segments: Segment[] = [];
  #lost = false;

  /** @param edits in their order, each in the coordinates of the text before it */
  constructor(edits: readonly Edit[]) {
    this.apply(edits);
  }

  /** Takes the next edits, each in the coordinates of the text before it. */
  apply(edits: readonly Edit[]): void {
    this.#lost ||= edits.length > MOST_AT_ONCE;
    for (const edit of edits) {
      if (this.#lost) break;
      this.#take(edit);
      this.#lost = this.#segments.length > MOST_SEGMENTS;
    }
    if (this.#lost) this.#segments = [];
  }

  #take({ start, end, inserted }: Edit): void {
    const segments = this.#segments;
    const grown = inserted - (end - start);
    const count = (isSo: (segment: Segment) => boolean) => {
      const other = segments.findIndex((segment) => !isSo(segment));
      return other < 0 ? segments.length : other;
    };
    const before = count(({ to }) => to < start);
    const after = count(({ from }) => from <= end);
    const touched = segments.slice(before, after);
    const from = Math.min(start, touched[0]?.from ?? start);
    const to = Math.max(end, touched.at(-1)?.to ?? end);
    // The text between two segments has moved by what the ones before it have grown.
    const moved = (index: number) => {
      const segment = segments[index];
      return segment ? segment.to - segment.end : 0;
    };
    const place = { start: from - moved(before - 1), end: to - moved(after - 1) };
    for (const segment of segments.slice(after)) {
      segment.from += grown;
      segment.to += grown;
    }
    segments.splice(before, touched.length, { ...place, from, to: to + grown });
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

/** The edits of a text since one moment, and where its places are now. What was undone is looked at only if need be. */
export class EditLog {
  readonly #edits: Edit[] = [];
  readonly #since = new EditsSince([]);
  /** Edits that `#since` has. */
  #taken = 0;

  /** Takes the next edits, each in the coordinates of the text before it. */
  add(edits: readonly Edit[]): void {
    append(this.#edits, edits);
  }

  /** Where a place of that moment is: it was not touched, or its text can be there again. The text tells the rest. */
  placeOf(place: Place): Place | undefined {
    const now = followAll(place, this.#edits);
    if (now) return now;
    this.#since.apply(this.#edits.slice(this.#taken));
    this.#taken = this.#edits.length;
    return this.#since.placeOf(place);
  }
}
