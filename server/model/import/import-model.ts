/**
 * Imports a checkpoint as a model folder in Hugging Face's layout: config.json, tokenizer_config.json,
 * model.safetensors and the tokeniser's own files (vocab.txt). It is created in a temporary folder, read back as a
 * model, and then moved into place.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AskBertError, breathe } from '../../errors.js';
import { t } from '../../l10n.js';
import { sha256OfFile } from '../../storage/hash.js';
import { type ModelConfig, readModelConfig } from '../config.js';
import { familyOfNetwork } from '../families/families.js';
import { writeGolden } from '../golden/golden-file.js';
import { ModelWeights, storedTensors } from '../weights.js';
import { type Description, type DescriptionFiles, describe } from './description.js';
import { invalid, shown } from './fault.js';
import type { ImportedTensors } from './imported.js';
import { SafetensorsWriter, type Storage, scaleSuffix } from './safetensors-writer.js';
import { openSource } from './source.js';

export interface ImportOptions extends DescriptionFiles {
  /** Name of the model in reports; default: from the checkpoint, otherwise the folder. */
  name?: string | undefined;
  storage?: Storage | undefined;
  /** Whether the model reads lower case only; default: detected. */
  lowerCase?: boolean | undefined;
  /** Replace an existing model folder. */
  force?: boolean | undefined;
  /** Called after each tensor. */
  progress?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface ImportReport {
  folder: string;
  name: string;
  /** Where the weights come from. */
  source: string;
  format: string;
  layers: number;
  hiddenSize: number;
  storage: Storage;
  lowerCase: boolean;
  /** Why; a phrase. */
  caseReason: string;
  /** Tensors that were imported, and names in the checkpoint that were not. */
  tensors: number;
  skipped: number;
  /** Bytes of model.safetensors. */
  bytes: number;
}

/**
 * @param checkpoint file, prefix or folder, see source.ts
 * @param folder the model folder to create; it must not exist, or be empty, unless `force`
 * @throws AskBertError BadRequest for paths that cannot be used, ModelInvalid for anything wrong in the checkpoint,
 *   the signal's reason when aborted; nothing is left behind then
 */
export async function importModel(
  checkpoint: string,
  folder: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const target = path.resolve(folder);
  attempt(target, () => checkTarget(target, path.resolve(checkpoint), options.force === true));
  const source = openSource(checkpoint);
  const beside = `${target}.importing-${randomBytes(4).toString('hex')}`;
  try {
    const description = describe(source, options, options.lowerCase);
    if (options.name !== undefined) {
      const own = description.config.ask_bert;
      description.config.ask_bert = { ...(typeof own === 'object' ? own : {}), name: options.name };
    }
    attempt(target, () => makeFolder(beside));
    const report = await fill(beside, target, source, description, options);
    attempt(target, () => putInPlace(beside, target, options.force === true));
    return report;
  } finally {
    source.close();
    if (existsSync(beside)) rmSync(beside, { recursive: true, force: true });
  }
}

async function fill(
  folder: string,
  target: string,
  source: ImportedTensors,
  description: Description,
  options: ImportOptions,
): Promise<ImportReport> {
  const storage = options.storage ?? 'f32';
  if (storage === 'int8') {
    description.config.quantization_config = {
      quant_method: 'ask-bert-int8',
      bits: 8,
      granularity: 'row',
      scale_suffix: scaleSuffix,
    };
  }
  const config = writeDescription(folder, description);
  const shapes = storedTensors(config);
  checkTensors(source, shapes, description.configFile);
  const bytes = await writeWeights(path.join(folder, 'model.safetensors'), source, config, storage, options);
  for (const _ of source.verifyRest?.() ?? []) await breathe(options.signal);
  // The result must be readable by the product.
  await keepGolden(source.file, config, target, options.signal);
  return {
    folder: target,
    name: config.name === path.basename(folder) ? path.basename(target) : config.name,
    source: source.file,
    format: source.format,
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    storage,
    lowerCase: config.tokenizer.lowerCase,
    caseReason: description.caseReason,
    tensors: shapes.size,
    skipped: source.skipped.length,
    bytes,
  };
}

/**
 * Stores the golden logits next to the weights. @throws AskBertError ModelInvalid naming the checkpoint if they are not
 * numbers
 */
async function keepGolden(
  checkpoint: string,
  config: ModelConfig,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const weights = new ModelWeights(config);
  try {
    await writeGolden(weights, await sha256OfFile(path.join(config.folder, 'model.safetensors')), signal);
  } catch (e) {
    if (!(e instanceof AskBertError))
      return attempt(target, () => {
        throw e;
      });
    if (e.code !== 'ModelInvalid') throw e;
    throw invalid(checkpoint, t('is damaged: the logits of the model that it holds are not numbers'), undefined, e);
  } finally {
    weights.close();
  }
}

