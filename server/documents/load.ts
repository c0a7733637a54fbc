/**
 * One document of many, from its reference to its text. Unreadable documents are skipped with a reason: one bad file
 * among thousands must not stop the run.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { AskBertError, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { DocumentRef, SkipReason } from '../protocol.js';
import { checkStats, FileFault, openRegular, readOpened } from '../storage/open-file.js';
import { asUnreadable, decodeDocument, fileUriToPath } from './decode.js';
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
    checkStats(found);
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
    const { file: handle, stats } = await openRegular(file);
    try {
      if (stats.size > MAX_DOCUMENT_BYTES) return tooLarge(file, stats.size);
      const bytes = await readOpened(handle, stats.size, MAX_DOCUMENT_BYTES, signal);
      const decoded = decodeAny(bytes, file);
      return 'reason' in decoded ? decoded : { ...decoded, version: versionOfFile(stats) };
    } finally {
      await handle.close().catch(() => {});
    }
  } catch (error) {
    // It has grown while it was read.
    if (error instanceof FileFault && error.kind === 'tooLarge') return tooLarge(file, MAX_DOCUMENT_BYTES + 1);
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
