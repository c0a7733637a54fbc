/** Small files that a cache remembers things in. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Puts a file of the cache in place as a whole: written beside it, then moved.
 * @returns false: it cannot be kept, and what it remembers has to be found out again
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
      // It lies where nothing can be removed either.
    }
    return false;
  }
}
