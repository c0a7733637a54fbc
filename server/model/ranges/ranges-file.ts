/** The file with a model's ranges, next to the weights. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { readJson } from '../../storage/open-file.js';
import type { ModelConfig } from '../config.js';
import { weightsHash } from '../weights-hash.js';
import { type MeasuredLoss, type RangedPrecision, type Ranges, rangesFault } from './ranges.js';

/** Next to model.safetensors. */
export const rangesName = 'ask-bert-ranges.json';
const LARGEST_FILE = 1 << 20;

export const rangesFile = ({ folder }: Pick<ModelConfig, 'folder'>): string => path.join(folder, rangesName);

/**
 * The ranges of a model, checked against its weights.
 * @param cacheFolder where the hash of the weights is remembered
 * @returns undefined: it has none
 * @throws AskBertError ModelInvalid: they cannot be read, are damaged, of another version or for other weights
 */
export async function readRanges(config: ModelConfig, cacheFolder: string): Promise<Ranges | undefined> {
  const file = rangesFile(config);
  let value: unknown;
  try {
    value = await readJson(file, LARGEST_FILE);
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw unusable(config, t('{0} cannot be read: {1}.', file, message), e);
  }
  const hash = await weightsHash(cacheFolder, path.join(config.folder, 'model.safetensors'));
  const fault = rangesFault(value, config, hash);
  if (fault !== undefined) throw unusable(config, t('{0} is {1}.', file, fault));
  return value as Ranges;
}

const unusable = ({ folder }: ModelConfig, message: string, cause?: unknown): AskBertError =>
  new AskBertError('ModelInvalid', message, t('Calibrate the model again: {0}.', calibrateLine(folder)), { cause });

/** The command that makes the file. */
export const calibrateLine = (folder: string): string => `ask-bert calibrate ${JSON.stringify(folder)}`;

/** Replaces the file as a whole. @throws the errors of the system; nothing half written is left */
export function writeRanges(config: Pick<ModelConfig, 'folder'>, ranges: Ranges): void {
  const file = rangesFile(config);
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, rangesText(ranges));
    renameSync(temporary, file);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
}

/** With what a precision costs the model, as measured with these ranges. */
export const withLoss = (ranges: Ranges, precision: RangedPrecision, loss: MeasuredLoss): Ranges => ({
  ...ranges,
  loss: { ...ranges.loss, [precision]: loss },
});

/** One layer per line. */
export const rangesText = ({ layers, ...rest }: Ranges): string =>
  `${JSON.stringify({ ...rest, layers: [] }).slice(0, -2)}\n${layers.map((l) => JSON.stringify(l)).join(',\n')}\n]}\n`;
