/** How long the answers of this session took. Pure. */
export class Latencies {
  readonly #most: number;
  readonly #times: number[] = [];

  constructor(most = 1000) {
    this.#most = most;
  }

  add(ms: number): void {
    this.#times.push(ms);
    if (this.#times.length > this.#most) this.#times.shift();
  }

  get last(): number | undefined {
    return this.#times.at(-1);
  }

  get count(): number {
    return this.#times.length;
  }

  /** Percentile by nearest rank; undefined: no answers yet. */
  percentile(p: number): number | undefined {
    const sorted = this.#times.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  }
}
