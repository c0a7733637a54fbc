/** A lock on disk, so that one process at a time works on a thing: a file that exists while somebody works. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { throwIfAborted } from '../errors.js';

/** Whoever works touches the lock more often than this; one that is older has nobody. */
const staleMs = 60_000;
const heartbeatMs = 10_000;
const pollMs = 250;
/** Longest that the removal of a stale lock takes; what lies longer was left by a process that ended meanwhile. */
const clearingMs = 5000;

export interface LockOptions {
  signal?: AbortSignal;
  /** Called once when somebody else has the lock. */
  onWait?: () => void;
}

/**
 * Runs `work` while nobody else, in any process, holds the lock. Waits for another one to end.
 * @param file the lock; its folder is made
 * @throws AskBertError Cancelled (or the signal's reason), and what `work` throws
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { signal } = options;
  const owner = randomUUID();
  await mkdir(path.dirname(file), { recursive: true });
  let waiting = false;
  while (!(await take(file, owner))) {
    throwIfAborted(signal);
    if (await isStale(file)) {
      await clear(file);
      continue;
    }
    if (!waiting) options.onWait?.();
    waiting = true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (await isOwn(file, owner)) await rm(file, { force: true });
  }
}

/** Creates the lock; false when somebody has it. */
async function take(file: string, owner: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname(), owner }));
    } catch (e) {
      await rm(file, { force: true });
      throw e;
    } finally {
      await handle.close();
    }
    return true;
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    // Windows denies access to a file that is just being removed.
    if (code === 'EEXIST' || ((code === 'EPERM' || code === 'EBUSY') && (await exists(file)))) return false;
    throw e;
  }
}

/** Removes a stale lock. One process at a time looks again and removes, so that none removes the lock of the next one. */
async function clear(file: string): Promise<void> {
  const guard = `${file}.clear`;
  const owner = randomUUID();
  if (!(await take(guard, owner))) {
    const since = await stat(guard).then(({ mtimeMs }) => mtimeMs, Date.now);
    if (Date.now() - since > clearingMs) await rm(guard, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, pollMs / 10));
    return;
  }
  try {
    if (await isStale(file)) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** A lock whose process has ended, or that nobody has touched for long. */
async function isStale(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > staleMs) return true;
    const { pid, host } = JSON.parse(await readFile(file, 'utf8'));
    return host === hostname() && !isAlive(pid);
  } catch (e) {
    // Just removed, or not yet written: look again.
    return (e as NodeJS.ErrnoException).code !== 'ENOENT' && !(e instanceof SyntaxError);
  }
}

/** After a long sleep of the machine the lock may be somebody else's. */
async function isOwn(file: string, owner: string): Promise<boolean> {
  try {
    return JSON.parse(await readFile(file, 'utf8')).owner === owner;
  } catch {
    return false;
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

function isAlive(pid: unknown): boolean {
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM';
  }
}
