/**
 * The weights of an engine as a file in the cache, which the system maps into memory: all processes share its pages,
 * and none keeps a copy. What is in the file is compared each time; without it the engine gets the bytes themselves.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const pattern = /^cpu-[0-9a-f]{32}\.weights(\.[0-9a-f-]{36})?$/;
/** Files of this module; `ask-bert engines clear` removes them. */
export const isMappedWeights = (name: string): boolean => pattern.test(name);

/** Files that no engine has used for this long are removed. */
const UNUSED_MS = 30 * 24 * 3600_000;

/** Name of the file for a model on disk, as one engine needs it. */
export const mappedWeightsName = (...parts: readonly unknown[]): string =>
  `cpu-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}.weights`;

/** Whether the file is in the folder with exactly these bytes; it is written if it is missing or different. */
export function keepMappedWeights(folder: string, name: string, bytes: Uint8Array): boolean {
  const file = path.join(folder, name);
  try {
    if (!hasBytes(file, bytes)) write(folder, file, bytes);
    const now = new Date();
    utimesSync(file, now, now);
    return true;
  } catch {
    // Read only, full, or another system's: the engine gets the bytes.
    return false;
  }
}

function hasBytes(file: string, bytes: Uint8Array): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size !== bytes.length) return false;
  return Buffer.compare(readFileSync(file), bytes) === 0;
}

/** In place of what is there, never into it: another process may have it mapped. */
function write(folder: string, file: string, bytes: Uint8Array): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < 2 * bytes.length) throw new Error('too little space is left');
  removeUnused(folder);
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function removeUnused(folder: string): void {
  for (const name of readdirSync(folder).filter(isMappedWeights)) {
    const file = path.join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat && Date.now() - stat.mtimeMs > UNUSED_MS) rmSync(file, { force: true });
  }
}
