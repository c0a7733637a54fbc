/**
 * Records of checks in the cache: a marker for each check in progress, so that the next process notices a crash, and
 * the engines that were refused permanently. Plain files that may be removed at any time.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { shortHash } from '../storage/hash.js';
import { keepFile } from '../storage/keep.js';
import { isAlive } from '../storage/lock.js';
import { readJsonSync } from '../storage/open-file.js';

const refusedName = 'refused.json';
const markerPattern = /^checking-[0-9a-f]{32}-[0-9a-f-]{36}\.json$/;
/** Files of this module; `ask-bert engines clear` removes them. */
export const isLedgerFile = (name: string): boolean => name === refusedName || markerPattern.test(name);

/** A check started longer ago has ended, even if its process id is in use again. */
const LONGEST_CHECK_MS = 10 * 60_000;
/** How long a refusal holds: drivers and libraries are replaced without a new version number. */
const REFUSAL_MS = 14 * 24 * 3600_000;
const KEPT_REFUSALS = 32;
const MAX_FILE_BYTES = 1 << 20;

interface Refusal {
  /** Message for the user. */
  reason: string;
  /** The library crashed a process: its other engines are tried in a separate process first. */
  crashed: boolean;
  /** Key of the library on this processor. */
  library: string;
  /** Milliseconds since 1970. */
  time: number;
}

/** Key of what a refusal depends on. */
export const ledgerKey = (...parts: readonly unknown[]): string => shortHash(parts);

export class Ledger {
  readonly #now: () => number;
  constructor(
    readonly folder: string,
    now: () => number = Date.now,
  ) {
    this.#now = now;
  }

  /** Why this engine was refused before; undefined: it was not, or too long ago. */
  refusal(key: string): string | undefined {
    return this.#refusals()[key]?.reason;
  }

  /** Whether an engine of this library has crashed a process. */
  hasCrashed(library: string): boolean {
    return Object.values(this.#refusals()).some((each) => each.crashed && each.library === library);
  }

  refuse(key: string, refusal: Omit<Refusal, 'time'>): void {
    const { [key]: _, ...others } = this.#refusals();
    const kept = Object.entries(others).slice(1 - KEPT_REFUSALS);
    const all = Object.fromEntries([...kept, [key, { ...refusal, time: this.#now() }]]);
    keepFile(path.join(this.folder, refusedName), JSON.stringify(all, undefined, 2));
  }

  /** Marks the start of a check, before any native code runs; the returned function marks its end. */
  begin(key: string): () => void {
    const file = path.join(this.folder, `checking-${key}-${randomUUID()}.json`);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname(), time: this.#now() }));
    } catch {
      return () => {};
    }
    return () => rmSync(file, { force: true });
  }

  /** Markers of processes that ended during a check of this engine: they crashed or were killed. */
  abandoned(key: string): string[] {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch {
      return [];
    }
    return names
      .filter((name) => markerPattern.test(name) && name.startsWith(`checking-${key}-`))
      .map((name) => path.join(this.folder, name))
      .filter((file) => this.#isAbandoned(file));
  }

  forget(markers: readonly string[]): void {
    for (const file of markers) rmSync(file, { force: true });
  }

  #isAbandoned(file: string): boolean {
    try {
      if (Math.abs(this.#now() - statSync(file).mtimeMs) > LONGEST_CHECK_MS) return true;
      const { pid, host } = readJsonSync(file, MAX_FILE_BYTES) as { pid?: unknown; host?: unknown };
      return host === hostname() && !isAlive(pid);
    } catch (e) {
      // Just removed by its process; or empty because the process ended while writing.
      return (e as NodeJS.ErrnoException).code !== 'ENOENT';
    }
  }

  #refusals(): Record<string, Refusal> {
    try {
      const value = readJsonSync(path.join(this.folder, refusedName), MAX_FILE_BYTES);
      const entries = Object.entries(value as object).filter(([, each]) => this.#holds(each));
      return Object.fromEntries(entries);
    } catch {
      return {};
    }
  }

  #holds(value: unknown): value is Refusal {
    const { reason, crashed, library, time } = (value ?? {}) as Partial<Refusal>;
    return (
      typeof reason === 'string' &&
      typeof crashed === 'boolean' &&
      typeof library === 'string' &&
      typeof time === 'number' &&
      Math.abs(this.#now() - time) < REFUSAL_MS
    );
  }
}
