/**
 * Where goldens are kept: beside the weights by whatever makes a model (a release, an import, a download); in the cache
 * for a model that came without one, or with one that is of no use. Folders that the user made are not written to.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '../../l10n.js';
import { keepFile } from '../../storage/keep.js';
import type { ModelConfig } from '../config.js';
import type { ModelWeights } from '../weights.js';
import { weightsHash } from '../weights-hash.js';
import { type Golden, goldenFault, makeGolden, sameGolden } from './golden.js';

/** Beside model.safetensors. */
export const goldenName = 'ask-bert-golden.json';
/** A golden of the cache, by its name. */
export const isCachedGolden = (name: string): boolean => /^golden-[0-9a-f]{64}\.json$/.test(name);
/** Goldens that the cache keeps, a few kilobytes each. */
const keptGoldens = 32;
const largestFile = 1 << 20;

export interface LoadedGolden {
  golden: Golden;
  /** It was computed now, and need not be doubted. */
  fresh: boolean;
  /** Why the one beside the weights was not taken; undefined: it was, or there is none. */
  fault?: string | undefined;
}

const weightsFile = ({ folder }: ModelConfig): string => path.join(folder, 'model.safetensors');

/**
 * The golden of a model: the cache's, the one beside the weights, or one that is made now.
 * @throws AskBertError ModelInvalid when the model gives no numbers, Cancelled
 */
export async function loadGolden(
  weights: ModelWeights,
  cacheFolder: string,
  signal?: AbortSignal,
): Promise<LoadedGolden> {
  const { config } = weights;
  const hash = await weightsHash(cacheFolder, weightsFile(config));
  // The cache's is there only where the other one is not or is of no use.
  const cached = await readGolden(cachedFile(cacheFolder, hash), config, hash);
  if ('golden' in cached) return { golden: cached.golden, fresh: false };
  const beside = await readGolden(path.join(config.folder, goldenName), config, hash);
  if ('golden' in beside) return { golden: beside.golden, fresh: false };
  const golden = await makeGolden(weights, hash, signal);
  await keep(cacheFolder, golden);
  return { golden, fresh: true, fault: beside.fault };
}

/**
 * A golden that an engine failed: were the weights replaced by others of the same size and time? Then it is made again.
 * @returns undefined when the weights are those that it belongs to
 */
export async function remadeGolden(
  weights: ModelWeights,
  cacheFolder: string,
  doubted: Golden,
  signal?: AbortSignal,
): Promise<Golden | undefined> {
  const hash = await weightsHash(cacheFolder, weightsFile(weights.config), true);
  if (hash === doubted.weights) return undefined;
  const golden = await makeGolden(weights, hash, signal);
  await keep(cacheFolder, golden);
  return golden;
}

/** Makes the golden of a model that has just been made and puts it beside the weights. @throws as makeGolden, and of the disk */
export async function writeGolden(weights: ModelWeights, hash: string, signal?: AbortSignal): Promise<void> {
  const golden = await makeGolden(weights, hash, signal);
  await writeFile(path.join(weights.config.folder, goldenName), goldenText(golden));
}

/** Whether the golden beside the weights says what the reference says now. @throws as makeGolden */
export async function isGoldenRight(weights: ModelWeights, hash: string): Promise<boolean> {
  const { config } = weights;
  const found = await readGolden(path.join(config.folder, goldenName), config, hash);
  return 'golden' in found && sameGolden(found.golden, await makeGolden(weights, hash));
}

/** One window a line. */
export const goldenText = ({ windows, ...rest }: Golden): string =>
  `${JSON.stringify({ ...rest, windows: [] }).slice(0, -2)}\n${windows.map((w) => JSON.stringify(w)).join(',\n')}\n]}\n`;

const cachedFile = (cacheFolder: string, hash: string): string => path.join(cacheFolder, `golden-${hash}.json`);

async function readGolden(
  file: string,
  config: ModelConfig,
  hash: string,
): Promise<{ golden: Golden } | { fault?: string }> {
  try {
    const { size } = await stat(file);
    if (size > largestFile) return { fault: t('{0} is {1}', file, t('{0} bytes long', size)) };
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    const fault = goldenFault(value, config, hash);
    return fault === undefined ? { golden: value as Golden } : { fault: t('{0} is {1}', file, fault) };
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? {} : { fault: t('{0} cannot be read: {1}', file, message) };
  }
}

/** A cache that cannot be written costs the next load the same again. */
async function keep(cacheFolder: string, golden: Golden): Promise<void> {
  if (keepFile(cachedFile(cacheFolder, golden.weights), goldenText(golden))) await prune(cacheFolder).catch(() => {});
}

/** The oldest go. */
async function prune(cacheFolder: string): Promise<void> {
  const names = (await readdir(cacheFolder)).filter(isCachedGolden);
  if (names.length <= keptGoldens) return;
  const files = await Promise.all(
    names.map(async (name) => {
      const file = path.join(cacheFolder, name);
      return {
        file,
        age: await stat(file).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      };
    }),
  );
  files.sort((a, b) => b.age - a.age);
  for (const { file } of files.slice(keptGoldens)) await rm(file, { force: true });
}
