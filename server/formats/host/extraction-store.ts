/**
 * Extractions on disk, by the content of their files: a file that was read once is not read again. The folder is
 * private to the user; the files used last are kept, up to a limit.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { foreignBy } from '../../storage/foreign.js';
import { readRegular } from '../../storage/open-file.js';
import type { Reading } from '../child/messages.js';

const NAME = /^[0-9a-f]{64}\.extracted(\.[0-9a-f-]{36})?$/;
const DIGEST_BYTES = 32;

export interface StoreLimits {
  /** Bytes of all files, and of one. */
  total: number;
  largest: number;
}
export const storeLimits: StoreLimits = { total: 256 * 1024 * 1024, largest: 64 * 1024 * 1024 };

export class ExtractionStore {
  readonly #limits: StoreLimits;

  /** @param folder need not exist */
  constructor(
    readonly folder: string,
    limits = storeLimits,
  ) {
    this.#limits = limits;
  }

  /** What was made of the file with this key; undefined: nothing, or it is damaged. */
  async get(key: string): Promise<Reading | undefined> {
    const file = this.#file(key);
    try {
      if (foreignBy(await stat(this.folder))) return undefined;
      const bytes = await readRegular(file, this.#limits.largest);
      const body = bytes.subarray(DIGEST_BYTES);
      if (!digestOf(body).equals(bytes.subarray(0, DIGEST_BYTES))) return undefined;
      const now = new Date();
      await utimes(file, now, now).catch(() => {});
      return deserialize(body) as Reading;
    } catch {
      return undefined;
    }
  }

  /** Keeps it, if there is room. Never throws. */
  async set(key: string, reading: Reading): Promise<void> {
    const body = serialize(reading);
    if (body.length + DIGEST_BYTES > this.#limits.largest) return;
    const file = this.#file(key);
    const temporary = `${file}.${randomUUID()}`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      if (foreignBy(await stat(this.folder))) return;
      await writeFile(temporary, Buffer.concat([digestOf(body), body]), { mode: 0o600, flag: 'wx' });
      await rename(temporary, file);
      await this.#trim();
    } catch {
      // Full, or read only: the file is read again next time.
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  /** Removes everything. @returns files that were removed */
  async clear(): Promise<number> {
    return this.#remove((await this.#files()).map(({ file }) => file));
  }

  /** Removes the files used least recently, above the limit. */
  async #trim(): Promise<void> {
    const files = (await this.#files()).sort((a, b) => b.used - a.used);
    const surplus: string[] = [];
    let sum = 0;
    for (const { file, bytes } of files) {
      sum += bytes;
      if (sum > this.#limits.total) surplus.push(file);
    }
    await this.#remove(surplus);
  }

  async #files(): Promise<{ file: string; bytes: number; used: number }[]> {
    const names = await readdir(this.folder).catch(() => []);
    const found = await Promise.all(
      names
        .filter((name) => NAME.test(name))
        .map(async (name) => {
          const file = path.join(this.folder, name);
          const stats = await stat(file).catch(() => undefined);
          return stats?.isFile() ? [{ file, bytes: stats.size, used: stats.mtimeMs }] : [];
        }),
    );
    return found.flat();
  }

  async #remove(files: readonly string[]): Promise<number> {
    const removed = await Promise.all(
      files.map((file) =>
        rm(file).then(
          () => 1,
          () => 0,
        ),
      ),
    );
    return removed.reduce<number>((sum, each) => sum + each, 0);
  }

  #file(key: string): string {
    return path.join(this.folder, `${key}.extracted`);
  }
}

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
