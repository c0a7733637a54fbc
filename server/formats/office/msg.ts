/**
 * Outlook messages (MSG): the header fields that a reader sees, the body, the attachments. Other files in the same
 * container are refused with their reason: encrypted Office files, and those of Office before 2007.
 */
import { t } from '../../l10n.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import { type Extracted, type ExtractOptions, type FormatReader, UnreadableFormat } from '../extracted.js';
import { addHtml } from '../html-blocks.js';
import { parseHtml } from '../html-tree.js';
import { addAttachment, addPlainText, decodeText, MAX_ATTACHMENTS, MAX_NESTED, prefersPlain } from './attachments.js';
import { unpackRtf } from './compressed-rtf.js';
import { CompoundFile, isOle } from './ole.js';
import { readRtfOrNothing } from './rtf.js';
import { encodingOfCodePage } from './rtf-tokens.js';

const PROPERTIES = '__properties_version1.0';

/**
 * @param readers of attachments, asked for when a message has some
 * @param depth mails that this one is attached to, as files
 */
export const msgReader = (readers: () => readonly FormatReader[], depth = 0): FormatReader => ({
  name: 'Outlook message',
  extensions: ['msg'],
  recognises: (head) => isOle(head),
  nested: (more) => msgReader(readers, more),
  async read(bytes, options) {
    if (depth > MAX_NESTED) throw new UnreadableFormat('tooDeep', t('messages are nested too deeply'));
    const file = new CompoundFile(bytes);
    refuseOthers(file.names);
    const builder = new ExtractedBuilder();
    const inside = readers().map((each) => each.nested?.(depth + 1) ?? each);
    await addMessage(builder, file, '', inside, options, 0);
    options.onProgress?.(1, 1);
    return builder.build();
  },
});

/** @throws UnreadableFormat unless it is a message */
function refuseOthers(names: readonly string[]): void {
  if (names.includes(PROPERTIES)) return;
  if (names.includes('EncryptedPackage') || names.includes('EncryptionInfo')) throw new UnreadableFormat('password');
  const old = (name: string, better: string): UnreadableFormat =>
    new UnreadableFormat('unsupported', t('it is an old {0} file: save it as {1}', name, better));
  if (names.includes('WordDocument')) throw old('Word', 'DOCX');
  if (names.includes('Workbook') || names.includes('Book')) throw old('Excel', 'XLSX');
  if (names.includes('PowerPoint Document')) throw old('PowerPoint', 'PPTX');
  throw new UnreadableFormat('unsupported', t('it is not an Outlook message'));
}

class Message {
  readonly #encoding: string;

  constructor(
    readonly file: CompoundFile,
    /** '': the message itself; else of the storage of a nested one, with a slash. */
    readonly path: string,
  ) {
    const page = this.number('3FFD') ?? this.number('3FDE');
    this.#encoding = page === undefined ? 'windows-1252' : encodingOfCodePage(page);
  }

  binary(id: string, at = this.path): Uint8Array | undefined {
    return this.file.read(`${at}__substg1.0_${id}0102`);
  }

  text(id: string, at = this.path): string {
    const wide = this.file.read(`${at}__substg1.0_${id}001F`);
    if (wide) return new TextDecoder('utf-16le').decode(wide).replace(/\0+$/, '');
    const narrow = this.file.read(`${at}__substg1.0_${id}001E`);
    return narrow ? decodeText(narrow, this.#encoding).replace(/\0+$/, '') : '';
  }

  /** The value of a property of fixed size. */
  #fixed(id: string): DataView | undefined {
    const bytes = this.file.read(`${this.path}${PROPERTIES}`);
    if (!bytes) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const wanted = Number.parseInt(id, 16);
    // The head of the stream is longer in the message itself than in a nested one.
    for (let entry = this.path === '' ? 32 : 24; entry + 16 <= bytes.length; entry += 16) {
      if (view.getUint16(entry + 2, true) === wanted)
        return new DataView(bytes.buffer, bytes.byteOffset + entry + 8, 8);
    }
    return undefined;
  }

