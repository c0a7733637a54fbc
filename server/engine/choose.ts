/** Which engine and precision answer, and why: the settings' wish, what the machine has, what the model allows. */
import { asAskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { ModelConfig } from '../model/config.js';
import { ModelWeights } from '../model/weights.js';
import type { BackgroundState, SidecarSettings } from '../protocol.js';
import { BatchingEngine } from './batching.js';
import type { Engine } from './engine.js';
import { SwitchingEngine } from './switching.js';
import type { OnBuildProgress } from './tensorrt/child-process.js';
import type { TensorRtOptions } from './tensorrt/engine.js';
import type { Flavour, TensorRtPrecision } from './tensorrt/native.js';
import type { Probed, Usable } from './tensorrt/probe.js';

/** F1 points that the faster precision may lose and still be chosen by itself. */
export const maxF1Loss = 0.3;

export interface Choice {
  engine: Engine;
  /** One sentence for each decision; grows when the engine changes while it is used. */
  reasons: string[];
  /** Gives up the engine that is built in the background; this one goes on. */
  stopBuilding?: () => Promise<void>;
}

export type EngineSettings = Pick<SidecarSettings, 'engine' | 'precision' | 'threads' | 'tensorRtPath' | 'cacheFolder'>;

export interface ChooseOptions {
  signal?: AbortSignal;
  /** Progress of an engine that has to be built first. */
  onBuildProgress?: OnBuildProgress;
  /** False: with `auto`, nothing is built; the CPU answers where no engine is on disk. */
  background?: boolean;
  /** Hears of the engine that is built while the CPU answers. */
  onBackground?: (state: BackgroundState) => void;
}

/**
 * Creates the engine that the settings and the machine allow. Where TensorRT cannot be used the CPU answers, and the
 * reasons say why. With `auto`, the CPU also answers while TensorRT's engine is built for the first time.
 * @throws AskBertError ModelInvalid, Cancelled, and what the CPU engine throws
 */
export async function chooseEngine(
  weights: ModelWeights,
  settings: EngineSettings,
  options: ChooseOptions = {},
): Promise<Choice> {
  const wish = settings.engine ?? 'auto';
  if (wish === 'cpu') return chooseCpu(weights, settings, [t('cpu by the settings')]);
  if (settings.precision === 'int8' && wish === 'auto') {
    return chooseCpu(weights, settings, [t('cpu: TensorRT engines have no 8-bit arithmetic')]);
  }
  const { descriptions, usable, cacheFolder } = await findTensorRt(settings, wish, options.signal);
  if (!usable) {
    const name = wish === 'tensorrt-rtx' ? 'TensorRT-RTX' : 'TensorRT';
    return chooseCpu(weights, settings, [t('cpu: no usable {0} was found', name), ...descriptions]);
  }
  const { precision, reason } = tensorRtPrecision(settings.precision ?? 'auto');
  const make = async (how: Pick<TensorRtOptions, 'signal' | 'onProgress' | 'cachedOnly'>): Promise<Choice> => {
    const made = await createTensorRt(weights, usable, { precision, cacheFolder, ...how });
    const { name, device } = made.engine.info;
    const why = wish === 'auto' ? t('{0}: it works on {1}', name, device) : byTheSettings(wish);
    return { engine: made.engine, reasons: [why, reason, ...made.notes] };
  };
  const fallback = () => cpuAnew(weights.config, settings);
  try {
    const { signal, onBuildProgress: onProgress } = options;
    const { engine, reasons } = await make({ signal, onProgress, cachedOnly: wish === 'auto' });
    const switching = new SwitchingEngine(engine, reasons, undefined, fallback);
    return { engine: new BatchingEngine(switching), reasons };
  } catch (e) {
    const error = asAskBertError(e);
    if (error.code === 'Cancelled' || error.code === 'ModelInvalid') throw error;
    const { NotPrepared } = await import('./tensorrt/prepare.js');
    if (!(error instanceof NotPrepared)) {
      return chooseCpu(weights, settings, [t('cpu: TensorRT {0} failed: {1}', usable.version, error.message)]);
    }
    const because = error.refused === undefined ? [] : [error.message];
    const device = usable.device.name;
    if (options.background === false) {
      const how = t('cpu: the engine for {0} is not built yet; `ask-bert build` builds it', device);
      return chooseCpu(weights, settings, [how, ...because]);
    }
    const cpu = await chooseCpu(weights, settings, [t('cpu until the engine for {0} is built', device), ...because]);
    const better = told(device, (signal, onProgress) => make({ signal, onProgress }), options.onBackground);
    const switching = new SwitchingEngine(cpu.engine, cpu.reasons, better, fallback);
    return {
      engine: new BatchingEngine(switching),
      reasons: cpu.reasons,
      stopBuilding: () => switching.giveUp(),
    };
  }
}

/** `make`, with a word to the client about how far it is and what became of it. */
function told(
  device: string,
  make: (signal: AbortSignal, onProgress: OnBuildProgress) => Promise<Choice>,
  tell: (state: BackgroundState) => void = () => {},
): (signal: AbortSignal) => Promise<Choice> {
  return async (signal) => {
    tell({ building: { device, done: 0 } });
    try {
      const made = await make(signal, (phase, done) => tell({ building: { device, phase, done } }));
      tell(signal.aborted ? {} : { notice: t('The engine for {0} is built and answers from now on.', device) });
      return made;
    } catch (e) {
      const why = asAskBertError(e).message;
      const notice = t('The engine for {0} could not be built, the CPU goes on answering. {1}', device, why);
      tell(signal.aborted ? {} : { notice });
      throw e;
    }
  };
}

/** A wish that TensorRT may fulfil. */
export type TensorRtWish = 'auto' | 'tensorrt' | 'tensorrt-rtx';
const flavoursOf: Record<TensorRtWish, readonly Flavour[]> = {
  auto: ['trt11', 'trt10', 'rtx'],
  tensorrt: ['trt11', 'trt10'],
  'tensorrt-rtx': ['rtx'],
};

interface Found {
  cacheFolder: string;
  usable?: Usable;
  /** All that was tried, up to the one that is usable. */
  tried: readonly Probed[];
  /** A line for each of them. */
  descriptions: string[];
}

/** The first TensorRT that works here. @throws AskBertError Cancelled */
export async function findTensorRt(settings: EngineSettings, wish: TensorRtWish, signal?: AbortSignal): Promise<Found> {
  const { describe, probeAll } = await import('./tensorrt/probe.js');
  const { defaultCacheFolder } = await import('./tensorrt/cache.js');
  const cacheFolder = settings.cacheFolder || defaultCacheFolder();
  const flavours = flavoursOf[wish];
  const tried = await probeAll({ tensorRtPath: settings.tensorRtPath, cacheFolder, flavours, first: true, signal });
  const usable = tried.find((each) => each.usable)?.usable;
  return { cacheFolder, usable, tried, descriptions: tried.map(describe) };
}

async function createTensorRt(weights: ModelWeights, usable: Usable, options: TensorRtOptions) {
  const { TensorRtEngine } = await import('./tensorrt/engine.js');
  const engine = await TensorRtEngine.create(weights, usable, options);
  return { engine, notes: engine.notes };
}

const byTheSettings = (what: string): string => t('{0} by the settings', what);

export function tensorRtPrecision(wish: NonNullable<SidecarSettings['precision']>): {
  precision: TensorRtPrecision;
  reason: string;
} {
  switch (wish) {
    case 'auto':
      return { precision: 'fp16', reason: t('fp16: sums, LayerNorm and the logits stay in fp32') };
    case 'int8':
      return { precision: 'fp16', reason: t('fp16: TensorRT engines have no 8-bit arithmetic') };
    default:
      return { precision: wish, reason: byTheSettings(wish) };
  }
}

/** The CPU engine when the weights that were opened for another one are closed already. */
async function cpuAnew(config: ModelConfig, settings: EngineSettings): Promise<Choice> {
  const weights = new ModelWeights(config);
  try {
    return await chooseCpu(weights, settings, []);
  } finally {
    weights.close();
  }
}

async function chooseCpu(weights: ModelWeights, settings: EngineSettings, reasons: string[]): Promise<Choice> {
  const { CpuEngine } = await import('./cpu/cpu-engine.js');
  const { precision, reason } = await cpuPrecision(weights, settings.precision ?? 'auto');
  const engine = await CpuEngine.create(weights, { precision, threads: settings.threads ?? 0 });
  return { engine, reasons: [...reasons, reason] };
}

async function cpuPrecision(
  weights: ModelWeights,
  wish: NonNullable<SidecarSettings['precision']>,
): Promise<{ precision: 'fp32' | 'int8'; reason: string }> {
  const { int8IsExact, loadOnnxRuntime } = await import('./cpu/runtime.js');
  if (wish === 'fp32' || wish === 'int8') return { precision: wish, reason: byTheSettings(wish) };
  if (wish !== 'auto') return { precision: 'fp32', reason: t('fp32: the CPU engine has no {0}', wish) };
  const loss = weights.config.int8F1Loss;
  if (loss === undefined) {
    return { precision: 'fp32', reason: t('fp32: this model does not state what 8-bit arithmetic would cost it') };
  }
  if (loss >= maxF1Loss) {
    return { precision: 'fp32', reason: t('fp32: 8-bit arithmetic costs this model {0} F1', loss) };
  }
  if (await int8IsExact(loadOnnxRuntime())) {
    return { precision: 'int8', reason: t('int8: exact on this processor, and it costs this model {0} F1', loss) };
  }
  return { precision: 'fp32', reason: t('fp32: this processor adds 8-bit products inexactly') };
}
