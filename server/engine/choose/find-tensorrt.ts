/** Which TensorRT a setting means, and whether there is one that works here. */
import type { Flavour } from '../tensorrt/native.js';
import type { Probed, Usable } from '../tensorrt/probe.js';
import type { EngineSettings } from './choice.js';

/** A setting that TensorRT may satisfy. */
export type TensorRtWish = 'auto' | 'tensorrt' | 'tensorrt-rtx';
const flavoursOf: Record<TensorRtWish, readonly Flavour[]> = {
  auto: ['trt11', 'trt10', 'rtx'],
  tensorrt: ['trt11', 'trt10'],
  'tensorrt-rtx': ['rtx'],
};

export interface Found {
  cacheFolder: string;
  usable?: Usable | undefined;
  /** All candidates tried, up to the usable one. */
  tried: readonly Probed[];
  /** A line for each of them. */
  descriptions: string[];
}

/**
 * The first TensorRT that works here.
 * @param quick its builder is not tried, and that it works is not remembered
 * @throws AskBertError Cancelled
 */
export async function findTensorRt(
  settings: EngineSettings,
  wish: TensorRtWish,
  signal?: AbortSignal,
  quick = false,
): Promise<Found> {
  const { describe, probeAll } = await import('../tensorrt/probe.js');
  const { cacheFolder, ...options } = await probeOptions(settings, wish);
  const tried = await probeAll({ ...options, cacheFolder, quick, signal });
  const usable = tried.find((each) => each.usable)?.usable;
  return { cacheFolder, usable, tried, descriptions: tried.map(describe) };
}

/** Whether {@link findTensorRt} has to load a library in a child process first, which takes seconds. */
export async function mustBeTried(settings: EngineSettings, wish: TensorRtWish): Promise<boolean> {
  const { needsChild } = await import('../tensorrt/probe.js');
  return needsChild(await probeOptions(settings, wish));
}

async function probeOptions({ tensorRtPath, cacheFolder }: EngineSettings, wish: TensorRtWish) {
  const { defaultCacheFolder } = await import('../tensorrt/cache.js');
  const folder = cacheFolder || defaultCacheFolder();
  return { tensorRtPath, cacheFolder: folder, flavours: flavoursOf[wish], first: true };
}
