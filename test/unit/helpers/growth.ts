/** How work grows with its input. Compared with itself and in processor time, so neither speed nor load of a machine counts. */
import assert from 'node:assert/strict';
import { isLong } from './long.js';

/** The smaller input is this part of the larger one. Work in proportion then takes 16 times as long, quadratic work 256 times. */
const SHARE = 16;
/** Between the two, with room for the garbage collection of the larger input and for caches that others empty. */
const MOST = 5 * SHARE;
/** A quarter of the size shows the same growth. */
const PART = isLong ? 1 : 4;
/** Quadratic work on inputs such as those of the tests takes far longer, on any processor. */
const NOTHING_MS = 300 / PART;

/** The sizes with which `assertGrowsInProportion` calls its work, for what is made beforehand. */
export function sizesCompared(size: number): [large: number, small: number] {
  const large = Math.ceil(size / PART);
  return [large, Math.ceil(large / SHARE)];
}

/**
 * Fails when `work` grows clearly faster than its input.
 * @param size of the larger input in `npm run test:long`, in whatever `work` counts; `npm test` takes a quarter of it
 */
export function assertGrowsInProportion(what: string, size: number, work: (size: number) => void): void {
  const [whole, part] = sizesCompared(size);
  let ratio = 0;
  // A processor that others use as well has its caches emptied now and then: one fair measurement is enough.
  for (let attempt = 0; attempt < 3; attempt++) {
    const large = processorMs(() => work(whole));
    if (large < NOTHING_MS) return;
    const small = Math.min(...[1, 2, 3].map(() => processorMs(() => work(part))));
    ratio = large / small;
    if (ratio <= MOST) return;
  }
  assert.fail(`${what}: ${SHARE} times the input took ${ratio.toFixed(0)} times the processor time`);
}

/** Milliseconds that this process has computed, on all its threads. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
