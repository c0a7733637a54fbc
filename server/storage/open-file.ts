/**
 * The one way in which files are opened for reading. Opening never waits for the other end of a pipe, and only regular
 * files are read, up to a size that the caller states: anything else can block, or has no end.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';

/** Windows has neither of the last two. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** For a regular file, whose opening never waits for a reader or writer. */
const WAITING_FLAGS = READ_FLAGS & ~(constants.O_NONBLOCK ?? 0);

const CHUNK_BYTES = 1024 * 1024;
const FIRST_GROWTH_BYTES = 64 * 1024;

export type FaultKind = 'folder' | 'pipe' | 'device' | 'socket' | 'tooLarge';

/** Why something is not read. The message is a phrase about the file, which the caller names. */
export class FileFault extends Error {
  constructor(
    readonly kind: FaultKind,
    message: string,
    /** Of a file that is too large: the most bytes that are read. */
    readonly largest?: number,
  ) {
    super(message);
  }
}

export interface OpenedFile<T> {
  file: T;
  stats: Stats;
}

/**
 * @param largest bytes; a larger file is refused
 * @throws FileFault, and the errors of the system
 */
export async function openRegular(file: string, largest = Infinity): Promise<OpenedFile<FileHandle>> {
  const handle = await open(file, READ_FLAGS).catch(async (error) => {
    if (isLeased(error) && (await stat(file)).isFile()) return open(file, WAITING_FLAGS);
    throw openFault(error);
  });
  try {
    const stats = await handle.stat();
    checkStats(stats, largest);
    return { file: handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** As {@link openRegular}, with a file descriptor that the caller closes. */
export function openRegularSync(file: string, largest = Infinity): OpenedFile<number> {
  let fd: number;
  try {
    fd = openSync(file, READ_FLAGS);
  } catch (error) {
    if (!isLeased(error) || !statSync(file).isFile()) throw openFault(error);
    fd = openSync(file, WAITING_FLAGS);
  }
  try {
    const stats = fstatSync(fd);
    checkStats(stats, largest);
    return { file: fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * All bytes of a regular file.
 * @param largest bytes; a larger file is refused, also one that grows beyond it while it is read
 * @throws FileFault, the errors of the system, AskBertError Cancelled
 */
export async function readRegular(file: string, largest: number, signal?: AbortSignal): Promise<Buffer> {
  const { file: handle, stats } = await openRegular(file, largest);
  try {
    return await readOpened(handle, stats.size, largest, signal);
  } finally {
    await handle.close();
  }
}

/** The same of a file that is open. @param size what the system says: 0 for files of /proc */
export async function readOpened(
  handle: FileHandle,
  size: number,
  largest: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const filling = new Filling(size, largest);
  for (;;) {
    throwIfAborted(signal);
    const free = filling.free();
    const { bytesRead } = await handle.read(filling.buffer, filling.length, free, null);
    if (bytesRead === 0) return filling.bytes;
    filling.length += bytesRead;
  }
}

/** As {@link readRegular}, for code that cannot wait. */
export function readRegularSync(file: string, largest: number): Buffer {
  const { file: fd, stats } = openRegularSync(file, largest);
  try {
    const filling = new Filling(stats.size, largest);
    for (;;) {
      const free = filling.free();
      const n = readSync(fd, filling.buffer, filling.length, free, null);
      if (n === 0) return filling.bytes;
      filling.length += n;
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * The value in a JSON file, which the caller checks.
 * @throws SyntaxError, FileFault, and the errors of the system
 */
export const readJson = async (file: string, largest: number): Promise<unknown> =>
  JSON.parse((await readRegular(file, largest)).toString('utf8'));

/** As {@link readJson}, for code that cannot wait. */
export const readJsonSync = (file: string, largest: number): unknown =>
  JSON.parse(readRegularSync(file, largest).toString('utf8'));

/** @throws FileFault unless it is a regular file of at most `largest` bytes */
export function checkStats(stats: Stats, largest = Infinity): void {
  const kind = kindOf(stats);
  if (kind) throw notRegular(kind);
  if (stats.size > largest) throw tooLarge(largest, stats.size);
}

function kindOf(stats: Stats): Exclude<FaultKind, 'tooLarge'> | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'folder';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
}

/** In words: "a pipe". */
export function kindText(kind: Exclude<FaultKind, 'tooLarge'>): string {
  const words = { folder: t('a folder'), pipe: t('a pipe'), device: t('a device'), socket: t('a socket') };
  return words[kind];
}

const notRegular = (kind: Exclude<FaultKind, 'tooLarge'>) =>
  new FileFault(kind, t('it is {0}, not a regular file', kindText(kind)));

/** @param size bytes; missing: it has more than `largest`, how many is not known */
export const tooLarge = (largest: number, size?: number): FileFault =>
  new FileFault(
    'tooLarge',
    size === undefined
      ? t('it has more than {0} bytes, the most that are read', largest)
      : t('it has {0} bytes, at most {1} are read', size, largest),
    largest,
  );

/** Linux says so if another program, a file server for one, has a lease on the file, which it gives up on demand. */
const isLeased = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';

/** Sockets cannot be opened: Linux says ENXIO, macOS EOPNOTSUPP. */
function openFault(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENXIO' || code === 'EOPNOTSUPP' ? notRegular('socket') : error;
}

/** A buffer for a file whose size is only expected. */
class Filling {
  buffer: Buffer;
  length = 0;
  readonly #largest: number;

  constructor(size: number, largest: number) {
    this.#largest = largest;
    // One more: the file that fills it has grown.
    this.buffer = Buffer.allocUnsafe(Math.min(size, largest) + 1);
  }

  /** Bytes for the next read, at least 1; may replace the buffer. @throws FileFault */
  free(): number {
    if (this.length > this.#largest) throw tooLarge(this.#largest);
    if (this.length === this.buffer.length) {
      const size = Math.min(Math.max(2 * this.length, FIRST_GROWTH_BYTES), this.#largest + 1);
      const larger = Buffer.allocUnsafe(size);
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    return Math.min(CHUNK_BYTES, this.buffer.length - this.length);
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}
