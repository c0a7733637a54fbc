/** A builder of the add-on filled with the weights of a model, for a build or for refitting a stripped plan. */
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { networkShape } from '../../model/config.js';
import { expectedTensors, type ModelWeights } from '../../model/weights.js';
import type { Bucket, NativeAddon, NativeBuilder, TensorRtPrecision, Tuning } from './native.js';

export interface BuilderOptions {
  precision: TensorRtPrecision;
  /** [layers, 7], for INT8 and FP8. */
  ranges?: Float32Array | undefined;
  buckets: readonly Bucket[];
  /** -1: none. */
  device: number;
  tuning?: Tuning | undefined;
  timingCache?: Uint8Array | undefined;
}

/**
 * Yields between two tensors, so that a cancel is noticed.
 * @param cancelled checked between two tensors
 * @throws AskBertError Cancelled; what the add-on throws for a tensor
 */
export async function filledBuilder(
  addon: NativeAddon,
  weights: ModelWeights,
  { tuning, ...options }: BuilderOptions,
  cancelled: () => boolean = () => false,
): Promise<NativeBuilder> {
  const shape = networkShape(weights.config);
  const builder = new addon.Builder({ ...shape, ...options, ...tuning });
  for (const name of expectedTensors(shape).keys()) {
    builder.add(name, weights.float(name));
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (cancelled()) throw new AskBertError('Cancelled', t('The build was cancelled.'));
  }
  return builder;
}
