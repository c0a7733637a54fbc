/** Reads files at an offset. */
import { readSync } from 'node:fs';

/** Maximum number of bytes per call: system calls transfer at most 2 GiB. */
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
