/** What a download does to the disk: room beforehand, and a full disk while writing. Tests put another one in its place. */
import { open, statfs } from 'node:fs/promises';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

/** An open file, at whose end is written. */
export interface Sink {
  write(bytes: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

export interface Disk {
  /** Bytes that this user may still write below a folder; undefined: nobody knows. */
  free(folder: string): Promise<number | undefined>;
  /** Opens a file to write at its end. */
  append(file: string): Promise<Sink>;
}

export const realDisk: Disk = {
  async free(folder) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  },
  async append(file) {
    const handle = await open(file, 'a');
    return {
      // writeFile writes all of it, however often that takes.
      write: (bytes) => handle.writeFile(bytes),
      close: () => handle.close(),
    };
  },
};

/** Left to others, so that the disk is not filled to its last byte. */
const reserve = 32 * 1024 * 1024;

/** @throws AskBertError InputUnreadable when `bytes` more do not fit */
export async function checkRoom(disk: Disk, folder: string, bytes: number): Promise<void> {
  const free = await disk.free(folder);
  if (free === undefined || bytes + reserve <= free) return;
  throw new AskBertError(
    'InputUnreadable',
    t('Not enough space in {0}: {1} free, {2} needed.', folder, sizeText(free), sizeText(bytes + reserve)),
    t('Free some space, or remove models that you do not use.'),
  );
}

/** A fault of the file system as a sentence; anything else as it is. */
export function diskFault(error: unknown, file: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof AskBertError || typeof code !== 'string' || !('syscall' in (error as object))) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new AskBertError(
    'InputUnreadable',
    full ? t('The disk is full: {0} cannot be written.', file) : t('{0} cannot be written: {1}.', file, message),
    full
      ? t('Free some space and download again: the part already downloaded is kept.')
      : t('Check the permissions and the space on the disk.'),
    { cause: error },
  );
}

/** For people: kB below one MB, else MB. */
export const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
