/**
 * The reading view of a mail or a mailbox: the header fields that a reader sees, and bodies decoded from
 * quoted-printable, base64 and their charsets, HTML through its own view. Attachments are named; those that are plain
 * text are read.
 *
 * A file arrives as text. An unencoded part (7bit, 8bit) is therefore read as the file was decoded, regardless of its
 * declared charset: the charset counts where bytes are encoded as ASCII.
 */
import { appendView } from '../base/compose.js';
import type { BlockKind, ReadingView } from '../base/reading-view.js';
import { ViewBuilder } from '../base/view-builder.js';
import { htmlView } from '../markup/html.js';
import { plainTextView } from '../text/plain.js';
import { showHeaders, showWords } from './mail-headers.js';
import { isField, isPlain, type MimePart, nextLine, readMime } from './mime.js';
import { fromBase64, fromQuotedPrintable, showDecoded } from './transfer-encoding.js';

/** Maximum length of a body that is read; a longer one is data. */
const MAX_BODY = 4 * 1024 * 1024;
/** Maximum number of mails in a mailbox that are split. */
const MAX_MAILS = 100_000;
const MAX_NAME = 200;
const POSTMARK = /^From [^\r\n]{0,300}\d{1,2}:\d{2}(?::\d{2})?[^\r\n]{0,60}\d{4}/;
const FIELDS =
  /^(?:from|to|subject|date|received|return-path|message-id|mime-version|content-type|delivered-to|reply-to|x-[\w-]+):/i;

/** Whether a text begins like a mail or a mailbox: several header fields, two of them of a mail. */
export function looksLikeMail(text: string): boolean {
  let at = POSTMARK.test(text.slice(0, 400)) ? nextLine(text, 0, text.length) : 0;
  let known = 0;
  for (let line = 0; line < 40 && at < text.length; line++) {
    const next = nextLine(text, at, text.length);
    const isContinued = line > 0 && (text[at] === ' ' || text[at] === '\t');
    if (!isContinued) {
      if (!isField(text, at)) break;
      if (FIELDS.test(text.slice(at, at + 60))) known++;
    }
    at = next;
  }
  return known >= 3;
}

export function mailView(text: string): ReadingView {
  const builder = new ViewBuilder(text).encoded();
  const mails = mailsOf(text);
  // Without a header it is not a mail, or its beginning is missing.
  if (mails.length === 0) return plainTextView(text);
  for (const { start, end } of mails) new Mail(builder).show(readMime(text, start, end), []);
  return builder.build();
}

/** The mails of a mailbox; one that has none of its marks is one mail. */
function mailsOf(text: string): { start: number; end: number }[] {
  const first = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (!POSTMARK.test(text.slice(first, first + 400)))
    return isField(text, first) ? [{ start: first, end: text.length }] : [];
  const mails: { start: number; end: number }[] = [];
  for (let at = first, blank = true; at < text.length; ) {
    const next = nextLine(text, at, text.length);
    if (blank && text.startsWith('From ', at) && mails.length < MAX_MAILS && POSTMARK.test(text.slice(at, at + 400))) {
      const before = mails.at(-1);
      if (before) before.end = at;
      mails.push({ start: next, end: text.length });
    }
    blank = text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n');
    at = next;
  }
  return mails;
}

class Mail {
  constructor(readonly builder: ViewBuilder) {}

  /** @param path of the enclosing mails */
  show(part: MimePart, path: readonly string[]): void {
    if (part.fields.length > 0) {
      this.builder.block('logLine', path, '\n\n');
      showHeaders(this.builder, part.fields);
      this.builder.endBlock();
    }
    this.#body(part, path);
  }

  #body(part: MimePart, path: readonly string[]): void {
    if (part.parts.length > 0) {
      if (part.type === 'message/rfc822') for (const inner of part.parts) this.show(inner, [...path, 'Message']);
      else for (const inner of chosen(part)) this.#body(inner, path);
      return;
    }
    const name = part.parameters.get('filename') ?? part.parameters.get('name');
    const isAttachment = part.disposition === 'attachment' || (name !== undefined && part.disposition !== 'inline');
    const isText = part.type === 'text/plain' || part.type === 'text/html' || part.type === 'multipart/mixed';
    if (name !== undefined) this.#attachment(part, name, path);
    if (!isText || part.end - part.start > MAX_BODY) return;
    const below = isAttachment && name ? [...path, name.slice(0, MAX_NAME)] : path;
    if (isAttachment && part.type !== 'text/plain') return;
    const outer = this.#decoded(part);
    const view = part.type === 'text/html' ? htmlView(outer.text) : plainTextView(outer.text);
    appendView(this.builder, view, outer, { path: below });
  }

  /** The name of an attachment. */
  #attachment(part: MimePart, name: string, path: readonly string[]): void {
    const { builder } = this;
    const field = part.fields.find(({ name: one }) => one === 'content-disposition') ?? part.fields.at(0);
    if (!field) return;
    const kind: BlockKind = 'logLine';
    for (const { start, end } of part.fields) {
      const at = builder.file.slice(start, end).indexOf(name);
      const from = at < 0 ? -1 : start + at;
      if (from < builder.position) continue;
      builder.block(kind, path, '\n\n').cell('resource').insert('Attached file: ');
      showWords(builder, from, from + name.length);
      builder.endBlock();
      return;
    }
  }

  /** The body of a part as it is read, over the file. */
  #decoded({ start, end, encoding, parameters }: MimePart): ReadingView {
    const { file } = this.builder;
    const outer = new ViewBuilder(file).block('paragraph', []);
    if (isPlain(encoding)) return outer.copy(start, end).build();
    const placed = encoding === 'base64' ? fromBase64(file, start, end) : fromQuotedPrintable(file, start, end);
    showDecoded(outer, placed, parameters.get('charset') ?? 'utf-8');
    return outer.build();
  }
}

/** Of alternative parts the one to read: plain text, if there is one. */
function chosen({ type, parts }: MimePart): readonly MimePart[] {
  if (type !== 'multipart/alternative') return parts;
  const one =
    parts.find((part) => part.type === 'text/plain' && part.end > part.start + 1) ??
    parts.find((part) => part.parts.length > 0 || part.type === 'text/html') ??
    parts.at(-1);
  return one ? [one] : [];
}
