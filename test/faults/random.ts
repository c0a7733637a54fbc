/** The seeded generator of the fault suite: the same seed, the same faults. */

/** Seed of this run: ASKBERT_SEED, as run.mjs prints it. */
export const seed = Number(process.env.ASKBERT_SEED ?? 1);

export class Random {
  #state: number;

  /** @param stream keeps the numbers of one part apart from those of another */
  constructor(stream: string, from = seed) {
    let state = from >>> 0;
    for (const c of stream) state = Math.imul(state ^ c.charCodeAt(0), 0x01000193) >>> 0;
    this.#state = state;
  }

  /** 0 <= x < 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)];
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.int(0, 255)));
  }
}
