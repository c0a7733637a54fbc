/**
 * Where golden logits are stored: next to the weights by everything that creates a model (a release, an import, a
 * download); in the cache for a model without usable ones. The user's own folders are not written to.
 */
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '../../l10n.js';
import { keepFile } from '../../storage/keep.js';
import { readJson } from '../../storage/open-file.js';
import type { ModelConfig } from '../config.js';
import type { ModelWeights } from '../weights.js';
import { weightsHash } from '../weights-hash.js';
import { type Golden, goldenFault, makeGolden, sameGolden } from './golden.js';

/** Next to model.safetensors. */
export const goldenName = 'ask-bert-golden.json';
/** Name of a golden file in the cache. */
export const isCachedGolden = (name: string): boolean => /^golden-[0-9a-f]{64}\.json$/.test(name);
/** Maximum number of golden files in the cache, a few kilobytes each. */
const KEPT_GOLDENS = 32;
const LARGEST_FILE = 1 << 20;

export interface LoadedGolden {
  golden: Golden;
  /** It was just computed, so it is reliable. */
  fresh: boolean;
  /** Why the one next to the weights was not used; undefined: it was, or there is none. */
  fault?: string | undefined;
}

const weightsFile = ({ folder }: ModelConfig): string => path.join(folder, 'model.safetensors');

/**
 * The golden logits of a model: from the cache, from next to the weights, or computed now.
 * @throws AskBertError ModelInvalid when the model gives no numbers, Cancelled
 */
export async function loadGolden(
  weights: ModelWeights,
  cacheFolder: string,
  signal?: AbortSignal,
): Promise<LoadedGolden> {
  const { config } = weights;
  const hash = await weightsHash(cacheFolder, weightsFile(config));
  // The cache has one only if the other is missing or unusable.
  const cached = await readGolden(cachedFile(cacheFolder, hash), config, hash);
  if ('golden' in cached) return { golden: cached.golden, fresh: false };
  const beside = await readGolden(path.join(config.folder, goldenName), config, hash);
  if ('golden' in beside) return { golden: beside.golden, fresh: false };
  const golden = await makeGolden(weights, hash, signal);
  await keep(cacheFolder, golden);
  return { golden, fresh: true, fault: beside.fault };
}

/**
 * After an engine failed the check: if the weights were replaced by others of the same size and time, computes the
 * golden logits again.
 * @returns undefined if they belong to the current weights
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

/**
 * Computes the golden logits of a new model and stores them next to the weights. @throws as makeGolden, and of the disk
 */
export async function writeGolden(weights: ModelWeights, hash: string, signal?: AbortSignal): Promise<void> {
  const golden = await makeGolden(weights, hash, signal);
  await writeFile(path.join(weights.config.folder, goldenName), goldenText(golden));
}

/** Whether the golden logits next to the weights match the reference now. @throws as makeGolden */
export async function isGoldenRight(weights: ModelWeights, hash: string): Promise<boolean> {
  const { config } = weights;
  const found = await readGolden(path.join(config.folder, goldenName), config, hash);
  return 'golden' in found && sameGolden(found.golden, await makeGolden(weights, hash));
}

/** One window per line. */
export const goldenText = ({ windows, ...rest }: Golden): string =>
  `${JSON.stringify({ ...rest, windows: [] }).slice(0, -2)}\n${windows.map((w) => JSON.stringify(w)).join(',\n')}\n]}\n`;

const cachedFile = (cacheFolder: string, hash: string): string => path.join(cacheFolder, `golden-${hash}.json`);

async function readGolden(
  file: string,
  config: ModelConfig,
  hash: string,
): Promise<{ golden: Golden } | { fault?: string }> {
  try {
    const value: unknown = await readJson(file, LARGEST_FILE);
    const fault = goldenFault(value, config, hash);
    return fault === undefined ? { golden: value as Golden } : { fault: t('{0} is {1}', file, fault) };
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? {} : { fault: t('{0} cannot be read: {1}', file, message) };
  }
}

/** If the cache cannot be written, the next load computes them again. */
async function keep(cacheFolder: string, golden: Golden): Promise<void> {
  if (keepFile(cachedFile(cacheFolder, golden.weights), goldenText(golden))) await prune(cacheFolder).catch(() => {});
}

/** The oldest are removed. */
async function prune(cacheFolder: string): Promise<void> {
  const names = (await readdir(cacheFolder)).filter(isCachedGolden);
  if (names.length <= KEPT_GOLDENS) return;
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
  for (const { file } of files.slice(KEPT_GOLDENS)) await rm(file, { force: true });
}
