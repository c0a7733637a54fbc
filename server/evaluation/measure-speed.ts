/** How much faster INT8 or FP8 is than FP16 with a model, on the device of this machine: GPU time of full windows. */

import { tensorRtWish } from '../cli/build.js';
import { buildBar } from '../cli/common.js';
import { findTensorRt } from '../engine/choose/find-tensorrt.js';
import { largestBucket } from '../engine/tensorrt/buckets.js';
import type { Bucket, TensorRtPrecision } from '../engine/tensorrt/native.js';
import { NotPrepared } from '../engine/tensorrt/prepare.js';
import { TensorRtEngine } from '../engine/tensorrt/tensorrt-engine.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { type ModelConfig, readModelConfig } from '../model/config.js';
import type { MeasuredLoss, RangedPrecision } from '../model/ranges/ranges.js';
import { ModelWeights } from '../model/weights.js';
import { embeddedModelFolder, type SessionSettings } from '../session/session.js';
import { append } from '../text/arrays.js';
import { fullWindows } from './full-windows.js';

export type MeasuredSpeed = Required<Pick<MeasuredLoss, 'speed' | 'device'>>;

/** The two take turns, so that a clock that rises or falls meanwhile favours neither. */
const ROUNDS = 5;
const WARM_UPS = 10;
const RUNS = 20;

type Measured = Pick<TensorRtEngine, 'run' | 'measure' | 'close' | 'discard' | 'fresh'>;

/**
 * Makes an engine.
 * @param how shapes (undefined: those of the product), and whether it may be built
 * @throws NotPrepared if it may not be built and is not in the cache
 */
export type MakeMeasured = (
  precision: TensorRtPrecision,
  how: { buckets?: readonly Bucket[]; cachedOnly?: boolean },
) => Promise<Measured>;

/**
 * Windows a second of a precision as a multiple of FP16's, in the largest shape.
 * @throws AskBertError of the engines; EngineRun: no time was measured
 */
export async function speedAgainstHalf(
  { maxSequenceLength, vocabularySize, pair }: Pick<ModelConfig, 'maxSequenceLength' | 'vocabularySize' | 'pair'>,
  precision: RangedPrecision,
  make: MakeMeasured,
): Promise<number> {
  const bucket = largestBucket(maxSequenceLength);
  const opened: { precision: TensorRtPrecision; engine: Measured; times: number[]; alone: boolean }[] = [];
  try {
    for (const each of [precision, 'fp16'] as const) opened.push({ ...(await open(each, bucket, make)), times: [] });
    const windows = fullWindows(bucket.batch, bucket.length, { vocabularySize, pair });
    // Its buffers then hold full windows.
    for (const { engine } of opened) await engine.run(windows);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { engine, times } of opened) append(times, await engine.measure(bucket, true, WARM_UPS, RUNS));
    }
    const [low, half] = opened.map(({ precision: measured, times }) => medianOf(measured, times));
    return Number((half / low).toFixed(3));
  } finally {
    for (const { engine, alone } of opened) {
      await engine.close();
      // Questions are answered with all shapes.
      if (alone && engine.fresh) await engine.discard();
    }
  }
}

/** The engine for questions where there is one; building all its shapes takes minutes, one of them seconds. */
async function open(precision: TensorRtPrecision, bucket: Bucket, make: MakeMeasured) {
  try {
    return { precision, engine: await make(precision, { cachedOnly: true }), alone: false };
  } catch (e) {
    if (!(e instanceof NotPrepared)) throw e;
    return { precision, engine: await make(precision, { buckets: [bucket] }), alone: true };
  }
}

function medianOf(precision: TensorRtPrecision, times: readonly number[]): number {
  const sorted = Float64Array.from(times).sort();
  const median = sorted[sorted.length >> 1];
  if (median > 0) return median;
  throw new AskBertError('EngineRun', t('The speed of {0} cannot be measured: found {1} ms.', precision, median));
}

/**
 * Measures with the TensorRT that answers questions here.
 * @param ranges [layers, 7] of the model's activations
 * @throws AskBertError LibraryMissing: there is none; those of the engines
 */
export async function measureSpeed(
  settings: SessionSettings,
  precision: RangedPrecision,
  ranges: Float32Array,
): Promise<MeasuredSpeed> {
  const config = readModelConfig(settings.modelPath || embeddedModelFolder());
  const { usable, cacheFolder, descriptions } = await findTensorRt(settings, tensorRtWish(settings.engine));
  if (!usable) {
    throw new AskBertError('LibraryMissing', t('No usable TensorRT was found: {0}.', descriptions.join('; ')));
  }
  const weights = new ModelWeights(config);
  const bar = buildBar();
  try {
    const speed = await speedAgainstHalf(config, precision, (each, how) =>
      TensorRtEngine.create(weights, usable, {
        precision: each,
        ...(each === precision && { ranges }),
        cacheFolder,
        onProgress: bar.update,
        ...how,
      }),
    );
    return { speed, device: usable.device.name };
  } finally {
    bar.stop();
    weights.close();
  }
}
