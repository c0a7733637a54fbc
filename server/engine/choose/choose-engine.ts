/** Chooses engine and precision, with reasons: from the settings, the machine and the model. */
import { AskBertError, asAskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import { ModelWeights } from '../../model/weights.js';
import type { BackgroundState } from '../../protocol.js';
import { platformFolder } from '../../storage/platform-folder.js';
import { append } from '../../text/arrays.js';
import { BatchingEngine } from '../batching.js';
import { Admission, onnxRuntimeVersion, type PlannedEngine } from '../check/admission.js';
import { CheckFailed } from '../check/check.js';
import { threadsOf } from '../cpu/threads.js';
import { SwitchingEngine } from '../switching.js';
import { firstBuckets } from '../tensorrt/buckets.js';
import type { OnBuildProgress } from '../tensorrt/child-process.js';
import type { Flavour } from '../tensorrt/native.js';
import type { NotPrepared } from '../tensorrt/prepare.js';
import type { Probed, Usable } from '../tensorrt/probe.js';
import { unsupportedByTensorRt } from '../tensorrt/supported.js';
import type { TensorRtOptions } from '../tensorrt/tensorrt-engine.js';
import type { Choice, ChooseOptions, Context, EngineSettings } from './choice.js';
import { byTheSettings, cpuPrecision, type TensorRtChoice, tensorRtPrecision } from './precision.js';

export type { Choice, ChooseOptions, EngineSettings } from './choice.js';

/**
 * Creates the engine that the settings and the machine allow, checked against the golden logits of the model. If
 * TensorRT cannot be used the CPU answers, and the reasons say why. With `auto`, the CPU also answers while TensorRT's
 * engine is built for the first time.
 * @throws AskBertError ModelInvalid, Cancelled, EngineBuild when no engine is left, and what the CPU engine throws
 */
export async function chooseEngine(
  weights: ModelWeights,
  settings: EngineSettings,
  options: ChooseOptions = {},
): Promise<Choice> {
  const wish = settings.engine ?? 'auto';
  const folder = settings.cacheFolder || platformFolder('cache');
  const admission = await Admission.open(weights, folder, options.signal, options.makers);
  const context: Context = { ...options, settings, admission };
  if (wish === 'remote') {
    const { chooseRemote } = await import('./choose-remote.js');
    return chooseRemote(weights.config, context, (reasons) => cpuAnew(weights.config, context, reasons));
  }
  if (wish === 'cpu') return chooseCpu(weights, context, [t('cpu: chosen in the settings')]);
  const unsupported = unsupportedByTensorRt(weights.config);
  if (unsupported !== undefined) return chooseCpu(weights, context, [unsupported.replace(/\.$/, '')]);
  const { descriptions, usable, cacheFolder } = await findTensorRt(settings, wish, options.signal);
  if (!usable) {
    const name = wish === 'tensorrt-rtx' ? 'TensorRT-RTX' : 'TensorRT';
    return chooseCpu(weights, context, [t('cpu: no usable {0} was found', name), ...descriptions]);
  }
  return chooseTensorRt(weights, usable, cacheFolder, context);
}

type Making = Pick<TensorRtOptions, 'signal' | 'onProgress' | 'cachedOnly' | 'buckets'>;

/** A choice of TensorRT. */
interface Planned extends Choice {
  engine: PlannedEngine;
}

/** TensorRT on a supported device; the CPU while it is built, and if it fails. */
export async function chooseTensorRt(
  weights: ModelWeights,
  usable: Usable,
  cacheFolder: string,
  context: Context,
): Promise<Choice> {
  const { settings, admission } = context;
  const wish = settings.engine ?? 'auto';
  const { config } = weights;
  const wished = settings.precision ?? 'auto';
  let chosen: TensorRtChoice = await tensorRtPrecision(wished, { config, device: usable.device, cacheFolder });
  const { unmet } = chosen;
  // The CPU has it without ranges.
  if (wish === 'auto' && wished === 'int8' && unmet) return chooseCpu(weights, context, [`cpu: ${unmet.why}`]);
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
      context.onRefused?.(`${message} ${t('{0} answers instead.', 'fp16')}`);
      chosen = { precision: 'fp16', reason: `fp16: ${message}` };
      return makeChosen(how);
    }
  };
  // One shape takes seconds to build and is enough to answer; all of them take a minute or more.
  let part: PlannedEngine | undefined;
  const makePart = async (how: Making): Promise<Planned> => {
    const made = await make({ ...how, buckets: firstBuckets(config.maxSequenceLength) });
    part = made.engine;
    return made;
  };
  const makeWhole = async (how: Making): Promise<Planned> => {
    const made = await make(how);
    await part?.discard();
    return made;
  };
  const { signal, onBuildProgress: onProgress, onBackground } = context;
  const device = usable.device.name;
  const fallback = () => cpuAnew(config, context);
  /** `first` answers, and what is built behind it takes over. */
  const answering = (first: Choice, behind: readonly ((how: Making) => Promise<Planned>)[]): Choice => {
    const better = behind.map((each) => reportingBuild(device, each, each === makePart, onBackground));
    const switching = new SwitchingEngine(first.engine, first.reasons, better, fallback);
    const { reasons } = first;
    // What is unmet by an engine that is built is said when that answers.
    const choice = { engine: new BatchingEngine(switching), reasons, unmet };
    return behind.length === 0 ? choice : { ...choice, stopBuilding: () => switching.giveUp() };
  };
  const inBackground = context.background !== false;
  try {
    const whole = await ifPrepared(makeWhole({ signal, onProgress, cachedOnly: wish === 'auto' || inBackground }));
    if ('engine' in whole) return answering(whole, []);
    const first = await ifPrepared(makePart({ signal, onProgress, cachedOnly: wish === 'auto' }));
    const because = [whole, first].flatMap((each) => ('refused' in each && each.refused ? [each.message] : []));
    if ('engine' in first) {
      append(first.reasons, because);
      return answering(first, inBackground ? [makeWhole] : []);
    }
    if (!inBackground) {
      const how = t('cpu: the engine for {0} is not built yet; `ask-bert build` builds it', device);
      return chooseCpu(weights, context, [how, ...because]);
    }
    const cpu = await chooseCpu(weights, context, [t('cpu until the engine for {0} is built', device), ...because]);
    return answering(cpu, [makePart, makeWhole]);
  } catch (e) {
    throwIfAborted(context.signal);
    const error = asAskBertError(e);
    if (error.code === 'Cancelled' || error.code === 'ModelInvalid') throw error;
    if (error instanceof CheckFailed) context.onRefused?.(`${error.message} ${t('The CPU answers instead.')}`);
    return chooseCpu(weights, context, [t('cpu: TensorRT {0} failed: {1}', usable.version, error.message)]);
  }
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
 * `make`, reporting progress and outcome to the client.
 * @param announced whether the user is told that it answers now
 */
