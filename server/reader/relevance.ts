/**
 * How many of a question's words are near a place, which the model cannot see from one window. Of two spans that both
 * look like an answer, the one next to the words of the question is far more often right.
 */

import { firstFrom } from '../text/binary-search.js';
import { COMMON_WORDS, stemOf, stemsOfQuestion, wordsOf } from '../text/stems.js';
import type { ReadingView } from '../views/base/reading-view.js';
import { type AskedField, askedField } from './asked-field.js';
import { RELEVANCE_REACH } from './calibration.js';
import { answersBelow, repetitionsOf } from './repetition.js';
import { TableCells } from './row-relevance.js';
import type { WordIndex } from './word-index.js';

/** Unit of text in which a word counts once for its frequency. */
const STRETCH = 300;

/** What a place loses (of 0..1) if the document answers the repeated question elsewhere. */
const ELSEWHERE = 0.5;

/** Words of a question that are examined, and those that may be one word of the document. */
const MOST_WORDS = 64;
const MOST_JOINED = 5;
/** Fewer are words or names, not an abbreviation. */
const FEWEST_INITIALS = 3;

interface Term {
  /** Offsets of the word, and those outside table rows. */
  readonly places: readonly number[];
  readonly free: readonly number[];
  /** Stretches of rows that it refers to: start and end alternately. */
  readonly told: readonly number[];
  /** Stretches below a heading with it: start and end alternately. */
  readonly sections: readonly number[];
  /** Its weight in the question: the rarer a word is in the document, the higher. */
  weight: number;
}

export class Relevance {
  readonly #terms: Term[] = [];
  /** Where the question itself is repeated: start and end alternately. */
  readonly #repetitions: readonly number[];
  readonly #records: Int32Array;
  /** The question only has words that name a field: every record is equally near. */
  readonly isBare: boolean;
  /** Messages of a conversation answer each other; other records are independent of their neighbours. */
  readonly #areApart: boolean;
  /** [FIELD_KINDS] what a span gains by the field of a record that it is in. */
  readonly fieldPrior: AskedField['prior'];
  /** The text below it that answers it, likewise. */
  readonly #below: readonly number[];

  readonly #tables: TableCells | undefined;

