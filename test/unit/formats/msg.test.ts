import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FormatReader, UnreadableFormat } from '../../../server/formats/extracted.js';
import { unpackRtf } from '../../../server/formats/office/compressed-rtf.js';
import { msgReader } from '../../../server/formats/office/msg.js';
import { compoundFile, type Storage } from './compound-file.js';
import { docx, paragraph, placeOf, readerOf, readFile, shown } from './office-files.js';

const wide = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'));
const text = (id: string, value: string): Storage => ({ [`__substg1.0_${id}001F`]: wide(value) });
const binary = (id: string, value: Uint8Array): Storage => ({ [`__substg1.0_${id}0102`]: value });

/** @param head bytes before the properties @param values by tag (identifier and type): 8 bytes */
function properties(head: number, values: Readonly<Record<string, bigint>> = {}): Storage {
  const all = Object.entries(values);
  const bytes = new Uint8Array(head + all.length * 16);
  const view = new DataView(bytes.buffer);
  for (const [index, [tag, value]] of all.entries()) {
    view.setUint32(head + index * 16, Number.parseInt(tag, 16), true);
    view.setBigInt64(head + index * 16 + 8, value, true);
  }
  return { '__properties_version1.0': bytes };
}

const SENT = BigInt(Date.UTC(2024, 2, 1, 14, 5) + 11_644_473_600_000) * 10_000n;
const message = (body: Storage, more: Storage = {}): Uint8Array =>
  compoundFile({
    ...properties(32, { '00390040': SENT }),
    ...text('0037', 'Lease'),
    ...text('0C1A', 'Ada'),
    ...text('5D01', 'ada@example.org'),
    '__recip_version1.0_#00000000': {
      ...properties(8, { '0C150003': 1n }),
      ...text('3001', 'Bob'),
      ...text('39FE', 'bob@example.org'),
    },
    '__recip_version1.0_#00000001': { ...properties(8, { '0C150003': 2n }), ...text('3001', 'Eve') },
    ...body,
    ...more,
  });
const HEAD = [
  'paragraph: From: Ada <ada@example.org>',
  'paragraph: To: Bob <bob@example.org>',
  'paragraph: Cc: Eve',
  'paragraph: Date: 2024-03-01 14:05 UTC',
  'paragraph: Subject: Lease',
];
const refuses = (reason: string, detail: RegExp) => (error: unknown) =>
  error instanceof UnreadableFormat && error.reason === reason && detail.test(error.message);

