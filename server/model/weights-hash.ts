/** SHA-256 of a weights file, remembered by path, size and time: large files are not read twice. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256OfFile } from '../storage/hash.js';
import { keepFile } from '../storage/keep.js';
import { readJson } from '../storage/open-file.js';

const MAX_MEMORY_BYTES = 1 << 20;

/**
 * @param folder the cache folder where hashes are remembered
 * @param again reads the file even if its hash is remembered
 */
export async function weightsHash(folder: string, file: string, again = false): Promise<string> {
  const memory = path.join(folder, 'weights.json');
  const { size, mtimeMs } = await stat(file);
  const stamp = `${path.resolve(file)}|${size}|${mtimeMs}`;
  let known: Record<string, string> = {};
  try {
    known = (await readJson(memory, MAX_MEMORY_BYTES)) as Record<string, string>;
    if (!again && /^[0-9a-f]{64}$/.test(known[stamp])) return known[stamp];
  } catch {
    known = {};
  }
  const hash = await sha256OfFile(file);
  if (known?.[stamp] === hash) return hash;
  const kept = Object.entries(known ?? {})
    .filter(([each]) => each !== stamp)
    .slice(-15);
  keepFile(memory, JSON.stringify(Object.fromEntries([...kept, [stamp, hash]])));
  return hash;
}