  constructor(index: WordIndex, question: string, view?: ReadingView) {
    const tables = view && TableCells.of(view);
    this.#tables = tables;
    const asked = askedField(question);
    this.fieldPrior = asked.prior;
    let stems = stemsOfQuestion(question);
    // The word "status" does not occur in a record with a status.
    if (index.records.length > 0) {
      stems = stems.filter((stem) => !asked.names.has(stem) && (!asked.linking.has(stem) || index.has(stem)));
    }
    this.#records = index.records;
    this.#areApart = !index.isConversation;
    this.isBare = stems.length === 0;
    this.#repetitions = withAskers(repetitionsOf(index, question), index);
    const places = withJoined(index, question, stems).map((found) => outside(found, this.#repetitions));
    // The answer to a repeated question is as near to its words as text below a heading with them.
    this.#below = answersBelow(index.text, this.#repetitions);
    const sections = index.sectionsOf(stems).map((own) => united(own, this.#below));
    const stretches = Math.max(1, (index.text.length - (tables?.length ?? 0)) / STRETCH) + (tables?.rows ?? 0);
    let sum = 0;
    for (const [i, found] of places.entries()) {
      const free = tables ? found.filter((place) => tables.rowAt(place) < 0) : found;
      const inRows = tables ? found.filter((place) => tables.rowAt(place) >= 0) : [];
      const weight = rarity(stretchesWith(free) + rowsWith(inRows, tables), stretches);
      // A word that does not occur is missing everywhere: this document is less related to the question.
      sum += weight;
      if (found.length + sections[i].length === 0) continue;
      const told = tables?.toldBy(inRows) ?? [];
      this.#terms.push({ places: found, free, told, sections: sections[i], weight });
    }
    for (const term of this.#terms) term.weight /= sum;
  }

  /**
   * For places `from`..`to` of ascending offsets: 0 (no word of the question is near) to 1 (all are at the place).
   * A word counts less the farther away it is; one in a heading counts as if it were at the place, and so does, in a
   * table row, one in the row or the column's name, but none in other rows. -Infinity where the question itself is
   * repeated; its words do not count.
   */
  proximityOf(offsets: Int32Array, from: number, to: number): Float32Array {
    const result = new Float32Array(to - from);
    const inRow = this.#tables ? offsets.subarray(from, to).map((place) => this.#tables!.rowAt(place)) : undefined;
    const records = this.#records;
    for (const { places, free, told, sections, weight } of this.#terms) {
      const near = new Nearest(places, offsets[from]);
      const nearFree = free === places ? near : new Nearest(free, offsets[from]);
      // The record that a place is in, or that comes after it.
      let record = records.length > 0 ? firstFrom(records, offsets[from] + 1) & ~1 : 0;
      let section = 0;
      let stretch = firstFrom(told, offsets[from]) & ~1;
      for (let i = from; i < to; i++) {
        const offset = offsets[i];
        const isRow = inRow !== undefined && inRow[i - from] >= 0;
        let distance = (isRow ? nearFree : near).distance(offset);
        while (record < records.length && records[record + 1] <= offset) record += 2;
        if (record < records.length && records[record] <= offset) {
          // Words of another record do not count.
          if (!near.isWithin(records[record], records[record + 1])) {
            distance = this.#areApart ? Number.POSITIVE_INFINITY : distance + RELEVANCE_REACH / 3;
          } else if (distance < RELEVANCE_REACH) distance = 0;
        }
        while (section + 2 < sections.length && sections[section + 1] <= offset) section += 2;
        if (sections[section] <= offset && offset < sections[section + 1]) distance = 0;
        if (isRow) {
          while (stretch + 2 < told.length && told[stretch + 1] <= offset) stretch += 2;
          if (told[stretch] <= offset && offset < told[stretch + 1]) distance = 0;
        }
        if (distance < RELEVANCE_REACH) result[i - from] += weight * (1 - distance / RELEVANCE_REACH);
      }
    }
    // If a text answers this exact question in one place, other places are less likely.
    if (this.#below.length > 0) {
      for (let i = from; i < to; i++) {
        if (firstFrom(this.#below, offsets[i] + 1) % 2 === 0) result[i - from] -= ELSEWHERE;
      }
    }
    const stretches = this.#repetitions;
    for (let s = firstFrom(stretches, offsets[from]) & ~1; s < stretches.length; s += 2) {
      const first = Math.max(from, firstFrom(offsets, stretches[s]));
      if (first >= to) break;
      result.fill(Number.NEGATIVE_INFINITY, first - from, Math.min(to, firstFrom(offsets, stretches[s + 1])) - from);
    }
    return result;
  }
}

/** Distance to the nearest of ascending places, queried in ascending order. */
class Nearest {
  readonly #places: readonly number[];
  #next: number;

  constructor(places: readonly number[], from: number) {
    this.#places = places;
    this.#next = firstFrom(places, from);
  }

  distance(offset: number): number {
    const places = this.#places;
    while (this.#next < places.length && places[this.#next] < offset) this.#next++;
    const after = this.#next < places.length ? places[this.#next] - offset : Number.POSITIVE_INFINITY;
    return this.#next > 0 ? Math.min(after, offset - places[this.#next - 1]) : after;
  }

  /** One of the places next to the last queried offset is in a stretch. */
  isWithin(start: number, end: number): boolean {
    const places = this.#places;
    return (
      (this.#next < places.length && places[this.#next] < end) || (this.#next > 0 && places[this.#next - 1] >= start)
    );
  }
}

/**
 * The places of stems. A document may write as one word what a question has as several: `login` for "log in",
 * `maxRetries` for "max retries", `eol` for "end of life".
 */
function withJoined(index: WordIndex, question: string, stems: readonly number[]): number[][] {
  const words = wordsOf(question).slice(0, MOST_WORDS);
  const joined: { stem: number; parts: number[] }[] = [];
  const join = (word: string, parts: readonly string[]) => {
    const stem = stemOf(word);
    if (!stems.includes(stem) && index.has(stem)) joined.push({ stem, parts: parts.map(stemOf) });
  };
  for (let i = 0; i < words.length; i++) {
    for (let count = 2; count <= MOST_JOINED && i + count <= words.length; count++) {
      const parts = words.slice(i, i + count);
      if (COMMON_WORDS.has(parts[0]) || COMMON_WORDS.has(parts[count - 1])) continue;
      if (count <= 3) join(parts.join(''), parts);
      const initials = parts.map(([first]) => first).join('');
      if (count >= FEWEST_INITIALS && !COMMON_WORDS.has(initials)) join(initials, parts);
    }
  }
  if (joined.length === 0) return index.placesOf(stems);
  const all = index.placesOf([...stems, ...joined.map(({ stem }) => stem)]);
  return stems.map((stem, i) => {
    const more = joined.flatMap(({ parts }, j) => (parts.includes(stem) ? all[stems.length + j] : []));
    return more.length > 0 ? [...new Set([...all[i], ...more])].sort((a, b) => a - b) : all[i];
  });
}

/** In a conversation the one who asks the question does not answer it: from the beginning of the message. */
function withAskers(repetitions: number[], { records, isConversation }: WordIndex): number[] {
  if (!isConversation) return repetitions;
  return repetitions.map((place, i) => {
    const record = firstFrom(records, place + 1) & ~1;
    return i % 2 === 0 && records[record] <= place ? records[record] : place;
  });
}

/** Merges two lists of ascending stretches into one of disjoint stretches. */
function united(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0) return a;
  const pairs: [number, number][] = [];
  for (const list of [a, b]) for (let i = 0; i < list.length; i += 2) pairs.push([list[i], list[i + 1]]);
  const all: number[] = [];
  for (const [start, end] of pairs.sort((x, y) => x[0] - y[0])) {
    if (all.length > 0 && start <= all[all.length - 1]) all[all.length - 1] = Math.max(all[all.length - 1], end);
    else all.push(start, end);
  }
  return all;
}

/** Those of ascending places that are outside all given stretches. */
function outside(places: readonly number[], stretches: readonly number[]): readonly number[] {
  if (stretches.length === 0) return places;
  return places.filter((place) => firstFrom(stretches, place + 1) % 2 === 0);
}

/** BM25's weight of a word. */
const rarity = (count: number, of: number): number => Math.log(1 + (Math.max(count, of) - count + 0.5) / (count + 0.5));

function stretchesWith(places: readonly number[]): number {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const place of places) {
    if (place - last <= STRETCH) continue;
    count++;
    last = place;
  }
  return count;
}

/** Rows that contain a word themselves, not only in the name of a column. @param places in rows, ascending */
function rowsWith(places: readonly number[], tables: TableCells | undefined): number {
  const rows = new Set<number>();
  for (const place of places) if (tables && !tables.isName(place)) rows.add(tables.rowAt(place));
  return rows.size;
}
