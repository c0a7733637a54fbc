/** A lock on disk, so that only one process at a time works on something: a file that exists meanwhile. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { throwIfAborted } from '../errors.js';
import { readJson } from './open-file.js';

/** The holder touches the lock at every heartbeat; one untouched for `staleMs` is stale. Tests use shorter times. */
export const lockTiming = { staleMs: 60_000, heartbeatMs: 10_000, pollMs: 250 };
export type LockTiming = typeof lockTiming;
/** Longest time that the removal of a stale lock takes; an older one was left by a process that has ended. */
const CLEARING_MS = 5000;
const MAX_LOCK_BYTES = 4096;

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  onWait?: (() => void) | undefined;
  timing?: LockTiming | undefined;
}

/**
 * Runs `work` exclusively, across processes. Waits for the lock.
 * @param file the lock; its folder is created
 * @throws AskBertError Cancelled (or the signal's reason), and what `work` throws
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { signal, timing = lockTiming } = options;
  const owner = randomUUID();
  const watch = new Watch(file, timing.staleMs);
  const guard = new Watch(`${file}.clear`, Math.min(CLEARING_MS, timing.staleMs));
  await mkdir(path.dirname(file), { recursive: true });
  let waiting = false;
  while (!(await take(file, owner))) {
    throwIfAborted(signal);
    if (await watch.isStale()) {
      await clear(watch, guard, timing.pollMs);
      continue;
    }
    if (!waiting) options.onWait?.();
    waiting = true;
    await sleep(timing.pollMs);
  }
  const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), timing.heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (await isOwn(file, owner)) await rm(file, { force: true });
  }
}

/** Creates the lock; false if it is held. */
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
    // Windows denies access to a file that is being removed.
    if (code === 'EEXIST' || ((code === 'EPERM' || code === 'EBUSY') && (await exists(file)))) return false;
    throw e;
  }
}

/**
 * Removes a stale lock. One process at a time checks again and removes, so that none removes the lock of the next
 * holder.
 */
async function clear(watch: Watch, guard: Watch, pollMs: number): Promise<void> {
  if (!(await take(guard.file, randomUUID()))) {
    if (await guard.isStale()) await remove(guard.file);
    else await sleep(pollMs / 10);
    return;
  }
  try {
    if (await watch.isStale()) await remove(watch.file);
  } finally {
    await remove(guard.file);
  }
}

/**
 * Detects a stale lock: its process has ended, or it stays untouched for too long. The waiting process measures that
 * time: clocks jump, and those of two machines differ.
 */
class Watch {
  readonly #staleMs: number;
  #touched: number | undefined;
  #since = 0;

  constructor(
    readonly file: string,
    staleMs: number,
  ) {
    this.#staleMs = staleMs;
  }

  async isStale(): Promise<boolean> {
    try {
      const { mtimeMs } = await stat(this.file);
      const now = performance.now();
      if (mtimeMs !== this.#touched) {
        this.#touched = mtimeMs;
        this.#since = now;
      }
      if (now - this.#since > this.#staleMs) return true;
      const { pid, host } = await contentOf(this.file);
      return host === hostname() && !isAlive(pid);
    } catch (e) {
      // Just removed, or not yet written: check again.
      return (e as NodeJS.ErrnoException).code !== 'ENOENT' && !(e instanceof SyntaxError);
    }
  }
}

/** Of any kind: a lock can be a folder created by mistake. */
const remove = (file: string) => rm(file, { recursive: true, force: true });

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** After a long sleep of the machine another process may hold the lock. */
async function isOwn(file: string, owner: string): Promise<boolean> {
  try {
    return (await contentOf(file)).owner === owner;
  } catch {
    return false;
  }
}

/** @throws SyntaxError, FileFault, and of the system */
async function contentOf(file: string): Promise<{ pid?: unknown; host?: unknown; owner?: unknown }> {
  return (await readJson(file, MAX_LOCK_BYTES)) ?? {};
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Whether a process on this machine is running. @param pid its supposed id, of any type */
export function isAlive(pid: unknown): boolean {
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    // It exists, but belongs to another user.
    return (e as NodeJS.ErrnoException).code === 'EPERM';
  }
}
