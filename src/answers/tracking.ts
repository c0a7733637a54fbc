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
