/**
 * Engines on disk: a folder for each, with the plan and a manifest that says what it is. A plan is written beside and
 * moved into place in one step; one builder at a time works on a key, across processes.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { sha256OfFile } from '../../files/hash.js';
import { withLock } from '../../files/lock.js';
import { t } from '../../l10n.js';
import type { NetworkShape } from '../../model/config.js';
import type { Bucket, Flavour, TensorRtPrecision } from './native.js';

/** Raised whenever network.cc or build.cc change what is built. */
export const networkVersion = 2;

/** All that an engine depends on. */
export interface EngineIdentity {
  model: string;
  /** SHA-256 of the weights file. */
  weights: string;
  /** Fields of the configuration that shape the network. */
  config: NetworkShape;
  precision: TensorRtPrecision;
  buckets: readonly Bucket[];
  flavour: Flavour;
  version: string;
  device: string;
  computeCapability: string;
  /** Major version of CUDA that the driver serves. */
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

/** Folder of the engines when none is named: the platform's place for caches. */
export function defaultCacheFolder(environment = process.env): string {
  const base =
    process.platform === 'win32'
      ? (environment.LOCALAPPDATA ?? path.join(homedir(), 'AppData', 'Local'))
      : process.platform === 'darwin'
        ? path.join(homedir(), 'Library', 'Caches')
        : environment.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(base, 'ask-bert');
}

const planName = 'engine.plan';
const manifestName = 'manifest.json';
const keyPattern = /^[0-9a-f]{32}$/;

export class EngineCache {
  constructor(readonly folder: string) {}

  keyOf(identity: EngineIdentity): string {
    // The name of a model changes nothing in its engine.
    const { model: _, ...rest } = identity;
    return createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 32);
  }

  planFile(key: string): string {
    return path.join(this.folder, key, planName);
  }

  /** An engine whose plan is whole, or the reason why there is none. */
  async read(key: string): Promise<CachedEngine | { reason: 'missing' | 'damaged'; detail: string }> {
    const folder = path.join(this.folder, key);
    let manifest: EngineManifest;
    try {
      manifest = JSON.parse(await readFile(path.join(folder, manifestName), 'utf8'));
    } catch (e) {
      const missing = (e as NodeJS.ErrnoException).code === 'ENOENT';
      return { reason: missing ? 'missing' : 'damaged', detail: (e as Error).message };
    }
    try {
      if (manifest.format !== 1 || manifest.key !== key)
        throw new Error(t('{0} belongs to another engine', manifestName));
      const plan = await readFile(path.join(folder, planName));
      if (plan.length !== manifest.planBytes) {
        throw new Error(t('{0} has {1} bytes, expected {2}', planName, plan.length, manifest.planBytes));
      }
      if (createHash('sha256').update(plan).digest('hex') !== manifest.planSha256) {
        throw new Error(t('{0} was changed since it was built', planName));
      }
      return { manifest, plan };
    } catch (e) {
      return { reason: 'damaged', detail: (e as Error).message };
    }
  }

  /**
   * Puts an engine in place of whatever is there.
   * @param make writes the plan to the file that it is given
   */
  async write(
    key: string,
    identity: EngineIdentity,
    make: (planFile: string) => Promise<{ networkLayers: number; attention: boolean }>,
  ): Promise<EngineManifest> {
    const temporary = path.join(this.folder, `${key}.${process.pid}.tmp`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    try {
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
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
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
        out.push(JSON.parse(await readFile(path.join(this.folder, name, manifestName), 'utf8')));
      } catch {
        // Left for clear().
      }
    }
    return out.sort((a, b) => b.built.localeCompare(a.built));
  }

  /** Removes every engine and every timing cache; what else lies in the folder stays. Returns how many engines. */
  async clear(): Promise<number> {
    let count = 0;
    for (const name of await readdir(this.folder).catch(() => [])) {
      const engine = keyPattern.test(name);
      if (engine) count++;
      if (engine || /^[0-9a-f]{32}\.\d+\.tmp$|^timing-.*\.cache$|^(probes|weights)\.json$/.test(name)) {
        await rm(path.join(this.folder, name), { recursive: true, force: true });
      }
    }
    return count;
  }

  /** File of the timing cache that builds of this library for this device share. */
  timingFile({ flavour, version, device }: Pick<EngineIdentity, 'flavour' | 'version' | 'device'>): string {
    return path.join(this.folder, `timing-${flavour}-${version}-${device.replace(/[^A-Za-z0-9]+/g, '-')}.cache`);
  }

  /**
   * Runs `work` while nobody else, in any process, works under the same key. Waits for another one to end.
   * @throws AskBertError Cancelled
   */
  locked<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return withLock(path.join(this.folder, `${key}.lock`), work, { signal });
  }
}

/** SHA-256 of a weights file, remembered by path, size and time: large files are not read twice. */
export async function weightsHash(folder: string, file: string): Promise<string> {
  const memory = path.join(folder, 'weights.json');
  const { size, mtimeMs } = await stat(file);
  const stamp = `${path.resolve(file)}|${size}|${mtimeMs}`;
  let known: Record<string, string> = {};
  try {
    known = JSON.parse(await readFile(memory, 'utf8'));
    if (typeof known[stamp] === 'string') return known[stamp];
  } catch {
    known = {};
  }
  const hash = await sha256OfFile(file);
  const kept = Object.entries(known).slice(-15);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${memory}.${process.pid}`, JSON.stringify(Object.fromEntries([...kept, [stamp, hash]])));
    await rename(`${memory}.${process.pid}`, memory);
  } catch {
    // Read again next time.
  }
  return hash;
}
