/**
 * Mails (EML, RFC 5322 and MIME) with documents attached: the header fields that a reader sees, the body, the
 * attachments, as of an Outlook message. A mail of text alone is a text file, which is read through its own view.
 */
import { t } from '../../l10n.js';
import { isField, type MimePart, readMime } from '../../views/records/mime.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import { type ExtractOptions, type FormatReader, UnreadableFormat } from '../extracted.js';
import { addHtml } from '../html-blocks.js';
import { parseHtml } from '../html-tree.js';
import { isMail } from '../signature.js';
import { addAttachment, addPlainText, decodeText, MAX_ATTACHMENTS, MAX_NESTED, prefersPlain } from './attachments.js';

const MAX_NAME = 200;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const SHOWN = ['from', 'to', 'cc', 'date', 'subject'];
const ENCODED_WORD =
  /=\?([^\s?=]{1,60})\?([BbQq])\?([^?\r\n]{0,2000})\?=(?:[ \t\r\n]+(?==\?[^\s?=]{1,60}\?[BbQq]\?))?/g;

/**
 * @param readers of attachments, asked for when a mail has some
 * @param depth mails that this one is attached to, as files
 */
export const emlReader = (readers: () => readonly FormatReader[], depth = 0): FormatReader => ({
  name: 'mail',
  extensions: ['eml', 'mht', 'mhtml'],
  recognises: (head) => isMail(head),
  nested: (more) => emlReader(readers, more),
  async read(bytes, options) {
    if (depth > MAX_NESTED) throw new UnreadableFormat('tooDeep', t('messages are nested too deeply'));
    const mail = new Mail(
      bytes,
      readers().map((each) => each.nested?.(depth + 1) ?? each),
      options,
    );
    const builder = new ExtractedBuilder();
    await mail.add(builder);
    options.onProgress?.(1, 1);
    return builder.build();
  },
});

class Mail {
  /** A byte a character: what each part is encoded in is said in it. */
  readonly #text: string;
  readonly #readers: readonly FormatReader[];
  readonly #options: ExtractOptions;
  #attachments = 0;

  constructor(bytes: Uint8Array, readers: readonly FormatReader[], options: ExtractOptions) {
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    this.#readers = readers;
    this.#options = options;
  }

  async add(builder: ExtractedBuilder): Promise<void> {
    const text = this.#text;
    const start = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
    if (!isField(text, start)) throw new UnreadableFormat('damaged', t('its header is missing'));
    await this.#message(builder, readMime(text, start, text.length));
    if (this.#attachments > MAX_ATTACHMENTS) {
      builder.note(t('Only the first {0} attachments are read.', MAX_ATTACHMENTS));
    }
  }

  async #message(builder: ExtractedBuilder, part: MimePart): Promise<void> {
    for (const name of SHOWN) {
      const value = this.#field(part, name);
      if (value !== '') builder.block('paragraph', `${name[0].toUpperCase()}${name.slice(1)}: ${value}`);
    }
    await this.#part(builder, part);
  }

  async #part(builder: ExtractedBuilder, part: MimePart): Promise<void> {
    const name = proseOf(words(part.parameters.get('filename') ?? part.parameters.get('name') ?? ''));
    if (part.type === 'message/rfc822' && part.parts.length > 0) {
      for (const inner of part.parts) await this.#attachedMessage(builder, inner, name);
    } else if (part.type === 'multipart/alternative' && part.parts.length > 0) {
      await this.#alternatives(builder, part.parts);
    } else if (part.parts.length > 0) {
      for (const inner of part.parts) await this.#part(builder, inner);
    } else if (name !== '' && !(part.disposition === 'inline' && part.type.startsWith('text/'))) {
      if (++this.#attachments > MAX_ATTACHMENTS) return;
      const bytes = this.#bytes(part);
      await addAttachment(builder, { name: name.slice(0, MAX_NAME), bytes }, this.#readers, this.#options);
    } else if (part.type === 'text/html') addHtml(builder, parseHtml(this.#body(part)));
    else if (part.type.startsWith('text/')) addPlainText(builder, this.#body(part));
  }

  /** Of forms of the same text one is read. */
  async #alternatives(builder: ExtractedBuilder, parts: readonly MimePart[]): Promise<void> {
    const of = (type: string) => parts.find((part) => part.type === type && part.parts.length === 0);
    const plain = of('text/plain');
    const html = of('text/html');
    const isPlain = plain && prefersPlain(this.#body(plain), html ? this.#body(html) : '');
    const one = isPlain ? plain : (html ?? parts.find((part) => part.parts.length > 0) ?? plain ?? parts.at(-1));
    if (one) await this.#part(builder, { ...one, parameters: new Map([...one.parameters].filter(isNoName)) });
  }

  async #attachedMessage(builder: ExtractedBuilder, part: MimePart, name: string): Promise<void> {
    const inner = new ExtractedBuilder();
    await this.#message(inner, part);
    if (!inner.isEmpty) builder.append(inner.build(), name.slice(0, MAX_NAME) || t('Message'));
  }

  /** The value of a header field in one line; '': there is none. */
  #field(part: MimePart, name: string): string {
    const field = part.fields.find((one) => one.name === name);
    return field ? proseOf(words(this.#text.slice(field.start, field.end))) : '';
  }

  /** The text of a part; too long a one is data. */
  #body(part: MimePart): string {
    if (part.end - part.start > MAX_BODY_BYTES) return '';
    return decoded(this.#bytes(part), part.parameters.get('charset'));
  }

  #bytes({ start, end, encoding }: MimePart): Uint8Array {
    const body = this.#text.slice(start, end);
    if (encoding === 'base64') return Buffer.from(body, 'base64');
    return Buffer.from(encoding === 'quoted-printable' ? fromQuotedPrintable(body) : body, 'latin1');
  }
}

const isNoName = ([key]: [string, string]): boolean => key !== 'name' && key !== 'filename';

/** A byte a character, before and after. Lines that go on are joined. */
const fromQuotedPrintable = (text: string): string =>
  text
    .replace(/[ \t]+(?=\r?\n)/g, '')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Encoded words (RFC 2047) and bytes of a header field as text. What is text already (RFC 2231) remains. */
function words(value: string): string {
  if (/[^\0-\xff]/.test(value)) return value;
  let text = '';
  let at = 0;
  for (const match of value.matchAll(ENCODED_WORD)) {
    const [whole, charset, encoding, content] = match;
    text += decoded(Buffer.from(value.slice(at, match.index), 'latin1'));
    const bytes =
      encoding.toLowerCase() === 'b'
        ? Buffer.from(content, 'base64')
        : Buffer.from(fromQuotedPrintable(content.replaceAll('_', ' ')), 'latin1');
    text += decoded(bytes, charset.replace(/\*.*$/, ''));
    at = match.index + whole.length;
  }
  return text + decoded(Buffer.from(value.slice(at), 'latin1'));
}

/** @param charset as declared; one that is unknown, or missing, is found out */
function decoded(bytes: Uint8Array, charset = ''): string {
  try {
    return charset === '' ? decodeText(bytes) : new TextDecoder(charset).decode(bytes);
  } catch {
    return decodeText(bytes);
  }
}
