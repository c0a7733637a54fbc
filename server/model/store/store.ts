/** The store: a folder with a folder for each model that was downloaded or imported. Nothing outside it is touched. */
import { type Dirent, existsSync, realpathSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { diskFault } from '../../storage/disk.js';
import { withLock } from '../../storage/lock.js';
import { platformFolder } from '../../storage/platform-folder.js';
import { checkModel } from '../check-model.js';
import { type ModelManifest, readManifest } from './manifest.js';

/** Overrides the platform's folder for the store. */
export const STORE_VARIABLE = 'ASKBERT_MODELS';

export interface StoredModel {
  name: string;
  folder: string;
  /** Size of all files. */
  bytes: number;
  /** Undefined: copied there by hand. */
  manifest?: ModelManifest | undefined;
  /** Why it cannot be used. */
  fault?: string | undefined;
}

/** A partial download. */
export interface PartialModel {
  name: string;
  bytes: number;
}

/** Default folder of the store: the platform's folder for application data. */
export function defaultStoreFolder(environment = process.env): string {
  const named = environment[STORE_VARIABLE];
  return named ? path.resolve(named) : path.join(platformFolder('data', environment), 'models');
}

/**
 * A single path component of characters valid on every file system. Names beginning with a dot are reserved for the
 * store.
 */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;
/** Left by an import whose process was killed. */
const importing = /\.importing-[0-9a-f]{8}(\.old)?$/;

export const isModelName = (name: string): boolean =>
  namePattern.test(name) && !importing.test(name) && !name.endsWith('.');

/** Turns any name into a valid one. */
export function modelNameOf(text: string): string {
  const name = text
    .replace(/\.(ckpt|index|safetensors|bin|pth?|params)$/i, '')
    .replace(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[.-]+$/g, '')
    .slice(0, 100);
  return isModelName(name) ? name : 'model';
}

/** File names that say nothing about the model. */
const general = /^(model|pytorch_model|bert_model|checkpoint|net|tf_model)(\.|-\d|$)/i;

/** Default name of a checkpoint in the store. */
export function nameForCheckpoint(checkpoint: string): string {
  const absolute = path.resolve(checkpoint);
  const base = path.basename(absolute);
  return modelNameOf(general.test(base) ? path.basename(path.dirname(absolute)) : base);
}

/** Folder of a download until it is finished. */
export const partialFolder = (folder: string): string =>
  path.join(path.dirname(folder), `.${path.basename(folder)}.download`);

export class ModelStore {
  constructor(readonly folder: string) {}

  /** @throws AskBertError BadRequest for an invalid name */
  folderOf(name: string): string {
    if (!isModelName(name)) {
      throw new AskBertError(
        'BadRequest',
        t('{0} is not a valid model name: expected letters, digits and . _ + -', JSON.stringify(name)),
        t('List the models to see their names.'),
      );
    }
    return path.join(this.folder, name);
  }

  lockOf(name: string): string {
    return path.join(this.folder, `.${path.basename(this.folderOf(name))}.lock`);
  }

  /** The folder of an installed model; undefined: there is none of this name. */
  find(name: string): string | undefined {
    if (!isModelName(name)) return undefined;
    const folder = path.join(this.folder, name);
    return existsSync(path.join(folder, 'config.json')) ? folder : undefined;
  }

  /** All models, by name. Each is opened, so that unusable ones are reported. */
  async list(): Promise<StoredModel[]> {
    const models: StoredModel[] = [];
    for (const { name } of await this.#folders()) {
      if (!isModelName(name)) continue;
      const folder = path.join(this.folder, name);
      const model: StoredModel = { name, folder, bytes: await bytesIn(folder), manifest: await readManifest(folder) };
      try {
        checkModel(folder);
      } catch (e) {
        model.fault = (e as Error).message;
      }
      models.push(model);
    }
    return models.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async partials(): Promise<PartialModel[]> {
    const partials: PartialModel[] = [];
    for (const { name } of await this.#folders()) {
      const match = /^\.(.+)\.download$/.exec(name);
      if (match && isModelName(match[1])) {
        partials.push({ name: match[1], bytes: await bytesIn(path.join(this.folder, name)) });
      }
    }
    return partials;
  }

  /**
   * Removes a model, or a partial download.
   * @returns its size in bytes
   * @throws AskBertError BadRequest when there is none, InputUnreadable when it cannot be removed
   */
  async remove(name: string): Promise<number> {
    return withLock(this.lockOf(name), () => this.#removeNow(name), {
      onWait: () => {
        throw new AskBertError(
          'BadRequest',
          t('The model {0} is being downloaded or imported.', name),
          t('Wait for it to finish, or cancel it.'),
        );
      },
    });
  }

  async #removeNow(name: string): Promise<number> {
    const folder = this.folderOf(name);
    const found = [folder, partialFolder(folder)].filter((each) => existsSync(each));
    if (found.length === 0) {
      throw new AskBertError(
        'BadRequest',
        t('There is no model {0} in {1}.', name, this.folder),
        t('List the models to see their names.'),
      );
    }
    let bytes = 0;
    for (const each of found) {
      try {
        bytes += await bytesIn(each);
        // Renamed first, so that no partial model is ever visible. A link is removed, not its target.
        const hidden = path.join(this.folder, `.${path.basename(each)}.removed`);
        await rm(hidden, { recursive: true, force: true });
        await rename(each, hidden);
        await rm(hidden, { recursive: true, force: true });
      } catch (e) {
        throw diskFault(e, each);
      }
    }
    return bytes;
  }

  async #folders(): Promise<Dirent[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch(() => [] as Dirent[]);
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  }
}

/** Whether two paths are the same folder, however they are written. */
export function isSameFolder(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(folder: string): string {
  const absolute = path.resolve(folder);
  try {
    return realpathSync.native(absolute);
  } catch {
    return absolute;
  }
}

/** Size of the files in a folder; unreadable ones count as 0. */
export async function bytesIn(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    sum += await stat(path.join(folder, name)).then(
      (file) => (file.isFile() ? file.size : 0),
      () => 0,
    );
  }
  return sum;
}
