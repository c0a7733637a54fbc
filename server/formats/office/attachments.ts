/** The files that are attached to a mail, each by the reader of its format; text as text. */

import { AskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import { largest } from '../../text/arrays.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import { type Extracted, type ExtractOptions, type FormatReader, UnreadableFormat } from '../extracted.js';
import { addHtml } from '../html-blocks.js';
import { parseHtml } from '../html-tree.js';
import { marksOf } from '../signature.js';

/** Attachments of one mail, and mails in mails. */
export const MAX_ATTACHMENTS = 100;
export const MAX_NESTED = 4;
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
const TEXT = /\.(?:txt|text|md|csv|tsv|log|json|xml|ya?ml|ini|srt|ics|vcf)$/i;
const HTML = /\.x?html?$/i;

export interface Attachment {
  name: string;
  bytes: Uint8Array;
}

/**
 * Adds what can be read of an attachment; what cannot is noted.
 * @param readers all formats
 */
export async function addAttachment(
  builder: ExtractedBuilder,
  { name, bytes }: Attachment,
  readers: readonly FormatReader[],
  options: ExtractOptions,
): Promise<void> {
  throwIfAborted(options.signal);
  builder.place({ part: name });
  builder.block('paragraph', `${t('Attached file:')} ${name}`);
  try {
    const read = await readAttachment(name, bytes, readers, options);
    if (read) builder.append(read, name);
  } catch (error) {
    // The mail and its other attachments are read, whatever is wrong with this one.
    if (error instanceof AskBertError || !(error instanceof Error)) throw error;
    if (!(error instanceof UnreadableFormat) || error.reason !== 'empty')
      builder.note(t('The attachment “{0}” is not read: {1}', name, error.message));
  }
}

async function readAttachment(
  name: string,
  bytes: Uint8Array,
  readers: readonly FormatReader[],
  { signal }: ExtractOptions,
): Promise<Extracted | undefined> {
  const [head, entries] = marksOf(bytes);
  const reader = readers.find((one) => one.recognises(head, entries));
  if (reader) return reader.read(bytes, signal ? { signal } : {});
  if (bytes.length > MAX_TEXT_BYTES || !(TEXT.test(name) || HTML.test(name))) return undefined;
  const text = decodeText(bytes);
  const builder = new ExtractedBuilder();
  if (HTML.test(name)) addHtml(builder, parseHtml(text));
  else addPlainText(builder, text);
  return builder.isEmpty ? undefined : builder.build();
}

/** Which of two forms of a mail is read: plain text has lost which cell is in which column. */
export const prefersPlain = (plain: string, html: string): boolean => proseOf(plain) !== '' && !/<table\b/i.test(html);

/** UTF-8, UTF-16 with its mark, else the encoding given. */
export function decodeText(bytes: Uint8Array, otherwise = 'windows-1252'): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder(otherwise).decode(bytes);
  }
}

/** Paragraphs are separated by empty lines; a short line ends where it ends. */
export function addPlainText(builder: ExtractedBuilder, text: string): void {
  for (const paragraph of text.split(/(?:\r?\n[ \t\u00a0]*){2,}|\r{2,}/)) {
    const lines = paragraph.split(/\r?\n|\r/);
    const wide = largest(lines.map(({ length }) => length));
    let joined = '';
    for (const [index, line] of lines.entries()) {
      joined += joined === '' ? line : ` ${line.trim()}`;
      // A line that has room for the first word of the next one was ended by the writer.
      const next = /^\s*(\S*)/.exec(lines[index + 1] ?? '')![1];
      if (index < lines.length - 1 && line.length + 1 + next.length > Math.max(60, wide - 1) && wide < 120) continue;
      builder.block('paragraph', joined);
      joined = '';
    }
    builder.block('paragraph', joined);
  }
}
