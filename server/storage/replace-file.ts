/** Replaces a file: writes beside it, then moves the whole into place. Until then the old file is as it was. */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';

/** Ending of the name of a file that is being written. */
export const PART_ENDING = '.ask-bert-part';

/** How long to wait between two attempts to rename, about 5 s in all. Tests use shorter times. */
export const replaceTiming = { retryMs: [100, 200, 400, 800, 1500, 2000] };

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

  /**
   * Only one process at a time may replace a file: what another one left is removed.
   * @throws of the system, also if the old file cannot be written to: {@link place} would fail after all the work
   */
  static async create(target: string): Promise<FileReplacement> {
    const part = `${target}${PART_ENDING}`;
    const old = await stat(target).catch(() => undefined);
    if (old?.isFile()) await (await open(target, 'r+')).close();
    await rm(part, { force: true });
    // Fails for anything that is there again, also for a link. Nobody may read more of it than of the old one.
    return new FileReplacement(target, part, await open(part, 'wx', old && old.mode & MODE_BITS));
  }

  /** Appends. @throws of the system */
  async write(text: string): Promise<void> {
    await this.#handle.writeFile(text);
  }

  /**
   * The new file, with the rights of the old one, in its place. On Windows, virus scanners and search indexers hold
   * files for a moment: a rename that is denied is tried again.
   * @throws of the system; the old file is as it was
   */
  async place(): Promise<void> {
    await this.#handle.sync();
    const old = await stat(this.target).catch(() => undefined);
    if (old) await this.#handle.chmod(old.mode & MODE_BITS).catch(() => {});
    await this.#close();
    const waits = replaceTiming.retryMs.values();
    for (;;) {
      try {
        return await rename(this.part, this.target);
      } catch (error) {
        const wait = waits.next();
        if (!isDenied(error) || wait.done) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait.value));
      }
    }
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

/** What the system says of a file that another program has open, or that must not be written to. */
export const isDenied = (error: unknown): boolean =>
  /^(EPERM|EACCES|EBUSY)$/.test((error as NodeJS.ErrnoException).code ?? '');

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
