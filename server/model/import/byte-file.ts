/** A file read at offsets from the file itself: each is checked against the file's length first. */
import { closeSync } from 'node:fs';
import { outOfMemory } from '../../errors.js';
import { t } from '../../l10n.js';
import { openRegularSync } from '../../storage/open-file.js';
import { readFully } from '../read-fully.js';
import { invalid } from './fault.js';

export class ByteFile {
  /** Length in bytes when it was opened. */
  readonly size: number;
  #fd: number | undefined;

  /** @throws AskBertError ModelInvalid when there is no such file, or it is not a regular one */
  constructor(readonly path: string) {
    try {
      const { file, stats } = openRegularSync(path);
      this.#fd = file;
      this.size = stats.size;
    } catch (e) {
      throw invalid(path, t('cannot be opened: {0}', (e as Error).message), undefined, e);
    }
  }

  /**
   * `length` bytes from `position`, in their own buffer.
   * @param what what is read, for messages
   * @throws AskBertError ModelInvalid when they are not all in the file, OutOfMemory
   */
  read(position: number, length: number, what: string): Uint8Array<ArrayBuffer> {
    this.check(position, length, what);
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(length);
    } catch (e) {
      throw outOfMemory(this.path, what, length, e);
    }
    this.#fill(bytes, position, what);
    return bytes;
  }

  /** The same bytes in pieces of at most a MiB; each piece is overwritten by the next. */
  *pieces(position: number, length: number, what: string): Generator<Uint8Array<ArrayBuffer>> {
    this.check(position, length, what);
    const buffer = new Uint8Array(Math.min(length, 1 << 20));
    for (let done = 0; done < length; ) {
      const piece = buffer.subarray(0, Math.min(buffer.length, length - done));
      this.#fill(piece, position + done, what);
      yield piece;
      done += piece.length;
    }
  }

  /** @throws AskBertError ModelInvalid unless the range is in the file */
  check(position: number, length: number, what: string): void {
    const numbers = Number.isSafeInteger(position) && Number.isSafeInteger(length) && position >= 0 && length >= 0;
    if (numbers && length <= this.size - position) return;
    throw invalid(
      this.path,
      t('has {0} bytes, but {1} should be the {2} bytes from byte {3} on', this.size, what, length, position),
    );
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #fill(bytes: Uint8Array, position: number, what: string): void {
    if (this.#fd === undefined) throw new Error(`${this.path} is closed`);
    // The file has been truncated since it was opened.
    if (!readFully(this.#fd, bytes, position)) throw invalid(this.path, t('ends in the middle of {0}', what));
  }
}
