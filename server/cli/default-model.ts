/** The model that commands use by default: a line in a file that `ask-bert model use` writes. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { defaultStoreFolder, isModelName, ModelStore } from '../model/store/store.js';
import { diskFault } from '../storage/disk.js';
import { readRegularSync } from '../storage/open-file.js';
import { platformFolder } from '../storage/platform-folder.js';
import { note, say } from './print.js';

const MAX_CONFIG_BYTES = 1 << 16;

/** Overrides the path of the file. */
const CONFIG_VARIABLE = 'ASKBERT_CONFIG';

/** The argument or flag that names a model. */
export const modelArgument = {
  type: 'string',
  describe: t('Model folder, or name of a model (see model list)'),
} as const;

/** Name of the embedded model among those of the store. */
export const EMBEDDED = 'embedded';

export function configFile(environment = process.env): string {
  const named = environment[CONFIG_VARIABLE];
  return named ? path.resolve(named) : path.join(platformFolder('config', environment), 'config.json');
}

/**
 * Name or folder of the default model; undefined: the embedded one. That is also used, with a note, if the file cannot
 * be read, as in the home folder of another user: nothing that the user can do here makes it readable.
 * @throws AskBertError BadRequest for a damaged file
 */
export function readDefaultModel(file = configFile()): string | undefined {
  let text: string;
  try {
    text = readRegularSync(file, MAX_CONFIG_BYTES).toString('utf8');
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      note(t('The file that names the model to use cannot be read ({0}): the embedded model is used.', message));
    }
    return undefined;
  }
  try {
    const { model } = JSON.parse(text);
    if (model === undefined || model === null) return undefined;
    if (typeof model === 'string' && model !== '') return model;
  } catch (e) {
    throw unreadable(file, (e as Error).message);
  }
  throw unreadable(file, t('"model" is not a name'));
}

const unreadable = (file: string, fault: string): AskBertError =>
  new AskBertError(
    'BadRequest',
    t('The file {0} cannot be used: {1}.', file, fault),
    t('Choose the model again: ask-bert model use NAME.'),
  );

/** @param model undefined: the embedded one from now on */
export function writeDefaultModel(model: string | undefined, file = configFile()): void {
  try {
    if (model === undefined) {
      rmSync(file, { force: true });
      return;
    }
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, `${JSON.stringify({ model })}\n`);
    renameSync(`${file}.${process.pid}`, file);
  } catch (e) {
    throw diskFault(e, file);
  }
}

/**
 * Resolves `--model`: a folder, or the name of a model in the store; missing: the default, which is then reported.
 * @returns undefined: the embedded model
 * @throws AskBertError ModelInvalid when there is no such model
 */
export function chosenModel(flag: unknown): unknown {
  if (flag !== undefined) return typeof flag === 'string' && flag ? givenFolder(flag) : flag;
  const name = readDefaultModel();
  if (name === undefined) return undefined;
  try {
    // Never a folder of that name in the working directory.
    const folder = path.isAbsolute(name) ? name : storedFolder(name);
    say(t('Model: {0}, as chosen by "ask-bert model use"', name));
    return folder;
  } catch (e) {
    if (!(e instanceof AskBertError)) throw e;
    throw new AskBertError(e.code, e.message, t('Choose another one: ask-bert model use NAME, or embedded.'));
  }
}

/** Unchanged, so that messages name what the user typed. */
function givenFolder(name: string): string | undefined {
  const { folder } = folderOfModel(name);
  return folder !== undefined && !isModelName(name) ? name : folder;
}

/**
 * The folder for a name, and how it is stored as the default: a name in the store, or a full path.
 * Both undefined: the embedded model.
 * @throws AskBertError ModelInvalid
 */
export function folderOfModel(name: string): { folder?: string; stored?: string } {
  if (name === EMBEDDED) return {};
  if (existsSync(name) || !isModelName(name)) return { folder: path.resolve(name), stored: path.resolve(name) };
  return { folder: storedFolder(name), stored: name };
}

function storedFolder(name: string): string {
  const found = new ModelStore(defaultStoreFolder()).find(name);
  if (found) return found;
  throw new AskBertError(
    'ModelInvalid',
    t('There is no model {0}: it is neither a folder nor a name in the store.', name),
    t('List the models with: ask-bert model list.'),
  );
}
