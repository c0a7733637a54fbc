/** Small files in a cache. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes a cache file atomically: to a temporary file that is then moved.
 * @returns false: it cannot be stored, and its contents must be computed again
 */
export function keepFile(file: string, text: string): boolean {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, text);
    renameSync(temporary, file);
    return true;
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // Nothing can be removed there either.
    }
    return false;
  }
}
