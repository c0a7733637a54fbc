/** Replaces a file: writes beside it, then moves the whole into place. Until then the old file is as it was. */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';

/** Ending of the name of a file that is being written. */
export const PART_ENDING = '.ask-bert-part';

/** Bits of a file's mode that `chmod` takes. */
const MODE_BITS = 0o7777;

export class FileReplacement {
  readonly #handle: FileHandle;
  #open = true;

  private constructor(
    readonly target: string,
    readonly part: string,
    handle: FileHandle,
  ) {
    this.#handle = handle;
  }

  /** Only one process at a time may replace a file: what another one left is removed. @throws of the system */
  static async create(target: string): Promise<FileReplacement> {
    const part = `${target}${PART_ENDING}`;
    await rm(part, { force: true });
    const old = await stat(target).catch(() => undefined);
    // Fails for anything that is there again, also for a link. Nobody may read more of it than of the old one.
    return new FileReplacement(target, part, await open(part, 'wx', old && old.mode & MODE_BITS));
  }

  /** Appends. @throws of the system */
  async write(text: string): Promise<void> {
    await this.#handle.writeFile(text);
  }

  /** The new file, with the rights of the old one, in its place. @throws of the system; the old file is as it was */
  async place(): Promise<void> {
    await this.#handle.sync();
    const old = await stat(this.target).catch(() => undefined);
    if (old) await this.#handle.chmod(old.mode & MODE_BITS).catch(() => {});
    await this.#close();
    await rename(this.part, this.target);
  }

  /** Removes what was written, unless it is in place. */
  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    await rm(this.part, { force: true }).catch(() => {});
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

/** Changes whenever a file is replaced or written to; undefined: there is none. @throws of the system */
export async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(file);
    return `${dev}:${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
