/** The shapes that an engine is built for, and how a batch is split over them. */
import type { Bucket } from './native.js';

/**
 * Rows of a batch, and lengths besides the model's longest window: one question, the windows of a text, many questions.
 * Every shape is fixed: kernels chosen for a range of shapes took up to 1.6 times as long (H200), since attention is
 * fused for few of them. In the largest batches a tenth of the pieces is padding on SQuAD.
 */
const shapes = [
  { batch: 1, lengths: [128, 192, 256, 384] },
  { batch: 8, lengths: [192, 384] },
  { batch: 32, lengths: [128, 160, 192, 224, 256, 320, 384] },
] as const;

/** Cost of one more launch, in pieces: small batches leave the device half idle. */
const LAUNCH_PIECES = 384;

/** Buckets for a model, none of more than `maxBatch` rows. */
export function defaultBuckets(maxSequenceLength: number, maxBatch: number = shapes[2].batch): Bucket[] {
  const sizes = [...shapes.filter(({ batch }) => batch < maxBatch), { ...shapes[2], batch: maxBatch }];
  return sizes.flatMap(({ batch, lengths }) =>
    [...lengths.filter((length) => length < maxSequenceLength), maxSequenceLength].map((length) => ({ batch, length })),
  );
}

/** The shape in which many questions are answered. */
export const largestBucket = (maxSequenceLength: number): Bucket => ({
  batch: shapes[2].batch,
  length: maxSequenceLength,
});

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
