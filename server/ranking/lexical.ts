/**
 * Which passages have the words of a question: BM25 (Robertson and Zaragoza, 2009) over stems.
 *
 * Each document has its own index of typed arrays, about 0.6 bytes for each byte of text, so that it can be kept for
 * the next question and only changed documents are indexed again. General search libraries store an object for
 * each word of each passage: MiniSearch 7.2 takes 4.1 bytes for each byte of text, 2 GB for the 500 MB that one run may
 * read.
 */
import type { OffsetRange } from '../protocol.js';
import { firstFrom } from '../text/binary-search.js';
import { stemOf, stemsOfQuestion, wordsOf } from '../text/stems.js';
import type { ReadingView } from '../views/base/reading-view.js';
import { passagesOf } from './passages.js';

/** BM25's saturation of repeated words and its length normalisation. The usual values. */
const K1 = 1.2;
const B = 0.75;
/** Passages of one document and the stems in them; passages are named by their index. */
export interface TermIndex {
  /** [passages] their ranges in the file. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** [passages] numbers of words. */
  readonly lengths: Uint16Array;
  /** Hashes of all stems, ascending; the postings of `stems[i]` are `first[i]`..`first[i + 1]`. */
  readonly stems: Uint32Array;
  readonly first: Uint32Array;
  /** Passage of each posting, and how often the stem is in it (255 at most). */
  readonly passages: Uint16Array | Uint32Array;
  readonly counts: Uint8Array;
}

export const bytesOf = (index: TermIndex): number =>
  Object.values(index as unknown as Record<string, ArrayBufferView>).reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );

/** @param name words of the document's name, which count as words of every passage */
export function indexView(view: ReadingView, name = ''): TermIndex {
  const places: OffsetRange[] = [];
  const lengths: number[] = [];
  /** For each stem: passage and count, alternately, in ascending order of passages. */
  const postings = new Map<number, number[]>();
  const nameWords = wordsOf(name);
  let total = 0;
  for (const { place, words } of passagesOf(view)) {
    const passage = places.push(place) - 1;
    lengths.push(Math.min(words.length, 0xffff));
    const add = (word: string) => {
      const stem = stemOf(word);
      let list = postings.get(stem);
      if (!list) {
        list = [];
        postings.set(stem, list);
      }
      if (list[list.length - 2] === passage) {
        list[list.length - 1]++;
        return;
      }
      list.push(passage, 1);
      total++;
    };
    words.forEach(add);
    nameWords.forEach(add);
  }
  const stems = Uint32Array.from(postings.keys()).sort();
  const first = new Uint32Array(stems.length + 1);
  const passages = places.length > 0xffff ? new Uint32Array(total) : new Uint16Array(total);
  const counts = new Uint8Array(total);
  let at = 0;
  stems.forEach((stem, i) => {
    const list = postings.get(stem)!;
    for (let k = 0; k < list.length; k += 2, at++) {
      passages[at] = list[k];
      counts[at] = Math.min(255, list[k + 1]);
    }
    first[i + 1] = at;
  });
  return {
    starts: Int32Array.from(places, ({ start }) => start),
    ends: Int32Array.from(places, ({ end }) => end),
    lengths: Uint16Array.from(lengths),
    stems,
    first,
    passages,
    counts,
  };
}

export interface RankedPassage {
  /** As given to {@link Ranking.add}. */
  document: number;
  /** In the file. */
  place: OffsetRange;
  score: number;
}

/** Ranks passages for one question. Indexes are added one after the other and need not be kept. */
export class Ranking {
  readonly #stems: readonly number[];
  /** For each stem of the question: the passages it is in. */
  readonly #frequency: number[];
  /** Passages with at least one of them. */
  readonly #found: { document: number; place: OffsetRange; length: number; counts: number[] }[] = [];
  #passages = 0;
  #words = 0;

  constructor(question: string) {
    this.#stems = stemsOfQuestion(question);
    this.#frequency = this.#stems.map(() => 0);
  }

  add(document: number, index: TermIndex): void {
    this.#passages += index.starts.length;
    for (const length of index.lengths) this.#words += length;
    const found = new Map<number, number[]>();
    for (const [i, stem] of this.#stems.entries()) {
      const at = firstFrom(index.stems, stem);
      if (index.stems[at] !== stem) continue;
      for (let k = index.first[at]; k < index.first[at + 1]; k++) {
        let counts = found.get(index.passages[k]);
        if (!counts) {
          counts = this.#stems.map(() => 0);
          found.set(index.passages[k], counts);
        }
        counts[i] = index.counts[k];
        this.#frequency[i]++;
      }
    }
    for (const [passage, counts] of found) {
      const place = { start: index.starts[passage], end: index.ends[passage] };
      this.#found.push({ document, place, length: index.lengths[passage], counts });
    }
  }

  /** Best first; passages without any word of the question are not among them. */
  finish(): RankedPassage[] {
    const mean = this.#words / Math.max(1, this.#passages) || 1;
    const weights = this.#frequency.map((n) => Math.log(1 + (this.#passages - n + 0.5) / (n + 0.5)));
    return this.#found
      .map(({ document, place, length, counts }) => {
        const norm = K1 * (1 - B + (B * length) / mean);
        const score = counts.reduce((sum, n, i) => sum + (weights[i] * n * (K1 + 1)) / (n + norm), 0);
        return { document, place, score };
      })
      .sort((a, b) => b.score - a.score || a.document - b.document || a.place.start - b.place.start);
  }
}
