/**
 * `squad --note-loss`: what 8 bits on TensorRT cost a model, measured against FP32, and how much faster they are than
 * FP16. Both are noted beside its ranges.
 */
import { rangesFor } from '../engine/choose/precision.js';
import { defaultCacheFolder } from '../engine/tensorrt/cache.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { readModelConfig } from '../model/config.js';
import { amaxOf, type MeasuredLoss, type RangedPrecision, rangedPrecisions } from '../model/ranges/ranges.js';
import { withLoss, writeRanges } from '../model/ranges/ranges-file.js';
import type { AnsweringEngine } from '../protocol.js';
import { embeddedModelFolder, type SessionSettings } from '../session/session.js';
import { diskFault } from '../storage/disk.js';
import type { MeasuredSpeed } from './measure-speed.js';

/** One way through all questions. */
export interface ScoredRun {
  f1: number;
  questions: number;
  engine: AnsweringEngine | undefined;
}

export interface LossMeasurement<R extends ScoredRun> {
  /** Answers all questions in a precision. */
  run(precision: RangedPrecision | 'fp32'): Promise<R>;
  /** @param ranges [layers, 7] of the model's activations */
  speedOf(precision: RangedPrecision, ranges: Float32Array): Promise<MeasuredSpeed>;
}

/** @throws AskBertError BadRequest */
export function rangedPrecision(wish: string | undefined): RangedPrecision {
  const found = rangedPrecisions.find((each) => each === wish);
  if (found) return found;
  const expected = rangedPrecisions.join(', ');
  throw new AskBertError('BadRequest', t('--note-loss needs --precision, one of {0}.', expected));
}

/**
 * Runs the questions in a precision and in FP32, measures its speed, and notes the difference and the speed.
 * @param data name of the questions
 * @throws AskBertError ModelInvalid: no ranges, or others than those that were measured; EngineBuild: another engine or
 *   precision answered; what the measurement throws
 */
export async function noteLoss<R extends ScoredRun>(
  { modelPath, cacheFolder = defaultCacheFolder() }: Pick<SessionSettings, 'modelPath' | 'cacheFolder'>,
  precision: RangedPrecision,
  data: string,
  { run, speedOf }: LossMeasurement<R>,
): Promise<{ loss: MeasuredLoss; low: R }> {
  const config = readModelConfig(modelPath || embeddedModelFolder());
  const read = () => rangesFor(precision, { config, device: undefined, cacheFolder });
  const before = await read();
  const low = checked(await run(precision), precision);
  const full = checked(await run('fp32'), 'fp32');
  const speed = await speedOf(precision, amaxOf(before));
  const loss = { f1: Number((full.f1 - low.f1).toFixed(3)), questions: low.questions, data, ...speed };
  const ranges = await read();
  if (JSON.stringify(ranges.layers) !== JSON.stringify(before.layers)) {
    throw new AskBertError(
      'ModelInvalid',
      t('The ranges of {0} have changed while their loss was measured.', config.folder),
      t('Measure it again.'),
    );
  }
  try {
    writeRanges(config, withLoss(ranges, precision, loss));
  } catch (e) {
    throw diskFault(e, config.folder);
  }
  return { loss, low };
}

function checked<R extends ScoredRun>(run: R, precision: string): R {
  const { engine } = run;
  if (engine?.name.startsWith('tensorrt') && engine.precision === precision) return run;
  throw new AskBertError(
    'EngineBuild',
    t(
      'The loss cannot be measured: {0} answered, expected TensorRT in {1}.',
      engine ? `${engine.name} ${engine.precision}` : '–',
      precision,
    ),
    t('ask-bert info says why.'),
  );
}
