/** A plan for a model on a device: from the cache, or built in a child process and cached. */
import path from 'node:path';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { networkShape } from '../../model/config.js';
import { rangesHash } from '../../model/ranges/ranges.js';
import type { ModelWeights } from '../../model/weights.js';
import { weightsHash } from '../../model/weights-hash.js';
import { type CachedEngine, EngineCache, type EngineIdentity, NETWORK_VERSION } from './cache.js';
import { buildInChild, type OnBuildProgress } from './child-process.js';
import type { Bucket, TensorRtPrecision, Tuning } from './native.js';
import type { Usable } from './probe.js';

/** Where an engine is built: as in {@link Usable}; without driver and device TensorRT-RTX alone can build. */
export type BuildTarget = Pick<Usable, 'flavour' | 'library' | 'version'> &
  Partial<Pick<Usable, 'driver' | 'device' | 'cuda'>>;

export interface PlanOptions {
  precision: TensorRtPrecision;
  /** [layers, 7], for INT8 and FP8. */
  ranges?: Float32Array | undefined;
  buckets: readonly Bucket[];
  cacheFolder: string;
  tuning?: Tuning | undefined;
  /** Throws {@link NotPrepared} if an engine would have to be built. */
  cachedOnly?: boolean | undefined;
  /** Why the cached one was discarded. */
  refused?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: OnBuildProgress | undefined;
}

export interface PreparedPlan extends CachedEngine {
  key: string;
  /** Why it was built; undefined: it came from the cache. */
  built?: 'missing' | 'damaged';
  /** What was wrong with a damaged one. */
  detail?: string;
}

/** There is no usable engine on disk. */
export class NotPrepared extends AskBertError {
  /** @param refused TensorRT's reason for refusing the existing one */
  constructor(readonly refused?: string) {
    super('EngineBuild', refused ? t('the engine on disk was refused: {0}', refused) : t('no engine on disk'));
  }
}

/**
 * @throws NotPrepared with `cachedOnly`; AskBertError EngineBuild, OutOfMemory, LibraryMissing, ModelInvalid, Cancelled
 */
export async function preparePlan(
  weights: ModelWeights,
  target: BuildTarget,
  options: PlanOptions,
): Promise<PreparedPlan> {
  const cache = new EngineCache(options.cacheFolder);
  const identity = await identityOf(weights, target, options);
  const key = cache.keyOf(identity);
  const found = await cache.read(key);
  if ('plan' in found) return { ...found, key };
  if (options.cachedOnly) throw new NotPrepared(options.refused);
  return cache.locked(key, options.signal, async () => {
    // The previous holder of the lock may have built it.
    const again = await cache.read(key);
    if ('plan' in again) return { ...again, key };
    await cache.write(key, identity, (planFile) =>
      buildInChild(
        {
          type: 'build',
          flavour: target.flavour,
          library: target.library,
          driver: target.driver,
          device: target.device?.ordinal ?? -1,
          modelFolder: weights.config.folder,
          precision: options.precision,
          ranges: options.ranges,
          buckets: options.buckets,
          planFile,
          timingFile: cache.timingFile(identity),
          tuning: options.tuning ?? {},
        },
        options.signal,
        options.onProgress,
      ),
    );
    const made = await cache.read(key);
    if (!('plan' in made)) throw new Error(t('the engine that was just built cannot be read: {0}', made.detail));
    return { ...made, key, built: again.reason, detail: again.detail };
  });
}

const tuningNames = [
  'fusedAttention',
  'softmaxFp32',
  'residualFp32',
  'normFp32',
  'exactGelu',
  'accumulateFp32',
  'keyLengths',
  'strip',
  'optimizationLevel',
] as const satisfies readonly (keyof Tuning)[];

/** Everything that the engine depends on. */
export async function identityOf(
  weights: ModelWeights,
  target: BuildTarget,
  { precision, ranges, buckets, cacheFolder, tuning = {} }: PlanOptions,
): Promise<EngineIdentity> {
  const { config } = weights;
  return {
    model: config.name,
    weights: await weightsHash(cacheFolder, path.join(config.folder, 'model.safetensors')),
    config: networkShape(config),
    precision,
    // Left out without ranges: the keys of other engines stay as they were.
    ...(ranges && { ranges: rangesHash(ranges) }),
    buckets: buckets.map(({ batch, length }) => ({ batch, length })),
    flavour: target.flavour,
    version: target.version,
    device: target.device?.name ?? 'none',
    computeCapability: target.device ? `${target.device.major}.${target.device.minor}` : 'none',
    cudaMajor: Math.floor((target.cuda ?? 0) / 1000),
    tuning: Object.fromEntries(tuningNames.map((name) => [name, tuning[name]])),
    networkVersion: NETWORK_VERSION,
  };
}