describe('Outlook messages', () => {
  it('header fields and a body of plain text', async () => {
    const read = await readFile(message(text('1000', 'Hello,\r\n\r\nthe rent is 700 euros.\r\nBye\r\n')));
    assert.deepEqual(shown(read), [
      ...HEAD,
      'paragraph: Hello,',
      'paragraph: the rent is 700 euros.',
      'paragraph: Bye',
    ]);
  });

  it('HTML with a table is read in place of plain text, which has lost the columns', async () => {
    const html = '<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>2</td></tr></table><p>Bye</p>';
    const read = await readFile(message({ ...text('1000', 'Item Price Tea 2'), ...binary('1013', Buffer.from(html)) }));
    assert.deepEqual(shown(read).slice(5), ['names: [0]Item | [1]Price', 'values: [0]Tea | [1]2', 'paragraph: Bye']);
  });

  it('a body that is RTF only, compressed or not', async () => {
    const rtf = Buffer.from('{\\rtf1 In RTF}');
    const head = (magic: number): Uint8Array => {
      const bytes = new Uint8Array(16);
      const view = new DataView(bytes.buffer);
      view.setUint32(4, rtf.length, true);
      view.setUint32(8, magic, true);
      return bytes;
    };
    const plain = Uint8Array.from([...head(0x414c454d), ...rtf]);
    assert.deepEqual(shown(await readFile(message(binary('1009', plain)))).slice(5), ['paragraph: In RTF']);
    // "{\rtf1" stands at the beginning of the dictionary: one reference of 6 bytes, then single bytes.
    const rest = [...rtf.subarray(6)];
    const packed = Uint8Array.from([...head(0x75465a4c), 0b1, 0x00, 0x04, ...rest.slice(0, 7), 0, ...rest.slice(7)]);
    assert.equal(Buffer.from(unpackRtf(packed)).toString(), rtf.toString());
  });

  it('attachments: a document by its reader, text, a message, and one that cannot be read', async () => {
    const attached = (name: string, bytes: Uint8Array): Storage => ({
      ...properties(8),
      ...text('3707', name),
      ...binary('3701', bytes),
    });
    const read = await readFile(
      message(text('1000', 'See below.'), {
        '__attach_version1.0_#00000000': attached('lease.docx', docx(paragraph('The deposit is 1,400.'))),
        '__attach_version1.0_#00000001': attached('note.txt', Buffer.from('Call back.')),
        '__attach_version1.0_#00000002': {
          ...properties(8),
          ...text('3001', 'Earlier'),
          '__substg1.0_3701000D': { ...properties(24), ...text('0037', 'Old subject'), ...text('1000', 'Old text') },
        },
        '__attach_version1.0_#00000003': attached('locked.xls', compoundFile({ Workbook: wide('x') })),
      }),
    );
    assert.deepEqual(shown(read).slice(5), [
      'paragraph: See below.',
      'paragraph: Attached file: lease.docx',
      'paragraph: The deposit is 1,400.',
      'paragraph: Attached file: note.txt',
      'paragraph: Call back.',
      'paragraph: Subject: Old subject',
      'paragraph: Old text',
      'paragraph: Attached file: locked.xls',
    ]);
    assert.deepEqual(placeOf(read, 'deposit'), { part: 'lease.docx' });
    assert.deepEqual(placeOf(read, 'Old text'), { part: 'Earlier' });
    assert.deepEqual(read.notes, ['The attachment “locked.xls” is not read: it is an old Excel file: save it as XLSX']);
  });

  it('an attachment whose reader fails, and mails in mails without end, leave the rest', async () => {
    const attached = (name: string, bytes: Uint8Array): Storage => ({
      '__attach_version1.0_#00000000': { ...properties(8), ...text('3707', name), ...binary('3701', bytes) },
    });
    const failing: FormatReader = {
      name: 'Failing',
      extensions: [],
      recognises: (head) => Buffer.from(head).toString() === 'fails',
      read: () => Promise.reject(new RangeError('a bug')),
    };
    const body = text('1000', 'See below.');
    const one = await msgReader(() => [failing]).read(message(body, attached('a.bin', Buffer.from('fails'))), {});
    assert.ok(one.text.includes('See below.'), one.text);
    assert.deepEqual(one.notes, ['The attachment “a.bin” is not read: a bug']);

    let nested = message(body);
    for (let depth = 0; depth < 8; depth++) nested = message(body, attached(`${depth}.msg`, nested));
    const many = await readFile(nested);
    assert.equal(many.text.split('See below.').length - 1, 5);
    assert.equal(many.notes.length, 1);
    assert.match(many.notes[0], /“3\.msg” is not read: messages are nested too deeply$/);
  });

  it('streams of more than 4096 bytes, which are stored in whole sectors', async () => {
    const long = 'The rent is due on the first day of every month of the year. '.repeat(200).trim();
    const read = await readFile(message(text('1000', long)));
    assert.equal(shown(read)[5], `paragraph: ${long}`);
  });
});

describe('other compound files', () => {
  it('an encrypted Office file asks for its password, an old one for another format', async () => {
    const file = (name: string): Uint8Array => compoundFile({ [name]: wide('x') });
    await assert.rejects(readFile(file('EncryptedPackage')), refuses('password', /./));
    await assert.rejects(readFile(file('WordDocument')), refuses('unsupported', /old Word file: save it as DOCX/));
    await assert.rejects(readFile(file('Workbook')), refuses('unsupported', /save it as XLSX/));
    await assert.rejects(readFile(file('PowerPoint Document')), refuses('unsupported', /save it as PPTX/));
    await assert.rejects(readFile(file('Other')), refuses('unsupported', /not an Outlook message/));
  });

  it('sectors that lead in a circle or nowhere end', async () => {
    const bytes = message(text('1000', 'text'));
    assert.equal(readerOf(bytes)?.name, 'Outlook message');
    for (let at = 512; at < bytes.length; at += 128) {
      const damaged = bytes.slice();
      damaged.fill(0, at, at + 64);
      await readFile(damaged).catch((error: unknown) => assert.ok(error instanceof UnreadableFormat, String(error)));
      damaged.fill(2, at, at + 64);
      await readFile(damaged).catch((error: unknown) => assert.ok(error instanceof UnreadableFormat, String(error)));
    }
    await assert.rejects(readFile(bytes.subarray(0, 300)), refuses('damaged', /directory/));
  });
});
