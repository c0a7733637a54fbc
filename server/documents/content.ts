/** What a file or a stream says, in whatever format it is. */
import { AskBertError, throwIfAborted } from '../errors.js';
import type { ExtractOptions } from '../formats/extracted.js';
import { signatureOf } from '../formats/signature.js';
import { t } from '../l10n.js';
import { readRegular } from '../storage/open-file.js';
import { asUnreadable, decodeText, guessedText, MAX_FILE_BYTES, readBounded, readNamed } from './decode.js';
import { type DocumentContent, extractDocument } from './extraction.js';

export interface ReadOptions extends Pick<ExtractOptions, 'signal' | 'password' | 'pages' | 'onProgress' | 'parts'> {
  /** Called with a sentence: a text in another encoding than UTF-8 and UTF-16, something that could not be read. */
  onNote?: (message: string) => void;
}

/**
 * Reads one file: a document in a binary format by its reader, a text in UTF-8, in UTF-16 by its byte order mark,
 * otherwise by detection.
 * @param file path, also used in messages
 * @param options.special also read files that are not regular (a pipe, a terminal), for command lines
 * @throws AskBertError InputUnreadable, PasswordNeeded, OutOfMemory, Cancelled
 */
export async function readContent(
  file: string,
  options: ReadOptions & { special?: boolean } = {},
): Promise<DocumentContent> {
  throwIfAborted(options.signal);
  try {
    const read = options.special ? readNamed : readRegular;
    return await contentOf(await read(file, MAX_FILE_BYTES, options.signal), file, options);
  } catch (error) {
    throw asUnreadable(error, file);
  }
}

/**
 * Reads a stream to its end.
 * @param name name in messages, e.g. "standard input"
 * @throws AskBertError InputUnreadable, PasswordNeeded, OutOfMemory, Cancelled
 */
export async function readStreamContent(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  options: ReadOptions = {},
): Promise<DocumentContent> {
  try {
    return await contentOf(await readBounded(stream, MAX_FILE_BYTES, options.signal), name, options);
  } catch (error) {
    throw asUnreadable(error, name);
  }
}

async function contentOf(bytes: Buffer, name: string, { onNote, ...options }: ReadOptions): Promise<DocumentContent> {
  const extracted = await extractDocument(bytes, name, options);
  if (extracted) {
    for (const note of extracted.notes ?? []) onNote?.(note);
    return extracted;
  }
  if (signatureOf(bytes)) throw unknownFormat(name);
  const decoded = decodeText(bytes, name);
  if (decoded.encoding !== undefined) onNote?.(guessedText(name, decoded.encoding));
  return decoded;
}

/** An archive, or a format that no reader knows. */
const unknownFormat = (name: string): AskBertError =>
  new AskBertError(
    'InputUnreadable',
    t('{0} is not a text file, nor a document in a format that can be read.', name),
    t('Ask about a text, a PDF, an Office file or a book (EPUB).'),
  );
