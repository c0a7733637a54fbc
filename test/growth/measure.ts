/** How the processor time of some work grows with its input. */
import type { Input } from './inputs.js';

export type Work = (text: string) => unknown;

/** Milliseconds that this process has computed, on all its threads. */
export async function processorMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export interface Growth {
  /** Slope of log time over log length. */
  exponent: number;
  /** Milliseconds by UTF-16 units. */
  times: [number, number][];
}

/** Beyond it the next size is not tried. */
const TOO_LONG_MS = 5000;

/**
 * @param sizes ascending
 * @param most above this exponent everything is measured again, up to `attempts` times, and the least of each size
 * counts: another process empties the caches, or the collector of garbage runs now rather than then
 */
export async function growthOf(
  work: Work,
  input: Input,
  sizes: readonly number[],
  most: number,
  attempts: number,
): Promise<Growth> {
  const least = new Map<number, number>();
  let exponent = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && exponent > most; attempt++) {
    for (const size of sizes) {
      const text = input.make(size);
      for (let i = 0; i < 2; i++) {
        const ms = await processorMs(() => work(text));
        least.set(size, Math.min(least.get(size) ?? Number.POSITIVE_INFINITY, ms));
      }
      if (least.get(size)! > TOO_LONG_MS && least.size > 1) break;
    }
    exponent = slope([...least]);
  }
  return { exponent, times: [...least] };
}

function slope(times: readonly [number, number][]): number {
  const points = times.map(([x, y]) => [Math.log2(x), Math.log2(Math.max(y, 0.01))]);
  const mean = (k: number) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return above / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
