/** `ask-bert-model.json` in a folder of the store: where a model comes from, and which bytes were found. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readJson } from '../../storage/open-file.js';
import { INSTALLATION_FILE } from '../model-vocabulary.js';

/** What the content was compared with: the catalogue's hash, one that the server stated, its length, or nothing. */
export type Verified = 'catalogue' | 'server' | 'length' | 'none';

export interface FileResult {
  name: string;
  bytes: number;
  sha256: string;
  verified: Verified;
}

export interface ModelManifest {
  format: 1;
  /** Title for display. */
  title: string;
  /** Repository and revision of a download; the checkpoint of an import. */
  source: string;
  licence?: string;
  files: FileResult[];
  /** ISO 8601. */
  installed: string;
}

export const manifestName = INSTALLATION_FILE;
const MAX_MANIFEST_BYTES = 1 << 20;

const levels: readonly Verified[] = ['catalogue', 'server', 'length', 'none'];

export const writeManifest = (folder: string, manifest: ModelManifest): Promise<void> =>
  writeFile(path.join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);

/** Undefined if there is none, or it is unusable. */
export async function readManifest(folder: string): Promise<ModelManifest | undefined> {
  try {
    const value = (await readJson(path.join(folder, manifestName), MAX_MANIFEST_BYTES)) as Record<string, unknown>;
    const { format, title, source, licence, files, installed } = value;
    const text = (each: unknown): each is string => typeof each === 'string';
    if (format !== 1 || !text(title) || !text(source) || !text(installed) || !Array.isArray(files)) return undefined;
    return {
      format,
      title,
      source,
      installed,
      ...(text(licence) && { licence }),
      files: files.filter(isFileResult),
    };
  } catch {
    return undefined;
  }
}

function isFileResult(value: unknown): value is FileResult {
  const { name, bytes, sha256, verified } = (value ?? {}) as Partial<FileResult>;
  return (
    typeof name === 'string' &&
    Number.isSafeInteger(bytes) &&
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    levels.includes(verified as Verified)
  );
}

/** The weights file. */
export const weightsOf = ({ files }: ModelManifest): FileResult | undefined =>
  files.find(({ name }) => name === 'model.safetensors');
