/** Imports a checkpoint as a model of the store, and notes where it came from. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256OfFile } from '../../storage/hash.js';
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
  const chosen = name ?? freeName(store, nameForCheckpoint(checkpoint));
  const folder = store.folderOf(chosen);
  const report = await importModel(checkpoint, folder, { ...options, name: options.name ?? chosen });
  const files: FileResult[] = [];
  for (const file of ['config.json', 'tokenizer_config.json', 'vocab.txt', 'model.safetensors']) {
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

function freeName(store: ModelStore, name: string): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!existsSync(store.folderOf(candidate))) return candidate;
  }
}
