/**
 * One document of many, from its reference to its text. Unreadable documents are skipped with a reason: one bad file
 * among thousands must not stop the run.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { AskBertError, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { DocumentRef, SkipReason } from '../protocol.js';
import { asUnreadable, decodeDocument, fileUriToPath, readBounded } from './decode.js';
import { BINARY_PROBE_BYTES, decodeGuessed } from './encoding.js';
import { MAX_DOCUMENT_BYTES } from './limits.js';

export interface LoadedDocument {
  text: string;
  /** Differs whenever the text does. */
  version: string;
  /** The detected encoding; missing: UTF-8 or UTF-16. */
  encoding?: string;
}
export interface SkippedDocument {
  reason: SkipReason;
  /** A sentence. */
  message: string;
}

/** Bytes of the document and its version, without reading it; a reason when it cannot be read. */
export async function surveyDocument(ref: DocumentRef): Promise<{ size: number; version: string } | SkippedDocument> {
  if (ref.text !== undefined) return { size: ref.text.length, version: versionOfText(ref.text) };
  try {
    const file = fileUriToPath(ref.uri);
    const found = await stat(file);
    if (!found.isFile()) return { reason: 'unreadable', message: t('{0} is not a regular file.', file) };
    if (found.size > MAX_DOCUMENT_BYTES) return tooLarge(file, found.size);
    return { size: found.size, version: versionOfFile(found) };
  } catch (error) {
    return { reason: 'unreadable', message: asUnreadable(error, ref.uri).message };
  }
}

/** @throws AskBertError Cancelled only */
export async function loadDocument(ref: DocumentRef, signal?: AbortSignal): Promise<LoadedDocument | SkippedDocument> {
  throwIfAborted(signal);
  if (ref.text !== undefined) return { text: ref.text, version: versionOfText(ref.text) };
  let file = ref.uri;
  try {
    file = fileUriToPath(ref.uri);
    // Before it is opened: opening a pipe waits for its other end.
    const before = await stat(file);
    if (!before.isFile()) return { reason: 'unreadable', message: t('{0} is not a regular file.', file) };
    if (before.size > MAX_DOCUMENT_BYTES) return tooLarge(file, before.size);
    const handle = await open(file, 'r');
    try {
      const { size } = before;
      const bytes = await readBounded(handle.createReadStream({ autoClose: false }), file, signal);
      // It may have grown since.
      if (bytes.length > MAX_DOCUMENT_BYTES) return tooLarge(file, Math.max(size, bytes.length));
      const decoded = decodeAny(bytes, file);
      return 'reason' in decoded ? decoded : { ...decoded, version: versionOfFile(before) };
    } finally {
      await handle.close().catch(() => {});
    }
  } catch (error) {
    if (error instanceof AskBertError && error.code === 'Cancelled') throw error;
    throwIfAborted(signal);
    return { reason: 'unreadable', message: asUnreadable(error, file).message };
  }
}

/**
 * UTF-8, UTF-16 by its mark, else what a detector takes it for.
 * @param name name of the source in messages
 */
export function decodeAny(bytes: Buffer, name: string): Omit<LoadedDocument, 'version'> | SkippedDocument {
  const marked = bytes.length >= 2 && (bytes.readUInt16BE(0) === 0xfffe || bytes.readUInt16BE(0) === 0xfeff);
  if (marked || isUtf8(bytes)) {
    try {
      return { text: decodeDocument(bytes, name) };
    } catch (error) {
      const binary = !marked && bytes.includes(0);
      return { reason: binary ? 'binary' : 'notText', message: (error as Error).message };
    }
  }
  if (bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) {
    return { reason: 'binary', message: t('{0} is not a text file.', name) };
  }
  return (
    decodeGuessed(bytes) ?? {
      reason: 'notText',
      message: t('{0} is not valid UTF-8, and its encoding is not clear.', name),
    }
  );
}

const versionOfFile = ({ mtimeMs, size }: { mtimeMs: number; size: number }) => `file:${mtimeMs}:${size}`;

const versionOfText = (text: string) => `text:${createHash('sha1').update(text).digest('base64')}`;

const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0);

const tooLarge = (file: string, size: number): SkippedDocument => ({
  reason: 'tooLarge',
  message: t(
    '{0} has {1} MB; at most {2} MB of a file are read when many are read.',
    file,
    megabytes(size),
    MAX_DOCUMENT_BYTES / 1024 / 1024,
  ),
});