function reportingBuild(
  device: string,
  make: (how: Making) => Promise<Choice>,
  announced: boolean,
  tell: (state: BackgroundState) => void = () => {},
): (signal: AbortSignal) => Promise<Choice> {
  return async (signal) => {
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
  };
}

/** A setting that TensorRT may satisfy. */
export type TensorRtWish = 'auto' | 'tensorrt' | 'tensorrt-rtx';
const flavoursOf: Record<TensorRtWish, readonly Flavour[]> = {
  auto: ['trt11', 'trt10', 'rtx'],
  tensorrt: ['trt11', 'trt10'],
  'tensorrt-rtx': ['rtx'],
};

interface Found {
  cacheFolder: string;
  usable?: Usable | undefined;
  /** All candidates tried, up to the usable one. */
  tried: readonly Probed[];
  /** A line for each of them. */
  descriptions: string[];
}

/** The first TensorRT that works here. @throws AskBertError Cancelled */
export async function findTensorRt(settings: EngineSettings, wish: TensorRtWish, signal?: AbortSignal): Promise<Found> {
  const { describe, probeAll } = await import('../tensorrt/probe.js');
  const { defaultCacheFolder } = await import('../tensorrt/cache.js');
  const cacheFolder = settings.cacheFolder || defaultCacheFolder();
  const flavours = flavoursOf[wish];
  const tried = await probeAll({ tensorRtPath: settings.tensorRtPath, cacheFolder, flavours, first: true, signal });
  const usable = tried.find((each) => each.usable)?.usable;
  return { cacheFolder, usable, tried, descriptions: tried.map(describe) };
}

/** The CPU engine after the weights opened for another engine have been closed. */
async function cpuAnew(config: ModelConfig, context: Context, reasons: readonly string[] = []): Promise<Choice> {
  const weights = new ModelWeights(config);
  try {
    // The signal of the load belongs to a question that has ended.
    return await chooseCpu(weights, { ...context, signal: undefined }, reasons);
  } finally {
    weights.close();
  }
}

/** The CPU engine in the requested precision; in FP32 if that is refused. */
async function chooseCpu(weights: ModelWeights, context: Context, reasons: readonly string[]): Promise<Choice> {
  const { settings, admission, signal } = context;
  const { precision, reason, unmet } = cpuPrecision(weights.config, settings.precision ?? 'auto');
  const threads = settings.threads ?? 0;
  const said = [...reasons, reason, ...fewerThreads(threads)];
  if (precision === 'int8') {
    try {
      const engine = await admission.cpu(weights, { precision, threads }, signal);
      return { engine, reasons: [...said, ...admission.takeNotes()] };
    } catch (e) {
      const error = asAskBertError(e);
      if (error.code !== 'EngineBuild') throw error;
      said.push(`fp32: ${error.message}`);
      context.onRefused?.(`${error.message} ${t('{0} answers instead.', 'fp32')}`);
    }
  }
  try {
    const engine = await admission.cpu(weights, { precision: 'fp32', threads }, signal);
    return { engine, reasons: [...said, ...admission.takeNotes()], unmet };
  } catch (e) {
    throw e instanceof CheckFailed ? noEngine(weights.config, e) : e;
  }
}

function noEngine({ name }: ModelConfig, cause: CheckFailed): AskBertError {
  return new AskBertError(
    'EngineBuild',
    t(
      'The model {0} cannot be used: no engine here gives the logits that its weights define; the last one tried was ONNX Runtime {1}. {2}',
      name,
      onnxRuntimeVersion() ?? '?',
      cause.message,
    ),
    t(
      'Install Ask BERT again, and copy or download the model folder again. After `ask-bert engines clear`, engines that were refused before are tried again.',
    ),
    { cause },
  );
}

/** Why not as many threads are used as the settings ask for. */
function fewerThreads(wish: number): string[] {
  const threads = threadsOf(wish);
  if (wish <= threads) return [];
  return [t('threads: {0} instead of {1}, since this machine runs no more at once', threads, wish)];
}
