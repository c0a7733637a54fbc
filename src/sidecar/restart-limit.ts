/** Counts crashes: so many within a while are forgiven, one more and the sidecar stays down until the user restarts it. */
export class RestartLimit {
  private crashes: number[] = [];

  constructor(
    private readonly forgiven = 4,
    private readonly withinMs = 3 * 60_000,
    // Time that passes: a clock that is set would forget crashes, or never forgive them.
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts a crash. @returns true when it was one too many */
  crashed(): boolean {
    const time = this.now();
    this.crashes = [...this.crashes.filter((earlier) => time - earlier <= this.withinMs), time];
    return this.crashes.length > this.forgiven;
  }

  /** Crashes within the last while. */
  get count(): number {
    return this.crashes.length;
  }

  reset(): void {
    this.crashes = [];
  }
}