  number(id: string): number | undefined {
    return this.#fixed(id)?.getInt32(0, true);
  }

  /** A point of time, as "2024-03-01 14:05 UTC". */
  date(id: string): string {
    const value = this.#fixed(id)?.getBigInt64(0, true);
    if (value === undefined || value <= 0n) return '';
    const time = new Date(Number(value / 10_000n) - 11_644_473_600_000);
    return Number.isFinite(time.getTime()) ? `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC` : '';
  }

  /** Name and address of the sender. */
  get from(): string {
    const name = this.text('0C1A') || this.text('0042');
    const address = [this.text('5D01'), this.text('0C1F'), this.text('0065')].find((one) => one.includes('@')) ?? '';
    return address === '' || name === address ? name || address : name === '' ? address : `${name} <${address}>`;
  }

  /** Names of those who receive it, with their addresses. @param type 1: To, 2: Cc */
  recipients(type: number): string {
    const all = this.file.storages(this.path).filter((one) => one.slice(this.path.length).startsWith('__recip'));
    const named = all.slice(0, 2000).flatMap((one) => {
      const at = `${one}/`;
      if ((this.#recipientType(at) ?? 1) !== type) return [];
      const name = this.text('3001', at);
      const address = [this.text('39FE', at), this.text('3003', at)].find((each) => each.includes('@')) ?? '';
      if (address === '' || name === address) return [name || address];
      return [name === '' ? address : `${name} <${address}>`];
    });
    return named.filter(Boolean).join('; ') || this.text(type === 1 ? '0E04' : '0E03');
  }

  #recipientType(at: string): number | undefined {
    const bytes = this.file.read(`${at}${PROPERTIES}`);
    if (!bytes) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let entry = 8; entry + 16 <= bytes.length; entry += 16) {
      if (view.getUint16(entry + 2, true) === 0x0c15) return view.getInt32(entry + 8, true);
    }
    return undefined;
  }
}

async function addMessage(
  builder: ExtractedBuilder,
  file: CompoundFile,
  path: string,
  readers: readonly FormatReader[],
  options: ExtractOptions,
  depth: number,
): Promise<void> {
  const message = new Message(file, path);
  for (const [label, value] of [
    ['From', message.from],
    ['To', message.recipients(1)],
    ['Cc', message.recipients(2)],
    ['Date', message.date('0039') || message.date('0E06')],
    ['Subject', message.text('0037')],
  ]) {
    if (proseOf(value) !== '') builder.block('paragraph', `${label}: ${value}`);
  }
  addBody(builder, message);
  const attached = file.storages(path).filter((one) => one.slice(path.length).startsWith('__attach'));
  for (const one of attached.slice(0, MAX_ATTACHMENTS)) {
    const at = `${one}/`;
    const name = message.text('3707', at) || message.text('3704', at) || message.text('3001', at);
    const nested = `${at}__substg1.0_3701000D/`;
    const bytes = message.binary('3701', at);
    if (bytes) await addAttachment(builder, { name: proseOf(name).slice(0, 200), bytes }, readers, options);
    else if (file.has(`${nested}${PROPERTIES}`) && depth < MAX_NESTED) {
      const inner = new ExtractedBuilder();
      await addMessage(inner, file, nested, readers, options, depth + 1);
      if (!inner.isEmpty) builder.append(inner.build(), proseOf(name).slice(0, 200) || t('Message'));
    }
  }
  if (attached.length > MAX_ATTACHMENTS) builder.note(t('Only the first {0} attachments are read.', MAX_ATTACHMENTS));
}

/** Plain text, else HTML, else RTF. */
function addBody(builder: ExtractedBuilder, message: Message): void {
  const plain = message.text('1000');
  const binary = message.binary('1013');
  const html = binary ? decodeText(binary) : message.text('1013');
  const packed = message.binary('1009');
  if (prefersPlain(plain, html)) addPlainText(builder, plain);
  else if (html !== '') addHtml(builder, parseHtml(html));
  else {
    const rtf: Extracted | undefined = packed && readRtfOrNothing(unpackRtf(packed));
    if (rtf) builder.append(rtf);
  }
}
