/** Reading files at a place. */
import { readSync } from 'node:fs';

/** Bytes that one call reads at most: the system's calls move no more than 2 GiB. */
const MAX_READ = 1 << 30;

/** Fills `into` with the bytes of an open file from `position` on. @returns false: the file ends before */
export function readFully(fd: number, into: Uint8Array, position: number): boolean {
  for (let done = 0; done < into.length; ) {
    const n = readSync(fd, into, done, Math.min(into.length - done, MAX_READ), position + done);
    if (n === 0) return false;
    done += n;
  }
  return true;
}
