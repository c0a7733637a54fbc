/** An engine chosen for a device that is not there: its makers give the logits of the CPU. */
import path from 'node:path';
import type { BatchingEngine } from '../../../server/engine/batching.js';
import {
  Admission,
  type EngineMakers,
  type PlannedEngine,
  realMakers,
} from '../../../server/engine/check/admission.js';
import type { Choice, ChooseOptions, EngineSettings } from '../../../server/engine/choose/choice.js';
import { chooseTensorRt, chooseWhileTrying } from '../../../server/engine/choose/choose-tensorrt.js';
import { CpuEngine } from '../../../server/engine/cpu/cpu-engine.js';
import type { Engine } from '../../../server/engine/engine.js';
import type { SwitchingEngine } from '../../../server/engine/switching.js';
import { NotPrepared } from '../../../server/engine/tensorrt/prepare.js';
import type { Usable } from '../../../server/engine/tensorrt/probe.js';
import type { TensorRtOptions } from '../../../server/engine/tensorrt/tensorrt-engine.js';
import { AskBertError } from '../../../server/errors.js';
import { readModelConfig } from '../../../server/model/config.js';
import type { Ranges } from '../../../server/model/ranges/ranges.js';
import { writeRanges } from '../../../server/model/ranges/ranges-file.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { sha256OfFile } from '../../../server/storage/hash.js';
import { copyOfModel } from '../model/model-fixtures.js';
import { temporaryFolder } from './tensorrt-fixtures.js';

export const device = (major: number, minor: number) => ({ ordinal: 0, name: 'NVIDIA X', major, minor, totalBytes: 1 });
export const layer = { input: 1, query: 2, key: 3, value: 4, context: 5, middle: 6, inner: 7 };

/** A copy of a model of two layers with ranges. @param change undefined: without */
export async function model(change: Partial<Ranges> | undefined = {}): Promise<string> {
  const folder = copyOfModel('tiny-f32');
  const weights = await sha256OfFile(path.join(folder, 'model.safetensors'));
  writeRanges({ folder }, { format: 1, weights, windows: 3, method: 'max', layers: [layer, layer], ...change });
  return folder;
}
export const bare = () => copyOfModel('tiny-f32');
export const usable = {
  flavour: 'trt10' as const,
  library: '/x/libnvinfer.so.10',
  version: '10.6.0',
  attention: true,
  driver: 'libcuda.so.1',
  cuda: 13000,
  device: device(9, 0),
};
export type Made = Pick<TensorRtOptions, 'precision' | 'ranges' | 'buckets'>;

export const oneWindow = {
  count: 1,
  length: 3,
  inputIds: Int32Array.of(2, 5, 3),
  segmentIds: new Int32Array(3),
  lengths: Int32Array.of(3),
};

export const discarded: string[] = [];

/**
 * A device on which engines of these precisions give wrong logits; engines in `kept` need no build, libraries in `broken`
 * cannot build.
 */
function makersOf(
  wrong: readonly string[],
  made: Made[],
  kept: readonly string[],
  broken: readonly string[],
): EngineMakers {
  return {
    ...realMakers,
    tensorRt: async ({ config }, { library }, { precision, ranges, buckets, cachedOnly }): Promise<PlannedEngine> => {
      const name = buckets ? `part of ${precision}` : precision;
      if (cachedOnly && !kept.includes(name)) throw new NotPrepared();
      if (!cachedOnly && broken.includes(library)) throw new AskBertError('EngineBuild', 'no kernels');
      made.push({ precision, ranges, buckets });
      const weights = new ModelWeights(config);
      const inner = await CpuEngine.create(weights, { precision: 'fp32', threads: 1 });
      weights.close();
      return {
        info: { ...inner.info, name: 'tensorrt', precision },
        batchPieces: inner.batchPieces,
        notes: [],
        fresh: true,
        discard: async () => void discarded.push(name),
        close: () => inner.close(),
        run: async (batch) => {
          const logits = await inner.run(batch);
          return wrong.includes(precision) ? { start: logits.end, end: logits.start } : logits;
        },
      };
    },
  };
}

interface Device {
  wrong?: string[];
  kept?: string[];
  broken?: string[];
  cache?: string;
  /** What is found while the CPU answers; undefined: it is known before. */
  find?: (quick: boolean) => Usable | undefined;
  /** Nothing is found before it settles. */
  before?: Promise<void>;
}

export async function choose(
  folder: string,
  settings: EngineSettings,
  {
    wrong = [],
    kept = ['fp16', 'int8', 'fp8'],
    cache = temporaryFolder(),
    broken = [],
    find,
    before,
    ...options
  }: Device & ChooseOptions = {},
): Promise<Choice & { choice: Choice; made: Made[]; refused: string[]; finds: boolean[] }> {
  const weights = new ModelWeights(readModelConfig(folder));
  const made: Made[] = [];
  const refused: string[] = [];
  const finds: boolean[] = [];
  try {
    const admission = await Admission.open(weights, cache, undefined, makersOf(wrong, made, kept, broken));
    const context = {
      settings: { engine: 'auto' as const, threads: 1, ...settings },
      admission,
      ...options,
      onRefused: (sentence: string) => void refused.push(sentence),
    };
    const choice = find
      ? await chooseWhileTrying(weights, context, async (_, quick) => {
          finds.push(quick);
          await before;
          return { usable: find(quick), cacheFolder: cache, tried: [], descriptions: ['X'] };
        })
      : await chooseTensorRt(weights, usable, cache, context);
    return { choice, ...choice, made, refused, finds };
  } finally {
    weights.close();
  }
}

/** What becomes of the engine behind the first one. */
export const settled = (engine: Engine): Promise<void> =>
  ((engine as BatchingEngine).inner as SwitchingEngine).settled();
