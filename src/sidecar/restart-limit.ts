/**
 * Counts crashes: a few within a period are tolerated; one more, and the sidecar stays down until the user restarts it.
 */
export class RestartLimit {
  private crashes: number[] = [];

  constructor(
    private readonly forgiven = 4,
    private readonly withinMs = 3 * 60_000,
    // Monotonic time: setting the system clock must neither drop nor keep crashes.
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts a crash. @returns true if the limit is exceeded */
  crashed(): boolean {
    const time = this.now();
    this.crashes = [...this.crashes.filter((earlier) => time - earlier <= this.withinMs), time];
    return this.crashes.length > this.forgiven;
  }

  /** Crashes within the period. */
  get count(): number {
    return this.crashes.length;
  }

  reset(): void {
    this.crashes = [];
  }
}
