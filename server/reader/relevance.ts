/**
 * How much of a question's words stands near a place: what the model cannot see from one window. Of two spans that both
 * look like an answer, the one beside the words of the question is far more often right.
 */

import { firstFrom } from '../text/binary-search.js';
import { stemOf, stemsOfQuestion, wordsOf } from '../text/stems.js';
import { type AskedField, askedField } from './asked-field.js';
import { relevanceReach } from './calibration.js';
import { repetitionsOf } from './repetition.js';
import type { WordIndex } from './word-index.js';

/** Units of text in which a word counts once for how common it is. */
const STRETCH = 300;

interface Term {
  /** Offsets of the word. */
  readonly places: readonly number[];
  /** Stretches below a heading with it: start and end alternately. */
  readonly sections: readonly number[];
  /** Its share of the question: the rarer a word is in the document, the more it tells. */
  weight: number;
}

export class Relevance {
  readonly #terms: Term[] = [];
  /** Where the question itself stands: start and end alternately. */
  readonly #repetitions: readonly number[];
  readonly #records: Int32Array;
  /** The question has no words but those that name a field: every record is as near. */
  readonly isBare: boolean;
  /** Messages of a conversation answer each other; other records have nothing to do with their neighbours. */
  readonly #areApart: boolean;
  /** [FIELD_KINDS] what a span gains by the field of a record that it is in. */
  readonly fieldPrior: AskedField['prior'];

  constructor(index: WordIndex, question: string) {
    const asked = askedField(question);
    this.fieldPrior = asked.prior;
    let stems = stemsOfQuestion(question);
    // In a record that has a status nothing says "status".
    if (index.records.length > 0) stems = stems.filter((stem) => !asked.names.has(stem));
    this.#records = index.records;
    this.#areApart = !index.isConversation;
    this.isBare = stems.length === 0;
    this.#repetitions = repetitionsOf(index, question);
    const places = withJoined(index, question, stems).map((found) => outside(found, this.#repetitions));
    const sections = index.sectionsOf(stems);
    const stretches = Math.max(1, index.text.length / STRETCH);
    let sum = 0;
    for (const [i, found] of places.entries()) {
      const weight = rarity(stretchesWith(found), stretches);
      // A word that is nowhere is missed everywhere: this document has less to do with the question.
      sum += weight;
      if (found.length + sections[i].length > 0) this.#terms.push({ places: found, sections: sections[i], weight });
    }
    for (const term of this.#terms) term.weight /= sum;
  }

  /**
   * For places `from`..`to` of ascending offsets: 0 (no word of the question is near) to 1 (all are right there).
   * A word counts less the farther it is; one of a heading counts as if it stood there. -Infinity where the question itself
   * is repeated, whose words count nowhere.
   */
  near(offsets: Int32Array, from: number, to: number): Float32Array {
    const result = new Float32Array(to - from);
    const records = this.#records;
    for (const { places, sections, weight } of this.#terms) {
      // The record that a place is in, or that comes after it.
      let record = records.length > 0 ? firstFrom(records, offsets[from] + 1) & ~1 : 0;
      let next = firstFrom(places, offsets[from]);
      let section = 0;
      for (let i = from; i < to; i++) {
        const offset = offsets[i];
        while (next < places.length && places[next] < offset) next++;
        let distance = next < places.length ? places[next] - offset : Number.POSITIVE_INFINITY;
        if (next > 0) distance = Math.min(distance, offset - places[next - 1]);
        while (record < records.length && records[record + 1] <= offset) record += 2;
        if (record < records.length && records[record] <= offset) {
          // Nothing is answered by the words of another record.
          const own =
            (next < places.length && places[next] < records[record + 1]) ||
            (next > 0 && places[next - 1] >= records[record]);
          if (!own) distance = this.#areApart ? Number.POSITIVE_INFINITY : distance + relevanceReach / 3;
          else if (distance < relevanceReach) distance = 0;
        }
        while (section + 2 < sections.length && sections[section + 1] <= offset) section += 2;
        if (sections[section] <= offset && offset < sections[section + 1]) distance = 0;
        if (distance < relevanceReach) result[i - from] += weight * (1 - distance / relevanceReach);
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

/** The places of stems. Records write in one word what a question may ask in two: `login` for "log in". */
function withJoined(index: WordIndex, question: string, stems: readonly number[]): number[][] {
  if (index.records.length === 0) return index.placesOf(stems);
  const words = wordsOf(question);
  const joined = words
    .slice(1)
    .map((word, i) => ({ stem: stemOf(words[i] + word), parts: [words[i], word].map(stemOf) }));
  const all = index.placesOf([...stems, ...joined.map(({ stem }) => stem)]);
  return stems.map((stem, i) => {
    const more = joined.flatMap(({ parts }, j) => (parts.includes(stem) ? all[stems.length + j] : []));
    return more.length > 0 ? [...all[i], ...more].sort((a, b) => a - b) : all[i];
  });
}

/** Those of ascending places that lie in none of some stretches. */
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