/** The small files; the configuration is then read like any model's, which checks every field. */
export function writeDescription(folder: string, description: Description): ModelConfig {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const configFile = path.join(folder, 'config.json');
  const tokenizerFile = path.join(folder, 'tokenizer_config.json');
  attempt(folder, () => {
    writeFileSync(configFile, json(description.config));
    writeFileSync(tokenizerFile, json(description.tokenizer));
    for (const { name, bytes } of description.vocabulary.files) writeFileSync(path.join(folder, name), bytes);
  });
  try {
    return readModelConfig(folder);
  } catch (e) {
    if (!(e instanceof AskBertError)) throw e;
    // Report the error for the file that the user knows.
    const message = e.message
      .replaceAll(tokenizerFile, description.tokenizerFile)
      .replaceAll(configFile, description.configFile);
    throw new AskBertError(e.code, message, t('Name the configuration of this model with --config.'), { cause: e });
  }
}

/** Every tensor required by the configuration must be present, and no others. */
export function checkTensors(source: ImportedTensors, shapes: ReadonlyMap<string, number[]>, configFile: string): void {
  const remedy = t('Check that {0} belongs to this checkpoint.', configFile);
  for (const [name, shape] of shapes) {
    const found = source.tensors.get(name);
    if (!found) {
      const head = name.startsWith('qa_outputs.');
      throw invalid(
        source.file,
        t('lacks the tensor {0} {1}', name, shown(shape)),
        head
          ? t('This checkpoint was not trained to answer questions: choose one that was, on SQuAD for example.')
          : remedy,
      );
    }
    if (found.shape.join() !== shape.join()) {
      throw invalid(
        source.file,
        t('has tensor {0} in the shape {1}, expected {2} ({3})', found.source, shown(found.shape), shown(shape), name),
        remedy,
      );
    }
  }
  for (const [name, { source: given }] of source.tensors) {
    if (!shapes.has(name))
      throw invalid(source.file, t('has the tensor {0}, which its configuration does not describe', given), remedy);
  }
}

async function writeWeights(
  file: string,
  source: ImportedTensors,
  config: ModelConfig,
  storage: Storage,
  { progress, signal }: ImportOptions,
): Promise<number> {
  const shapes = storedTensors(config);
  const writer = attempt(file, () => new SafetensorsWriter(file, shapes, storage, familyOfNetwork(config)));
  try {
    let done = 0;
    for (const name of shapes.keys()) {
      await breathe(signal);
      const tensor = source.tensors.get(name)!;
      const values = tensor.read();
      attempt(file, () => writer.write(name, values, { file: source.file, name: tensor.source }));
      progress?.(++done, shapes.size);
    }
    attempt(file, () => writer.finish());
    return writer.bytes;
  } finally {
    writer.close();
  }
}

/** @throws AskBertError BadRequest unless a folder may be put at `target` */
function checkTarget(target: string, checkpoint: string, force: boolean): void {
  const refuse = (fault: string, remedy: string): never => {
    throw new AskBertError('BadRequest', fault, remedy);
  };
  const elsewhere = t('Name another folder.');
  // A prefix is not a file, but the files that it stands for are in its folder.
  if (`${checkpoint}${path.sep}`.startsWith(target + path.sep)) {
    refuse(t('The model folder {0} would replace the checkpoint {1}.', target, checkpoint), elsewhere);
  }
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory()) refuse(t('{0} is a file, not a folder.', target), elsewhere);
  const files = readdirSync(target);
  if (files.length === 0) return;
  if (!force) throw alreadyThere(target);
  if (!files.includes('config.json')) {
    refuse(t('The folder {0} is not a model folder: it has no config.json. It is not replaced.', target), elsewhere);
  }
}

/** Makes a folder and those above it. Node's `recursive` never ends if the system denies access with ENOENT. */
function makeFolder(folder: string): void {
  const parent = path.dirname(folder);
  if (!existsSync(parent)) makeFolder(parent);
  mkdirSync(folder);
}

const alreadyThere = (target: string): AskBertError =>
  new AskBertError(
    'BadRequest',
    t('The folder {0} already exists and is not empty.', target),
    t('Name another folder, or add --force.'),
  );

/**
 * Renames the finished folder; an existing one is removed only after that has worked, and only if the user wants it:
 * it may have come there since the import began.
 */
function putInPlace(finished: string, target: string, force: boolean): void {
  // Windows cannot rename onto a folder, not even an empty one.
  if (existsSync(target) && readdirSync(target).length === 0) rmdirSync(target);
  try {
    // Fails if there is a folder with something in it.
    renameSync(finished, target);
    return;
  } catch (e) {
    if (!existsSync(target)) throw e;
    if (!force) throw alreadyThere(target);
  }
  const old = `${finished}.old`;
  renameSync(target, old);
  try {
    renameSync(finished, target);
  } catch (e) {
    renameSync(old, target);
    throw e;
  }
  rmSync(old, { recursive: true, force: true });
}

/** Runs a write; a file system error becomes a sentence. */
function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (e) {
    if (e instanceof AskBertError || (e as NodeJS.ErrnoException).code === undefined) throw e;
    throw new AskBertError(
      'InputUnreadable',
      t('{0} cannot be written: {1}.', file, (e as Error).message),
      t('Check the permissions and the space on the disk.'),
      { cause: e },
    );
  }
}
