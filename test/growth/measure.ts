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

/** @param sizes ascending @param repeats the least of so many measurements counts */
export async function growthOf(work: Work, input: Input, sizes: readonly number[], repeats: number): Promise<Growth> {
  const times: [number, number][] = [];
  for (const size of sizes) {
    const text = input.make(size);
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < repeats && (i === 0 || best < TOO_LONG_MS / 4); i++) {
      best = Math.min(best, await processorMs(() => work(text)));
    }
    times.push([size, best]);
    if (best > TOO_LONG_MS) break;
  }
  return { exponent: slope(times), times };
}

function slope(times: readonly [number, number][]): number {
  const points = times.map(([x, y]) => [Math.log2(x), Math.log2(Math.max(y, 0.01))]);
  const mean = (k: number) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return above / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
