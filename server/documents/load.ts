/**
 * One document of many, from its reference to its text. Unreadable documents are skipped with a reason: one bad file
 * among thousands must not stop the run.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type FileHandle, stat } from 'node:fs/promises';
import { AskBertError, throwIfAborted } from '../errors.js';
import type { Extracted } from '../formats/extracted.js';
import { HEAD_BYTES, signatureOf } from '../formats/signature.js';
import { t } from '../l10n.js';
import type { DocumentRef, SkipReason } from '../protocol.js';
import { checkStats, FileFault, openRegular, readOpened } from '../storage/open-file.js';
import { asUnreadable, decodeDocument, fileUriToPath, hasUtf16Mark } from './decode.js';
import { BINARY_PROBE_BYTES, decodeGuessed } from './encoding.js';
import { type DocumentContent, extractDocument, UnreadableDocument } from './extraction.js';
import { MAX_BINARY_BYTES, MAX_DOCUMENT_BYTES } from './limits.js';

export interface LoadedDocument extends DocumentContent {
  /** Differs whenever the text does. */
  version: string;
}
/** What is to be read; its text may be known, also one that was extracted. */
export interface KnownDocument extends DocumentRef {
  extracted?: Extracted | undefined;
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
    const limit = await largestOf(file, found.size);
    if (found.size > limit) return tooLarge(file, found.size, limit);
    return { size: found.size, version: versionOfFile(found) };
  } catch (error) {
    return { reason: 'unreadable', message: asUnreadable(error, ref.uri).message };
  }
}

/** @throws AskBertError Cancelled only */
export async function loadDocument(
  ref: KnownDocument,
  signal?: AbortSignal,
): Promise<LoadedDocument | SkippedDocument> {
  throwIfAborted(signal);
  if (ref.text !== undefined) {
    const { text, extracted } = ref;
    return { text, version: versionOfText(text), ...(extracted ? { extracted } : {}) };
  }
  let file = ref.uri;
  try {
    file = fileUriToPath(ref.uri);
    const { file: handle, stats } = await openRegular(file);
    try {
      const limit = await limitOf(handle, stats.size);
      if (stats.size > limit) return tooLarge(file, stats.size, limit);
      const bytes = await readOpened(handle, stats.size, limit, signal);
      const decoded = (await extractDocument(bytes, file, signal ? { signal } : {})) ?? decodeAny(bytes, file);
      return 'reason' in decoded ? decoded : { ...decoded, version: versionOfFile(stats) };
    } finally {
      await handle.close().catch(() => {});
    }
  } catch (error) {
    // It has grown while it was read.
    if (error instanceof FileFault && error.largest !== undefined) {
      return tooLarge(file, error.largest + 1, error.largest);
    }
    if (error instanceof UnreadableDocument) return { reason: error.reason, message: error.line };
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
  const marked = hasUtf16Mark(bytes);
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

/** Files in binary formats have images in them: more of their bytes are read. @param size in bytes */
export async function largestOf(file: string, size: number): Promise<number> {
  if (size <= MAX_DOCUMENT_BYTES) return MAX_DOCUMENT_BYTES;
  const { file: handle } = await openRegular(file);
  try {
    return await limitOf(handle, size);
  } finally {
    await handle.close().catch(() => {});
  }
}

async function limitOf(file: FileHandle, size: number): Promise<number> {
  if (size <= MAX_DOCUMENT_BYTES) return MAX_DOCUMENT_BYTES;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return signatureOf(buffer.subarray(0, bytesRead)) ? MAX_BINARY_BYTES : MAX_DOCUMENT_BYTES;
}

const versionOfFile = ({ mtimeMs, size }: { mtimeMs: number; size: number }) => `file:${mtimeMs}:${size}`;

const versionOfText = (text: string) => `text:${createHash('sha1').update(text).digest('base64')}`;

/** Rounded up: a file that is larger than the limit has more than the limit. */
const megabytes = (bytes: number) => Math.ceil((10 * bytes) / 1024 / 1024) / 10;

const tooLarge = (file: string, size: number, limit = MAX_DOCUMENT_BYTES): SkippedDocument => ({
  reason: 'tooLarge',
  message: t(
    '{0} has {1} MB; at most {2} MB of a file are read when many are read.',
    file,
    megabytes(size),
    limit / 1024 / 1024,
  ),
});
