/** Imports a checkpoint as a model of the store, and notes where it came from. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { diskFault } from '../../storage/disk.js';
import { sha256OfFile } from '../../storage/hash.js';
import { withLock } from '../../storage/lock.js';
import { readModelConfig } from '../config.js';
import { tokenizerFiles } from '../model-tokenizer.js';
import type { FileResult } from '../store/manifest.js';
import { writeManifest } from '../store/manifest.js';
import { type ModelStore, nameForCheckpoint } from '../store/store.js';
import { type ImportOptions, type ImportReport, importModel } from './import-model.js';

/**
 * @param name of the model in the store; undefined: derived from the checkpoint, with a number if that is taken
 * @throws AskBertError as importModel
 */
export async function importToStore(
  checkpoint: string,
  store: ModelStore,
  name: string | undefined,
  options: ImportOptions = {},
): Promise<ImportReport> {
  if (name !== undefined) return withName(store, name, () => importNow(checkpoint, store, name, options));
  const usual = nameForCheckpoint(checkpoint);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? usual : `${usual}-${number}`;
    if (existsSync(store.folderOf(candidate))) continue;
    try {
      return await withName(store, candidate, async () => {
        // Another import may have finished since.
        if (existsSync(store.folderOf(candidate))) throw new NameTaken(candidate);
        return importNow(checkpoint, store, candidate, options);
      });
    } catch (e) {
      if (!(e instanceof NameTaken)) throw e;
    }
  }
}

/** Another process works on a model of this name, or has just installed it. */
class NameTaken extends AskBertError {
  constructor(name: string) {
    super(
      'BadRequest',
      t('The model {0} is being downloaded or imported.', name),
      t('Wait for that to finish, or choose another name.'),
    );
  }
}

/** The lock of downloads and removals: of several at once, one works on a name. @throws NameTaken */
async function withName<T>(store: ModelStore, name: string, work: () => Promise<T>): Promise<T> {
  const onWait = () => {
    throw new NameTaken(name);
  };
  let begun = false;
  const worked = () => {
    begun = true;
    return work();
  };
  try {
    return await withLock(store.lockOf(name), worked, { onWait });
  } catch (e) {
    throw begun ? e : diskFault(e, store.folder);
  }
}

async function importNow(
  checkpoint: string,
  store: ModelStore,
  chosen: string,
  options: ImportOptions,
): Promise<ImportReport> {
  const folder = store.folderOf(chosen);
  const report = await importModel(checkpoint, folder, { ...options, name: options.name ?? chosen });
  const files: FileResult[] = [];
  const tokenizer = tokenizerFiles(folder, readModelConfig(folder).tokenizerKind);
  for (const file of ['config.json', 'tokenizer_config.json', ...tokenizer, 'model.safetensors']) {
    const where = path.join(folder, file);
    files.push({
      name: file,
      bytes: (await stat(where)).size,
      sha256: await sha256OfFile(where),
      verified: 'none',
    });
  }
  const installed = new Date().toISOString();
  await writeManifest(folder, { format: 1, title: report.name, source: path.resolve(checkpoint), files, installed });
  return report;
}
