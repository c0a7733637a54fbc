/** The shapes that an engine is built for, and how a batch is split over them. */
import { largest } from '../../text/arrays.js';
import type { Bucket } from './native.js';

/** Batch sizes; windows of a long text come in tens, those of a short one alone. */
const batches = [1, 8, 32];
/**
 * Lengths, besides the model's longest window. Every shape is fixed: kernels chosen for a range of shapes took up to 1.6
 * times as long (H200), since attention is fused for few of them. On SQuAD 82 % of the pieces of these are no padding.
 */
const lengths = [128, 192, 256, 384];

/** Cost of one more launch, in pieces: small batches leave the device half idle. */
const LAUNCH_PIECES = 384;

/** Buckets for a model: windows of a few lengths, alone, a few, and many. */
export function defaultBuckets(maxSequenceLength: number, maxBatch = largest(batches)): Bucket[] {
  const sizes = [...new Set([...batches.filter((b) => b < maxBatch), maxBatch])];
  const all = [...lengths.filter((length) => length < maxSequenceLength), maxSequenceLength];
  return all.flatMap((length) => sizes.map((batch) => ({ batch, length })));
}

/** What is built first, so that the device answers soon: every window fits. */
export const firstBuckets = (maxSequenceLength: number): Bucket[] => [{ batch: 8, length: maxSequenceLength }];

/** Rows [from, to) of a batch, to be run in one bucket. */
export interface Run {
  readonly bucket: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The cheapest way to run `count` rows of `length` pieces: padding costs, and so does each launch.
 * @param usable indices of the buckets that may be used
 * @returns undefined when no bucket is long enough
 */
export function planRuns(
  buckets: readonly Bucket[],
  usable: readonly number[],
  count: number,
  length: number,
): Run[] | undefined {
  const fitting = usable.filter((i) => buckets[i].length >= length);
  if (fitting.length === 0) return undefined;
  const cost = (i: number): number => buckets[i].batch * buckets[i].length + LAUNCH_PIECES;
  // cheapest[n]: cost of n rows, and the bucket that runs the first of them.
  const cheapest: Array<{ cost: number; bucket: number }> = [{ cost: 0, bucket: -1 }];
  for (let n = 1; n <= count; n++) {
    let best = { cost: Number.POSITIVE_INFINITY, bucket: -1 };
    for (const i of fitting) {
      const total = cost(i) + cheapest[Math.max(0, n - buckets[i].batch)].cost;
      if (total < best.cost) best = { cost: total, bucket: i };
    }
    cheapest.push(best);
  }
  const runs: Run[] = [];
  for (let from = 0; from < count; ) {
    const { bucket } = cheapest[count - from];
    const to = Math.min(count, from + buckets[bucket].batch);
    runs.push({ bucket, from, to });
    from = to;
  }
  return runs;
}
