/** Lock files: one process at a time, across processes and machines. */
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Creates the lock; false when somebody has it. */
export async function take(file: string, token: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname(), token }));
    } catch (e) {
      // A full disk: an empty lock would make others wait.
      await rm(file, { force: true });
      throw e;
    } finally {
      await handle.close();
    }
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw e;
  }
}

/** Removes the lock, unless somebody has taken it over: a computer that slept has missed its heartbeats. */
export async function release(file: string, token: string): Promise<void> {
  const own = await readFile(file, 'utf8').catch(() => '');
  if (own.includes(token)) await rm(file, { force: true });
}

/**
 * Sees whether a lock has a builder: its process has ended, or the lock stays untouched for long. How long is measured
 * by whoever waits: clocks jump, and those of two machines differ.
 */
export class LockWatch {
  #touched: number | undefined;
  #since = 0;

  constructor(
    private readonly file: string,
    private readonly staleMs: number,
  ) {}

  async isStale(): Promise<boolean> {
    try {
      const { mtimeMs } = await stat(this.file);
      const now = performance.now();
      if (mtimeMs !== this.#touched) {
        this.#touched = mtimeMs;
        this.#since = now;
      }
      if (now - this.#since > this.staleMs) return true;
      const { pid, host } = JSON.parse(await readFile(this.file, 'utf8'));
      return host === hostname() && !isAlive(pid);
    } catch (e) {
      // Just removed, or not yet written: look again.
      return (e as NodeJS.ErrnoException).code !== 'ENOENT' && !(e instanceof SyntaxError);
    }
  }
}

function isAlive(pid: unknown): boolean {
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM';
  }
}
