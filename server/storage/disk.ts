/** Disk access of a download: free space beforehand, and a full disk while writing. Tests replace it. */
import { open, statfs } from 'node:fs/promises';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

/** An open file to append to. */
export interface Sink {
  write(bytes: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

export interface Disk {
  /** Free bytes for this user in a folder; undefined: unknown. */
  free(folder: string): Promise<number | undefined>;
  /** Opens a file for appending. */
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
      // writeFile writes all of it, in several calls if needed.
      write: (bytes) => handle.writeFile(bytes),
      close: () => handle.close(),
    };
  },
};

/** Reserve, so that the disk is not filled completely. */
const RESERVE = 32 * 1024 * 1024;

/** @throws AskBertError InputUnreadable if `bytes` more do not fit */
export async function checkRoom(disk: Disk, folder: string, bytes: number): Promise<void> {
  const free = await disk.free(folder);
  if (free === undefined || bytes + RESERVE <= free) return;
  throw new AskBertError(
    'InputUnreadable',
    t('Not enough space in {0}: {1} free, {2} needed.', folder, sizeText(free), sizeText(bytes + RESERVE)),
    t('Free some space, or remove models that you do not use.'),
  );
}

/** A file system error as a sentence; anything else unchanged. */
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

/** For display: kB below one MB, GB from 1,000 MB. */
export function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  // What rounds to 1,000 MB is one GB.
  if (bytes >= 999.5e6) return `${(bytes / 1e9).toFixed(2)} GB`;
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}
