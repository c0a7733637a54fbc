/** Which precision an engine calculates in, and why: from the settings, the model and the device. */
import { AskBertError, asAskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import {
  amaxOf,
  type MeasuredLoss,
  type RangedPrecision,
  type Ranges,
  rangedPrecisions,
} from '../../model/ranges/ranges.js';
import { calibrateLine, rangesName, readRanges } from '../../model/ranges/ranges-file.js';
import type { SidecarSettings } from '../../protocol.js';
import type { CpuPrecision } from '../cpu/graph.js';
import type { NativeDevice, TensorRtPrecision } from '../tensorrt/native.js';
import type { Unmet } from './choice.js';

/** F1 points that the faster precision may lose and still be chosen automatically. */
export const MAX_F1_LOSS = 0.3;

type PrecisionWish = NonNullable<SidecarSettings['precision']>;

/** `reason` and `unmet` have one fact each. */
export interface ChosenPrecision<P> {
  precision: P;
  reason: string;
  unmet?: Unmet | undefined;
}

export interface TensorRtChoice extends ChosenPrecision<TensorRtPrecision> {
  /** [layers, 7] of the model's activations, for INT8 and FP8. */
  ranges?: Float32Array | undefined;
}

/** Where an engine of TensorRT is to run. */
export interface TensorRtPlace {
  config: ModelConfig;
  /** Undefined: it is built for no particular one. */
  device: Pick<NativeDevice, 'name' | 'major' | 'minor'> | undefined;
  /** Where the hash of the weights is remembered. */
  cacheFolder: string;
}

/** The oldest devices with such products, as ten times their compute capability. */
const LEAST: Record<RangedPrecision, number> = { int8: 75, fp8: 89 };

/** The oldest devices on which `auto` takes eight bits at all: on older ones nobody has measured any. */
const LEAST_AUTOMATIC = 90;

const capability = ({ major, minor }: Pick<NativeDevice, 'major' | 'minor'>): number => 10 * major + minor;

export const byTheSettings = (what: string): string => t('{0}: chosen in the settings', what);

/** @param why a phrase or sentence without its full stop; missing: the engine never has it */
function unmetBy(engine: string, wish: string, precision: Unmet['precision'], why?: string): Unmet {
  const message =
    why === undefined
      ? t('The precision {0} was requested, but {1} answers in {2}.', wish, engine, precision)
      : t('The precision {0} was requested, but {1} answers in {2}: {3}.', wish, engine, precision, why);
  return { precision, message, ...(why !== undefined && { why }) };
}

export const isRanged = (precision: string): precision is RangedPrecision =>
  rangedPrecisions.some((each) => each === precision);

/** What TensorRT calculates in: FP16 instead of what it cannot do here. */
export async function tensorRtPrecision(wish: PrecisionWish, place: TensorRtPlace): Promise<TensorRtChoice> {
  if (wish === 'auto') return automatic(place);
  if (!isRanged(wish)) return { precision: wish, reason: byTheSettings(wish) };
  try {
    return { precision: wish, ranges: amaxOf(await rangesFor(wish, place)), reason: byTheSettings(wish) };
  } catch (e) {
    const why = asAskBertError(e).line.replace(/\.$/, '');
    return { precision: 'fp16', reason: `fp16: ${why}`, unmet: unmetBy('TensorRT', wish, 'fp16', why) };
  }
}

async function automatic({ config, device, cacheFolder }: TensorRtPlace): Promise<TensorRtChoice> {
  const usual = { precision: 'fp16' as const, reason: t('fp16: products and LayerNorm are summed in fp32') };
  if (!device || capability(device) < LEAST_AUTOMATIC) return usual;
  let ranges: Ranges | undefined;
  try {
    ranges = await readRanges(config, cacheFolder);
  } catch (e) {
    return { ...usual, reason: `fp16: ${asAskBertError(e).message.replace(/\.$/, '')}` };
  }
  if (!ranges) return usual;
  const good = rangedPrecisions.flatMap((precision) => {
    const loss = ranges.loss?.[precision];
    return loss && loss.f1 < MAX_F1_LOSS ? [{ precision, loss }] : [];
  });
  // The fastest one; of equal ones the first.
  const [best] = good.sort((a, b) => (b.loss.speed ?? 0) - (a.loss.speed ?? 0));
  if (!best) return usual;
  const { precision, loss } = best;
  if (loss.speed === undefined || !(loss.speed > 1)) return { ...usual, reason: notFaster(precision, loss) };
  return { precision, ranges: amaxOf(ranges), reason: chosenFor(precision, loss, loss.speed) };
}

const chosenFor = (precision: RangedPrecision, { f1, questions, data, device }: MeasuredLoss, speed: number): string =>
  t(
    '{0}: it costs this model {1} F1 ({2} questions of {3}) and is {4} times as fast as fp16 (measured on {5})',
    precision,
    f1,
    questions,
    data,
    speed,
    device ?? '?',
  );

/** Why a precision that costs little enough is not chosen. */
function notFaster(precision: RangedPrecision, { speed, device = '?' }: MeasuredLoss): string {
  if (speed === undefined) return t('fp16: whether {0} is faster with this model was not measured', precision);
  const found = t('{0} is {1} times as fast with this model (measured on {2})', precision, speed, device);
  return `fp16: ${found}`;
}

/**
 * The ranges for a precision that needs them, where it is possible at all.
 * @throws AskBertError EngineBuild: not on this device; ModelInvalid: no ranges, or unusable ones
 */
export async function rangesFor(
  precision: RangedPrecision,
  { config, device, cacheFolder }: TensorRtPlace,
): Promise<Ranges> {
  if (device && capability(device) < LEAST[precision]) {
    const { name, major, minor } = device;
    const least = LEAST[precision] / 10;
    throw new AskBertError(
      'EngineBuild',
      t(
        '{0} needs a device of compute capability {1} or newer; {2} has {3}.',
        precision,
        least,
        name,
        `${major}.${minor}`,
      ),
      t('Choose fp16 or auto.'),
    );
  }
  const ranges = await readRanges(config, cacheFolder);
  if (ranges) return ranges;
  throw new AskBertError(
    'ModelInvalid',
    t('{0} needs the ranges of the model, and {1} has no {2}.', precision, config.folder, rangesName),
    t('Measure them: {0}.', calibrateLine(config.folder)),
  );
}

/** What the CPU engine calculates in. */
export function cpuPrecision({ int8F1Loss: loss }: ModelConfig, wish: PrecisionWish): ChosenPrecision<CpuPrecision> {
  if (wish === 'fp32' || wish === 'int8') return { precision: wish, reason: byTheSettings(wish) };
  if (wish !== 'auto') {
    const reason = t('fp32: the CPU engine has no {0}', wish);
    return { precision: 'fp32', reason, unmet: unmetBy(t('the CPU'), wish, 'fp32') };
  }
  if (loss === undefined) {
    return { precision: 'fp32', reason: t('fp32: this model does not state what 8-bit arithmetic would cost it') };
  }
  if (loss >= MAX_F1_LOSS) {
    return { precision: 'fp32', reason: t('fp32: 8-bit arithmetic costs this model {0} F1', loss) };
  }
  return { precision: 'int8', reason: t('int8: it costs this model {0} F1', loss) };
}
