/**
 * Counts crashes: a few within a period are tolerated; one more, and the sidecar stays down until the user restarts it.
 */
export class RestartLimit {
  readonly #forgiven: number;
  readonly #withinMs: number;
  // Monotonic time: setting the system clock must neither drop nor keep crashes.
  readonly #now: () => number;
  #crashes: number[] = [];

  constructor(forgiven = 4, withinMs = 3 * 60_000, now: () => number = () => performance.now()) {
    this.#forgiven = forgiven;
    this.#withinMs = withinMs;
    this.#now = now;
  }

  /** Counts a crash. @returns true if the limit is exceeded */
  crashed(): boolean {
    const time = this.#now();
    this.#crashes = [...this.#crashes.filter((earlier) => time - earlier <= this.#withinMs), time];
    return this.#crashes.length > this.#forgiven;
  }

  /** Crashes within the period. */
  get count(): number {
    return this.#crashes.length;
  }

  reset(): void {
    this.#crashes = [];
  }
}
