/**
 * Engines on disk: a folder for each, with the plan and a manifest that describes it. A plan is written to a temporary
 * file and moved into place atomically; one builder at a time works on a key, across processes.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import type { NetworkShape } from '../../model/config.js';
import { isCachedGolden } from '../../model/golden/golden-file.js';
import { foreignBy } from '../../storage/foreign.js';
import { sha256OfFile, shortHash } from '../../storage/hash.js';
import { type LockTiming, lockTiming, withLock } from '../../storage/lock.js';
import { readJson, readRegular } from '../../storage/open-file.js';
import { platformFolder } from '../../storage/platform-folder.js';
import { isLedgerFile } from '../ledger.js';
import { isMappedWeights } from '../mapped-weights.js';
import type { Bucket, Flavour, TensorRtPrecision } from './native.js';

/** Incremented whenever network.cc or build.cc change what is built. */
export const NETWORK_VERSION = 3;
const MAX_MANIFEST_BYTES = 1 << 20;

/** Everything that an engine depends on. */
export interface EngineIdentity {
  model: string;
  /** SHA-256 of the weights file. */
  weights: string;
  /** Fields of the configuration that shape the network. */
  config: NetworkShape;
  precision: TensorRtPrecision;
  /** SHA-256 of the ranges that an INT8 or FP8 network is scaled by. */
  ranges?: string | undefined;
  buckets: readonly Bucket[];
  flavour: Flavour;
  version: string;
  device: string;
  computeCapability: string;
  /** Major version of CUDA that the driver supports. */
  cudaMajor: number;
  tuning: Record<string, boolean | number | undefined>;
  networkVersion: number;
}

export interface EngineManifest extends EngineIdentity {
  format: 1;
  key: string;
  planBytes: number;
  planSha256: string;
  networkLayers: number;
  attention: boolean;
  /** ISO 8601. */
  built: string;
  buildMs: number;
}

export interface CachedEngine {
  manifest: EngineManifest;
  plan: Uint8Array;
}

/** Default folder of the engines: the platform's cache folder. */
export const defaultCacheFolder = (environment = process.env): string => platformFolder('cache', environment);

const planName = 'engine.plan';
const manifestName = 'manifest.json';
const keyPattern = /^[0-9a-f]{32}$/;

export class EngineCache {
  readonly #timing: LockTiming;
  constructor(
    readonly folder: string,
    timing: LockTiming = lockTiming,
  ) {
    this.#timing = timing;
  }

  keyOf(identity: EngineIdentity): string {
    // The name of a model does not affect its engine.
    const { model: _, ...rest } = identity;
    return shortHash(rest);
  }

  planFile(key: string): string {
    return path.join(this.folder, key, planName);
  }

  /**
   * An engine with an intact plan, or the reason why there is none.
   * @throws AskBertError EngineBuild: others may write to the folder
   */
  async read(key: string): Promise<CachedEngine | { reason: 'missing' | 'damaged'; detail: string }> {
    const folder = path.join(this.folder, key);
    await refuseForeign(this.folder);
    await refuseForeign(folder);
    let manifest: EngineManifest;
    try {
      manifest = await readManifest(folder);
    } catch (e) {
      const missing = (e as NodeJS.ErrnoException).code === 'ENOENT';
      return { reason: missing ? 'missing' : 'damaged', detail: (e as Error).message };
    }
    try {
      if (manifest.key !== key) throw new Error(t('{0} belongs to another engine', manifestName));
      const { size } = await stat(path.join(folder, planName));
      if (size !== manifest.planBytes) {
        throw new Error(t('{0} has {1} bytes, expected {2}', planName, size, manifest.planBytes));
      }
      const plan = await readRegular(path.join(folder, planName), size);
      if (createHash('sha256').update(plan).digest('hex') !== manifest.planSha256) {
        throw new Error(t('{0} was changed since it was built', planName));
      }
      return { manifest, plan };
    } catch (e) {
      return { reason: 'damaged', detail: (e as Error).message };
    }
  }

  /**
   * Stores an engine, replacing any that exists.
   * @param make writes the plan to the file that it is given
   */
  async write(
    key: string,
    identity: EngineIdentity,
    make: (planFile: string) => Promise<{ networkLayers: number; attention: boolean }>,
  ): Promise<EngineManifest> {
    const temporary = path.join(this.folder, `${key}.${process.pid}.tmp`);
    try {
      await rm(temporary, { recursive: true, force: true });
      await makeFolder(temporary);
      const began = performance.now();
      const planFile = path.join(temporary, planName);
      const { networkLayers, attention } = await make(planFile);
      const manifest: EngineManifest = {
        ...identity,
        format: 1,
        key,
        planBytes: (await stat(planFile)).size,
        planSha256: await sha256OfFile(planFile),
        networkLayers,
        attention,
        built: new Date().toISOString(),
        buildMs: Math.round(performance.now() - began),
      };
      await writeFile(path.join(temporary, manifestName), JSON.stringify(manifest, undefined, 2));
      await this.remove(key);
      await rename(temporary, path.join(this.folder, key));
      return manifest;
    } catch (e) {
      throw this.#notKept(e);
    } finally {
      await rm(temporary, { recursive: true, force: true }).catch(() => {});
    }
  }

