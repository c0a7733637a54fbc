/**
 * The best answers over many documents: each once, with all its places, ranked by their margins, which are comparable
 * between documents, unlike scores. Probabilities are those within each document.
 */
import type { Answer, FoundAnswer, NoAnswer, PlacedAnswer } from '../protocol.js';
import { graded } from '../reader/calibration.js';
import { sameWords } from '../reader/duplicates.js';
import { OwnProbabilities } from './own-probabilities.js';

/** Number of answers kept while reading: far more than are shown, since later places are merged into them. */
const MAX_KEPT = 2000;
/** Maximum number of places of one answer. */
const MAX_PLACES = 100;

export class FoundAnswers {
  /** Answers by their words, each with its places, best first. */
  readonly #groups = new Map<string, PlacedAnswer[]>();
  /** Of each document. */
  readonly #own = new Map<string, OwnProbabilities>();
  #passed = false;
  #top: PlacedAnswer | undefined;

  /**
   * Adds the answers of one reading.
   * @param noAnswer its decision; if any reading has an answer, the whole run has one
   */
  add(uri: string, answers: readonly Answer[], noAnswer: NoAnswer): void {
    if (answers.length > 0 && !noAnswer.chosen) this.#passed = true;
    const own = this.#own.get(uri) ?? new OwnProbabilities();
    own.add(answers, noAnswer);
    this.#own.set(uri, own);
    // Each place separately: those of one reading are merged with those of the others.
    for (const answer of answers.flatMap(({ also = [], ...first }) => [first, ...also])) {
      const candidate: PlacedAnswer = { ...answer, uri };
      if (!this.#top || candidate.margin > this.#top.margin) this.#top = candidate;
      const words = sameWords(answer.prose ?? answer.text);
      const places = this.#groups.get(words) ?? [];
      // Overlapping slices read the same place twice.
      const twin = places.findIndex((place) => overlap(place, candidate));
      if (twin >= 0) {
        if (places[twin].margin >= candidate.margin) continue;
        places.splice(twin, 1);
      }
      insert(places, candidate);
      if (places.length > MAX_PLACES) places.pop();
      this.#groups.set(words, places);
    }
    if (this.#groups.size > 2 * MAX_KEPT) this.#trim();
  }

  /** The best place of all; a new object whenever a better one is found. */
  get top(): PlacedAnswer | undefined {
    return this.#top;
  }

  /** Whether any reading has an answer. */
  get passed(): boolean {
    return this.#passed;
  }

  /**
   * The best `count` answers by their margins; the same words in several places are one answer with the margin of its
   * best place. The probability is that within its own document, as if it had been asked alone.
   * @param places maximum number of other places of an answer
   */
  best(count: number, places = MAX_PLACES): FoundAnswer[] {
    const best = this.#distinct(count).map(([first, ...others]): FoundAnswer => {
      const own = this.#own.get(first.uri);
      const here = others.filter(({ uri }) => uri === first.uri);
      return {
        ...first,
        probability: own?.ofAnswer(first, here) ?? first.probability,
        also: others.slice(0, places).map((place) => ({
          ...place,
          probability: this.#own.get(place.uri)?.ofPlace(place) ?? place.probability,
        })),
      };
    });
    return graded(best, !this.#passed);
  }

  /** The decision for all documents: no answer when no reading has one that passes its threshold. */
  noAnswer(threshold: number): NoAnswer {
    const best = this.#distinct(1).at(0)?.[0];
    return {
      // The null score of the reading with the best answer, so that the difference of both scores is its margin.
      score: best ? best.score - best.margin : 0,
      // That the document of the best answer has none.
      probability: (best && this.#own.get(best.uri)?.none) ?? 1,
      chosen: !this.#passed,
      threshold,
    };
  }

  #distinct(count: number): PlacedAnswer[][] {
    const groups: PlacedAnswer[][] = [];
    for (const group of this.#ordered()) {
      if (groups.length === count) break;
      // Two slices may have read one place with slightly different words: the better one represents both.
      if (!groups.some((better) => overlap(better[0], group[0]))) groups.push(group);
    }
    return groups;
  }

  #ordered(): PlacedAnswer[][] {
    return [...this.#groups.values()].sort((a, b) => b[0].margin - a[0].margin);
  }

  #trim(): void {
    const kept = new Set(this.#ordered().slice(0, MAX_KEPT));
    for (const [words, places] of this.#groups) if (!kept.has(places)) this.#groups.delete(words);
  }
}

const overlap = (a: PlacedAnswer, b: PlacedAnswer): boolean => a.uri === b.uri && a.start < b.end && b.start < a.end;

function insert(places: PlacedAnswer[], candidate: PlacedAnswer): void {
  const at = places.findIndex(({ margin }) => margin < candidate.margin);
  places.splice(at < 0 ? places.length : at, 0, candidate);
}
