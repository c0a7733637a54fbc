/**
 * The bytes of files, and decoding them to text, as the sidecar (file URIs) and the CLI (files, standard input) do it.
 * Offsets everywhere count UTF-16 units of the decoded text; a byte order mark is not part of it, as in editors.
 */
import { isUtf8 } from 'node:buffer';
import { fileURLToPath } from 'node:url';
import { AskBertError, asAskBertError, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import { isSpecial, readSpecial } from '../storage/named-pipe.js';
import { FileFault, readRegular, tooLarge } from '../storage/open-file.js';
import { decodeGuessed } from './encoding.js';

/** Largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

const CHUNK_BYTES = 1024 * 1024;

/**
 * Path of a `file:` URI.
 * @throws AskBertError BadRequest: not a URI, another scheme, another host
 */
export function fileUriToPath(uri: string): string {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new AskBertError(
      'BadRequest',
      t('{0}: found {1}, expected {2}.', 'uri', JSON.stringify(uri), t('an absolute file: URI')),
    );
  }
  if (url.protocol !== 'file:') {
    throw new AskBertError(
      'BadRequest',
      t('uri: found the scheme {0}, expected file: .', JSON.stringify(url.protocol)),
      t('Send the content as text instead.'),
    );
  }
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new AskBertError(
      'BadRequest',
      t('uri: {0} is not the address of a local file ({1}).', JSON.stringify(uri), (error as Error).message),
    );
  }
}

/**
 * The bytes of a file that the user names on a command line: also of a pipe or a device, which are read like standard
 * input.
 * @throws FileFault, the errors of the system, AskBertError Cancelled
 */
export async function readNamed(file: string, largest: number, signal?: AbortSignal): Promise<Buffer> {
  if (!(await isSpecial(file))) return readRegular(file, largest, signal);
  return readBounded(readSpecial(file), largest, signal);
}

/** All bytes of a stream. @throws FileFault when there are more than `largest`, AskBertError Cancelled */
export async function readBounded(
  stream: AsyncIterable<Uint8Array>,
  largest: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    throwIfAborted(signal);
    bytes += chunk.length;
    if (bytes > largest) throw tooLarge(largest);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** Whether a text begins with the byte order mark of UTF-16. */
export const hasUtf16Mark = (bytes: Buffer): boolean =>
  bytes.length >= 2 && (bytes.readUInt16BE(0) === 0xfffe || bytes.readUInt16BE(0) === 0xfeff);

/** As {@link decodeDocument}, and other encodings by detection. @throws AskBertError InputUnreadable */
export function decodeText(bytes: Buffer, name: string): { text: string; encoding?: string } {
  const marked = hasUtf16Mark(bytes);
  return (marked ? undefined : decodeGuessed(bytes)) ?? { text: decodeDocument(bytes, name) };
}

/** A sentence for the user. */
export const guessedText = (name: string, encoding: string): string =>
  t('{0} is not in UTF-8; it was read as {1}.', name, encoding);

/**
 * Text of bytes in UTF-8, or in UTF-16 when they begin with its byte order mark.
 * @param name name of the source in error messages
 * @throws AskBertError InputUnreadable: binary content, invalid UTF-8 (with the byte's offset), half a UTF-16 unit
 */
export function decodeDocument(bytes: Uint8Array, name: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = buffer[0] === 0xff && buffer[1] === 0xfe;
  const bigEndian = buffer[0] === 0xfe && buffer[1] === 0xff;
  if (littleEndian && buffer.length >= 4 && buffer[2] === 0 && buffer[3] === 0) {
    throw unreadable(t('{0} is in UTF-32, expected UTF-8 or UTF-16.', name), saveAsUtf8());
  }
  if (littleEndian || bigEndian) {
    if (buffer.length % 2 !== 0) {
      throw unreadable(
        t('{0} begins with the mark of UTF-16 but has an odd number of bytes ({1}).', name, buffer.length),
        saveAsUtf8(),
      );
    }
    const units = buffer.subarray(2);
    return (bigEndian ? Buffer.from(units).swap16() : units).toString('utf16le');
  }
  const nul = buffer.indexOf(0);
  if (nul >= 0) {
    throw unreadable(
      t('{0} is not a text file: it has a zero byte at offset {1}.', name, nul),
      t('Ask about a text file in UTF-8 or UTF-16.'),
    );
  }
  if (!isUtf8(buffer)) {
    throw unreadable(
      t('{0} is not valid UTF-8: wrong byte at offset {1}.', name, firstInvalidUtf8(buffer)),
      saveAsUtf8(),
    );
  }
  const marked = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  return (marked ? buffer.subarray(3) : buffer).toString('utf8');
}

/** Offset of the first byte of the first sequence that is not UTF-8; -1 if there is none. */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  // Valid chunks are skipped quickly; the offset is searched in the first invalid one.
  let i = 0;
  while (i < bytes.length) {
    let end = Math.min(i + CHUNK_BYTES, bytes.length);
    while (end < bytes.length && end > i + 1 && (bytes[end] & 0xc0) === 0x80) end--;
    if (!isUtf8(bytes.subarray(i, end))) break;
    i = end;
  }
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length === 0) return i;
    i += length;
  }
  return -1;
}

/** Bytes of the well-formed UTF-8 sequence at `i`; 0 when there is none (Unicode, table 3-7). */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i];
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (i + length > bytes.length) return 0;
  // The second byte has a narrower range after some leads: no overlong forms, no surrogates, nothing above U+10FFFF.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (bytes[i + 1] < low || bytes[i + 1] > high) return 0;
  for (let k = 2; k < length; k++) if ((bytes[i + k] & 0xc0) !== 0x80) return 0;
  return length;
}

const unreadable = (message: string, remedy?: string) => new AskBertError('InputUnreadable', message, remedy);

const saveAsUtf8 = () => t('Save the file as UTF-8.');

function faultText({ kind, message, largest = MAX_FILE_BYTES }: FileFault, name: string): AskBertError {
  if (kind === 'tooLarge') {
    return unreadable(
      largest < 1024 * 1024
        ? t('{0} is larger than {1} bytes, the limit for such a file.', name, largest)
        : t('{0} is larger than {1} MB, the limit for a file.', name, largest / 1024 / 1024),
      largest < MAX_FILE_BYTES ? undefined : t('Split it, or ask about a part of it.'),
    );
  }
  if (kind === 'folder') return unreadable(t('{0} is a folder, expected a file.', name));
  return unreadable(t('{0} cannot be read: {1}', name, `${message}.`), t('Name a regular file.'));
}

/** A failure of the file system as a sentence that names the file. */
export function asUnreadable(error: unknown, name: string): AskBertError {
  // Our own errors pass through; lack of memory is not the file's fault.
  if (error instanceof FileFault) return faultText(error, name);
  const ours = asAskBertError(error);
  if (ours === error || ours.code === 'OutOfMemory') return ours;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return unreadable(t('{0}: there is no such file.', name));
  if (code === 'EACCES' || code === 'EPERM') return unreadable(t('{0}: no permission to read it.', name));
  if (code === 'EISDIR') return unreadable(t('{0} is a folder, expected a file.', name));
  return unreadable(t('{0} cannot be read: {1}', name, message ?? String(error)));
}