  /** A disk error as a sentence; anything else unchanged. */
  #notKept(e: unknown): unknown {
    const { code, message } = e as NodeJS.ErrnoException;
    if (e instanceof AskBertError || !/^E[A-Z0-9_]+$/.test(code ?? '')) return e;
    return new AskBertError(
      'EngineBuild',
      t('Engines cannot be stored in {0}: {1}.', this.folder, message),
      t('Free some space there, grant write permission, or name another folder.'),
      { cause: e },
    );
  }

  async remove(key: string): Promise<void> {
    await rm(path.join(this.folder, key), { recursive: true, force: true });
  }

  /** Every engine with a readable manifest, newest first. */
  async list(): Promise<EngineManifest[]> {
    const out: EngineManifest[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!keyPattern.test(name)) continue;
      try {
        out.push(await readManifest(path.join(this.folder, name)));
      } catch {
        // Left for clear().
      }
    }
    return out.sort((a, b) => b.built.localeCompare(a.built));
  }

  /**
   * Removes every engine, every timing cache and the records of checks; other files in the folder stay. What cannot be
   * removed does not stop the rest. Returns how many engines.
   * @throws AskBertError EngineBuild: something could not be removed
   */
  async clear(): Promise<number> {
    let count = 0;
    const errors: Error[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      const engine = keyPattern.test(name);
      if (
        engine ||
        /^[0-9a-f]{32}\.\d+\.tmp$|^timing-.*\.cache$|^(probes|weights)\.json$/.test(name) ||
        isLedgerFile(name) ||
        isMappedWeights(name) ||
        isCachedGolden(name)
      ) {
        try {
          await rm(path.join(this.folder, name), { recursive: true, force: true });
          if (engine) count++;
        } catch (e) {
          // Windows removes no file that a process has mapped.
          errors.push(e as Error);
        }
      }
    }
    if (errors.length === 0) return count;
    throw new AskBertError(
      'EngineBuild',
      t('{0} of the files in {1} could not be removed: {2}.', errors.length, this.folder, errors[0].message),
      t('Close the programs that use Ask BERT, and try again.'),
      { cause: errors[0] },
    );
  }

  /** File of the timing cache shared by builds of this library for this device. */
  timingFile({ flavour, version, device }: Pick<EngineIdentity, 'flavour' | 'version' | 'device'>): string {
    return path.join(this.folder, `timing-${flavour}-${version}-${device.replace(/[^A-Za-z0-9]+/g, '-')}.cache`);
  }

  /**
   * Runs `work` exclusively for this key, across processes. Waits for its turn.
   * @throws AskBertError Cancelled, EngineBuild: the folder cannot be written
   */
  async locked<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    let taken = false;
    const begin = () => {
      taken = true;
      return work();
    };
    try {
      await makeFolder(this.folder);
      return await withLock(path.join(this.folder, `${key}.lock`), begin, { signal, timing: this.#timing });
    } catch (e) {
      throw taken ? e : this.#notKept(e);
    }
  }
}

/** Private to the user (mode 0700). */
const makeFolder = (folder: string) => mkdir(folder, { recursive: true, mode: 0o700 });

/**
 * A plan is a program for the device: it is not loaded from a folder that others may write to.
 * @throws AskBertError EngineBuild
 */
async function refuseForeign(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  const foreign = found && foreignBy(found);
  if (!foreign) return;
  throw new AskBertError(
    'EngineBuild',
    foreign === 'owner'
      ? t('The engine folder {0} belongs to another user.', folder)
      : t('Everyone may write to the engine folder {0}.', folder),
    t('Name a folder that only you can write to.'),
  );
}

/** Types of the fields that are read later. */
const manifestTypes: Partial<Record<keyof EngineManifest, string>> = {
  key: 'string',
  model: 'string',
  precision: 'string',
  flavour: 'string',
  version: 'string',
  device: 'string',
  planBytes: 'number',
  planSha256: 'string',
  built: 'string',
  buildMs: 'number',
};

/** @throws Error saying what is wrong with the file */
async function readManifest(folder: string): Promise<EngineManifest> {
  const value = (await readJson(path.join(folder, manifestName), MAX_MANIFEST_BYTES)) as Record<string, unknown>;
  if (value?.format !== 1) throw new Error(t('{0} is not a manifest of this version', manifestName));
  for (const [field, type] of Object.entries(manifestTypes)) {
    if (typeof value[field] !== type) throw new Error(t('{0}: {1} is wrong', manifestName, field));
  }
  const { buckets } = value;
  const isBucket = (b: unknown) => typeof (b as Bucket)?.batch === 'number' && typeof (b as Bucket).length === 'number';
  if (!Array.isArray(buckets) || !buckets.every(isBucket))
    throw new Error(t('{0}: {1} is wrong', manifestName, 'buckets'));
  return value as unknown as EngineManifest;
}
