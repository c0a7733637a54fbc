/**
 * How much of a question's words stands near a place: what the model cannot see from one window. Of two spans that both
 * look like an answer, the one beside the words of the question is far more often right.
 */

import { firstFrom } from '../text/binary-search.js';
import { stemsOfQuestion } from '../text/stems.js';
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

  constructor(index: WordIndex, question: string) {
    const stems = stemsOfQuestion(question);
    this.#repetitions = repetitionsOf(index, question);
    const places = index.placesOf(stems).map((found) => outside(found, this.#repetitions));
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
  proximityOf(offsets: Int32Array, from: number, to: number): Float32Array {
    const result = new Float32Array(to - from);
    for (const { places, sections, weight } of this.#terms) {
      let next = firstFrom(places, offsets[from]);
      let section = 0;
      for (let i = from; i < to; i++) {
        const offset = offsets[i];
        while (next < places.length && places[next] < offset) next++;
        let distance = next < places.length ? places[next] - offset : Number.POSITIVE_INFINITY;
        if (next > 0) distance = Math.min(distance, offset - places[next - 1]);
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
