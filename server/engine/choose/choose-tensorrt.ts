/**
 * TensorRT on a supported device. The CPU answers while TensorRT is tried and its engine is built, and takes over again
 * if it fails.
 */
import { asAskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import type { ModelWeights } from '../../model/weights.js';
import type { BackgroundState } from '../../protocol.js';
import { append } from '../../text/arrays.js';
import { BatchingEngine } from '../batching.js';
import type { PlannedEngine } from '../check/admission.js';
import { CheckFailed } from '../check/check.js';
import { type Replacement, SwitchingEngine } from '../switching.js';
import { firstBuckets } from '../tensorrt/buckets.js';
import type { OnBuildProgress } from '../tensorrt/child-process.js';
import type { NotPrepared } from '../tensorrt/prepare.js';
import type { Usable } from '../tensorrt/probe.js';
import type { TensorRtOptions } from '../tensorrt/tensorrt-engine.js';
import type { Choice, Context, Unmet } from './choice.js';
import { chooseCpu, cpuAnew } from './choose-cpu.js';
import { type Found, findTensorRt, type TensorRtWish } from './find-tensorrt.js';
import { byTheSettings, type TensorRtChoice, tensorRtPrecision } from './precision.js';

type Making = Pick<TensorRtOptions, 'signal' | 'onProgress' | 'cachedOnly' | 'buckets' | 'tuning'>;

/** For the first shape: fewer kernels are tried, in half of the time. Those that are found are as fast (H200). */
const FIRST_EFFORT = 2;

/** A choice of TensorRT. */
interface Planned extends Choice {
  engine: PlannedEngine;
}

type Make = (how: Making) => Promise<Planned>;

/** How TensorRT's engines for a model on a device are made. */
interface Makers {
  device: string;
  unmet: Unmet | undefined;
  /** Why the CPU is better; undefined: it is not. */
  declined: string | undefined;
  /** One shape takes seconds to build and is enough to answer. */
  part: Make;
  /** All of them take a minute or more. */
  whole: Make;
}

async function makersOf(
  weights: ModelWeights,
  usable: Usable,
  cacheFolder: string,
  { settings, admission, onRefused }: Context,
): Promise<Makers> {
  const wish = settings.engine ?? 'auto';
  const { config } = weights;
  const wished = settings.precision ?? 'auto';
  let chosen: TensorRtChoice = await tensorRtPrecision(wished, { config, device: usable.device, cacheFolder });
  const { unmet } = chosen;
  const makeChosen = async (how: Making): Promise<Planned> => {
    const { precision, ranges, reason } = chosen;
    const engine = await admission.tensorRt(weights, usable, { precision, ranges, cacheFolder, ...how });
    const { name, device } = engine.info;
    const why = wish === 'auto' ? t('{0}: it works on {1}', name, device) : byTheSettings(wish);
    return { engine, reasons: [why, reason, ...engine.notes, ...admission.takeNotes()], unmet };
  };
  const make = async (how: Making): Promise<Planned> => {
    try {
      return await makeChosen(how);
    } catch (e) {
      const { NotPrepared } = await import('../tensorrt/prepare.js');
      const { code, message } = asAskBertError(e);
      // Eight bits that were chosen automatically are replaced automatically.
      if (wished !== 'auto' || !chosen.ranges || code !== 'EngineBuild' || e instanceof NotPrepared) throw e;
      onRefused?.(`${message} ${t('{0} answers instead.', 'fp16')}`);
      chosen = { precision: 'fp16', reason: `fp16: ${message}` };
      return makeChosen(how);
    }
  };
  let first: PlannedEngine | undefined;
  return {
    device: usable.device.name,
    unmet,
    // The CPU has it without ranges.
    declined: wish === 'auto' && wished === 'int8' && unmet ? `cpu: ${unmet.why}` : undefined,
    part: async (how) => {
      const buckets = firstBuckets(config.maxSequenceLength);
      const made = await make({ ...how, buckets, tuning: { optimizationLevel: FIRST_EFFORT } });
      first = made.engine;
      return made;
    },
    whole: async (how) => {
      const made = await make(how);
      await first?.discard();
      return made;
    },
  };
}

/** TensorRT; the CPU while it is built, and if it fails. */
export async function chooseTensorRt(
  weights: ModelWeights,
  usable: Usable,
  cacheFolder: string,
  context: Context,
): Promise<Choice> {
  const { settings, signal, onBuildProgress: onProgress } = context;
  const automatic = (settings.engine ?? 'auto') === 'auto';
  const makers = await makersOf(weights, usable, cacheFolder, context);
  const { device, unmet, declined, part, whole } = makers;
  if (declined) return chooseCpu(weights, context, [declined]);
  const inBackground = context.background !== false;
  // What is unmet by an engine that is built is said when that answers.
  const answering = (first: Choice, behind: readonly Better[]): Choice => ({
    ...switching(first, behind, weights.config, context),
    unmet,
  });
  const partBehind: Better = (end) => reportedBuild(makers, part, true, end, context);
  const wholeBehind: Better = (end) => reportedBuild(makers, whole, false, end, context);
  try {
    const all = await ifPrepared(whole({ signal, onProgress, cachedOnly: automatic || inBackground }));
    if ('engine' in all) return answering(all, []);
    const first = await ifPrepared(part({ signal, onProgress, cachedOnly: automatic }));
    const because = [all, first].flatMap((each) => ('refused' in each && each.refused ? [each.message] : []));
    if ('engine' in first) {
      append(first.reasons, because);
      return answering(first, inBackground ? [wholeBehind] : []);
    }
    if (!inBackground) {
      const how = t('cpu: the engine for {0} is not built yet; `ask-bert build` builds it', device);
      return chooseCpu(weights, context, [how, ...because]);
    }
    const cpu = await chooseCpu(weights, context, [t('cpu until the engine for {0} is built', device), ...because]);
    return answering(cpu, [partBehind, wholeBehind]);
  } catch (e) {
    throwIfAborted(context.signal);
    const error = asAskBertError(e);
    if (error.code === 'Cancelled' || error.code === 'ModelInvalid') throw error;
    if (error instanceof CheckFailed) context.onRefused?.(`${error.message} ${t('The CPU answers instead.')}`);
    return chooseCpu(weights, context, [t('cpu: TensorRT {0} failed: {1}', usable.version, error.message)]);
  }
}

/**
 * The CPU at once. Behind it a TensorRT that has not been loaded here before is tried, and what it makes takes over.
 * @param find loads it; only tests replace it
 */
export async function chooseWhileTrying(
  weights: ModelWeights,
  context: Context,
  find = (signal: AbortSignal, quick: boolean) => findTensorRt(context.settings, 'auto', signal, quick),
): Promise<Choice> {
  const cpu = await chooseCpu(weights, context, [t('cpu until TensorRT has been tried')]);
  const { onBackground, onRefused } = context;
  let makers: Makers | undefined;
  let isWhole = false;
  /** Replaces the reason why the CPU answers, and tells the client that something has changed. */
  const because = (reasons: readonly string[], unmet: Unmet | undefined): void => {
    const later = cpu.reasons.splice(0).slice(1);
    append(cpu.reasons, reasons);
    append(cpu.reasons, later);
    choice.unmet = unmet;
    onBackground?.({});
  };
  const firstOf = async (found: Found, end: AbortSignal): Promise<Planned | undefined> => {
    makers = found.usable && (await makersOf(weights, found.usable, found.cacheFolder, context));
    if (!makers || makers.declined !== undefined) {
      because(makers ? [makers.declined!] : notFound('auto', found), cpu.unmet);
      makers = undefined;
      return undefined;
    }
    choice.unmet = makers.unmet;
    const whole = await ifPrepared(makers.whole({ signal: end, cachedOnly: true })).catch((e) => {
      if (e instanceof CheckFailed) onRefused?.(`${e.message} ${t('The CPU answers instead.')}`);
      throw e;
    });
    isWhole = 'engine' in whole;
    if ('engine' in whole) return whole;
    because([t('cpu until the engine for {0} is built', makers.device)], makers.unmet);
    return reportedBuild(makers, makers.part, true, end, context);
  };
  const first: Better = async (end) => {
    let version = '?';
    try {
      const quick = await find(end, true);
      version = quick.usable?.version ?? version;
      try {
        return await firstOf(quick, end);
      } catch (e) {
        throwIfAborted(end);
        // Its builder may not work: another library's may.
        const found = await find(end, false);
        if (found.usable?.library === quick.usable?.library) throw e;
        return await firstOf(found, end);
      }
    } catch (e) {
      makers = undefined;
      because([t('cpu: TensorRT {0} failed: {1}', version, asAskBertError(e).message)], cpu.unmet);
      return undefined;
    }
  };
  const rest: Better = async (end) => {
    if (!makers) return undefined;
    // With its builder: the next start remembers it.
    await find(end, false);
    return isWhole ? undefined : reportedBuild(makers, makers.whole, false, end, context);
  };
  const choice: Choice = { ...switching(cpu, [first, rest], weights.config, context), unmet: undefined };
  return choice;
}

/** Why the CPU answers where no TensorRT works. */
export function notFound(wish: TensorRtWish, { descriptions }: Found): string[] {
  const name = wish === 'tensorrt-rtx' ? 'TensorRT-RTX' : 'TensorRT';
  return [t('cpu: no usable {0} was found', name), ...descriptions];
}

/** Makes an engine that takes over, if there is one. */
type Better = (signal: AbortSignal) => Promise<Replacement | undefined>;

/** `first` answers, and what is made behind it takes over. */
function switching(first: Choice, behind: readonly Better[], config: ModelConfig, context: Context): Choice {
  const { reasons } = first;
  const engine = new SwitchingEngine(first.engine, reasons, behind, () => cpuAnew(config, context));
  const choice = { engine: new BatchingEngine(engine), reasons };
  return behind.length === 0 ? choice : { ...choice, stopBuilding: () => engine.giveUp() };
}

/** What was made, or why nothing could be without building. */
async function ifPrepared(made: Promise<Planned>): Promise<Planned | NotPrepared> {
  const { NotPrepared } = await import('../tensorrt/prepare.js');
  try {
    return await made;
  } catch (e) {
    if (e instanceof NotPrepared) return e;
    throw e;
  }
}

/**
 * What `make` makes; progress and outcome are reported to the client.
 * @param announced whether the user is told that it answers now
 */
async function reportedBuild(
  { device }: Makers,
  make: Make,
  announced: boolean,
  signal: AbortSignal,
  { onBackground: tell = () => {} }: { onBackground?: ((state: BackgroundState) => void) | undefined },
): Promise<Planned> {
  tell({ building: { device, done: 0 } });
  try {
    const onProgress: OnBuildProgress = (phase, done) => tell({ building: { device, phase, done } });
    const made = await make({ signal, onProgress });
    const notice = t('The engine for {0} is built and answers from now on.', device);
    tell(signal.aborted || !announced ? {} : { notice });
    return made;
  } catch (e) {
    const why = asAskBertError(e).message;
    const notice =
      e instanceof CheckFailed
        ? `${why} ${t('The CPU continues to answer.')}`
        : t('The engine for {0} could not be built; the CPU continues to answer. {1}', device, why);
    tell(signal.aborted ? {} : { notice });
    throw e;
  }
}
