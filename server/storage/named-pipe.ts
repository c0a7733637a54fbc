/** What the user names on the command line and is not a regular file: `ask <(pdftotext a.pdf -)`. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { t } from '../l10n.js';
import { checkStats, FileFault, READ_FLAGS } from './open-file.js';

/** How long to wait for a program that writes to the pipe. Tests use a shorter time. */
export const pipeTiming = { writerMs: 10_000 };

/** Whether it is read by {@link readSpecial}: a pipe, a terminal or another device of characters. */
export async function isSpecial(file: string): Promise<boolean> {
  const stats = await stat(file);
  return stats.isFIFO() || stats.isCharacterDevice();
}

/** The bytes of a pipe or a device, until it ends: the caller limits them. @throws FileFault, and of the system */
export async function* readSpecial(file: string): AsyncGenerator<Buffer> {
  if (process.platform === 'win32' || !(await stat(file)).isFIFO()) {
    const handle = await open(file, 'r');
    yield* handle.createReadStream() as AsyncIterable<Buffer>;
    return;
  }
  const fd = openSync(file, READ_FLAGS);
  if (!fstatSync(fd).isFIFO()) {
    closeSync(fd);
    checkStats(await stat(file));
    throw new FileFault('pipe', t('it was replaced while it was opened'));
  }
  // The event loop waits for bytes: a thread that waits could not be ended.
  const stream = new Socket({ fd, readable: true, writable: false });
  const timer = setInterval(() => {
    if (hasWriter(fd, stream)) return;
    stream.destroy(new FileFault('pipe', t('it is a pipe that no program writes to')));
  }, pipeTiming.writerMs);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      clearInterval(timer);
      yield chunk;
    }
  } finally {
    clearInterval(timer);
    stream.destroy();
  }
}

/** A pipe without a writer is at its end; with one that is silent, reading would wait. */
function hasWriter(fd: number, stream: Socket): boolean {
  const byte = Buffer.alloc(1);
  try {
    if (readSync(fd, byte) === 0) return false;
    stream.unshift(byte);
    return true;
  } catch {
    return true;
  }
}
