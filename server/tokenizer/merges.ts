/**
 * Byte pair encoding of one word: of all neighbours the pair that training merged first is merged, the leftmost of
 * equal ones, until no pair is left. A heap of pairs keeps the time at n log n for a word of n bytes.
 */

/** Places in a word below this: a key of the heap is rank * PLACES + place, exact in 64 bits. */
const PLACES = 2 ** 21;

export class Merges {
  readonly #size: number;
  /** Rank by left * size + right. */
  readonly #ranks = new Map<number, number>();
  /** [rank] the piece that a pair becomes. */
  readonly #merged: Int32Array;

  /** @param size of the vocabulary. @param merges left, right and merged piece of each, in the order of training */
  constructor(size: number, merges: Int32Array) {
    this.#size = size;
    this.#merged = new Int32Array(merges.length / 3);
    for (let rank = 0; rank < this.#merged.length; rank++) {
      this.#ranks.set(merges[3 * rank] * size + merges[3 * rank + 1], rank);
      this.#merged[rank] = merges[3 * rank + 2];
    }
  }

  // Scratch of one word, grown for longer ones.
  #before = new Int32Array(0);
  #after = new Int32Array(0);
  #heap = new Float64Array(0);
  #heapSize = 0;

  /**
   * Merges `ids[0 .. count]`, the pieces of single bytes, in place.
   * @param lengths gets the number of bytes of each piece that is left
   * @returns how many pieces are left
   */
  apply(ids: Int32Array, lengths: Int32Array, count: number): number {
    if (this.#before.length < count) {
      this.#before = new Int32Array(2 * count);
      this.#after = new Int32Array(2 * count);
      // A merge removes one pair and makes two at most.
      this.#heap = new Float64Array(6 * count);
    }
    const before = this.#before;
    const after = this.#after;
    for (let i = 0; i < count; i++) {
      lengths[i] = 1;
      before[i] = i - 1;
      after[i] = i + 1 < count ? i + 1 : -1;
    }
    this.#heapSize = 0;
    for (let i = 0; i < count - 1; i++) this.#add(ids, i);
    while (this.#heapSize > 0) {
      const key = this.#pop();
      const place = key % PLACES;
      const rank = (key - place) / PLACES;
      const right = after[place];
      // What was merged since is not a pair any more, or it is another one.
      if (lengths[place] === 0 || right < 0 || this.#rankOf(ids[place], ids[right]) !== rank) continue;
      ids[place] = this.#merged[rank];
      lengths[place] += lengths[right];
      lengths[right] = 0;
      after[place] = after[right];
      if (after[place] >= 0) before[after[place]] = place;
      if (before[place] >= 0) this.#add(ids, before[place]);
      if (after[place] >= 0) this.#add(ids, place);
    }
    let left = 0;
    for (let i = 0; i < count; i++) {
      if (lengths[i] === 0) continue;
      ids[left] = ids[i];
      lengths[left++] = lengths[i];
    }
    return left;
  }

  #rankOf(left: number, right: number): number | undefined {
    return this.#ranks.get(left * this.#size + right);
  }

  /** Adds the pair that begins at a place, if it is one. */
  #add(ids: Int32Array, place: number): void {
    const rank = this.#rankOf(ids[place], ids[this.#after[place]]);
    if (rank === undefined) return;
    const key = rank * PLACES + place;
    const heap = this.#heap;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent] <= key) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = key;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap[--this.#heapSize];
    const size = this.#heapSize;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= last) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
