import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayBeDocument } from '../../../server/formats/signature.js';
import fc from '../helpers/fast-check.js';
import { smallPdf } from '../helpers/small-pdf.js';
import { docx, paragraph, placeOf, readerOf, readFile, shown } from './office-files.js';

const HEAD = `From: =?utf-8?B?${Buffer.from('Zoë').toString('base64')}?= <zoe@example.org>\r\nTo: bob@example.org\r\nSubject: The\r\n lease\r\nDate: Fri, 1 Mar 2024 14:05:00 +0000\r\n`;
const SHOWN = [
  'paragraph: From: Zoë <zoe@example.org>',
  'paragraph: To: bob@example.org',
  'paragraph: Date: Fri, 1 Mar 2024 14:05:00 +0000',
  'paragraph: Subject: The lease',
];

/** Base64 in lines, as mails have it. */
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n');
const part = (head: string, body: string): string => `${head}\r\n\r\n${body}\r\n`;
const attached = (name: string, bytes: Uint8Array, type = 'application/octet-stream'): string =>
  part(
    `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64`,
    base64(bytes),
  );
const multipart = (type: string, boundary: string, parts: readonly string[]): string =>
  part(
    `Content-Type: multipart/${type}; boundary="${boundary}"`,
    `${parts.map((one) => `--${boundary}\r\n${one}`).join('')}--${boundary}--`,
  );
const mail = (parts: readonly string[]): Buffer => Buffer.from(HEAD + multipart('mixed', 'b1', parts), 'latin1');
const lease = docx(paragraph('The deposit is 1,400.'));
const body = part('Content-Type: text/plain; charset=utf-8', 'See below.');

describe('mails with documents', () => {
  it('only these are read as documents: any other mail is a text', () => {
    assert.ok(mayBeDocument(mail([body, attached('lease.docx', lease)])));
    assert.ok(mayBeDocument(mail([body, attached('lease.pdf', smallPdf([['a']]))])));
    assert.ok(!mayBeDocument(mail([body])));
    assert.ok(!mayBeDocument(mail([body, attached('a.txt', Buffer.from('A text'))])));
    assert.ok(!mayBeDocument(Buffer.from(`A text about mail.\n\n${mail([body, attached('lease.docx', lease)])}`)));
    assert.ok(
      !mayBeDocument(
        Buffer.concat([Buffer.from('From bob Fri Mar  1 14:05:00 2024\n'), mail([attached('a.docx', lease)])]),
      ),
    );
  });

  it('header, body and attachments, each with its name', async () => {
    const html = part('Content-Type: text/html', '<p>The <b>HTML</b> form</p>');
    const read = await readFile(
      mail([
        multipart('alternative', 'b2', [
          part(
            'Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable',
            'Gr=FC=DFe, see b=\r\nelow.',
          ),
          html,
        ]),
        attached('lease.docx', lease),
        attached('=?utf-8?Q?Notiz_=C3=BC.txt?=', Buffer.from('Ruf zurück.'), 'text/plain'),
        attached('photo.png', Buffer.from([0x89, 0x50])),
        attached('old.doc', Buffer.from('d0cf11e0a1b11ae1', 'hex')),
        part('Content-Type: message/rfc822', `Subject: Earlier\r\nFrom: eve@example.org\r\n\r\nOld text`),
      ]),
    );
    assert.deepEqual(shown(read), [
      ...SHOWN,
      'paragraph: Grüße, see below.',
      'paragraph: Attached file: lease.docx',
      'paragraph: The deposit is 1,400.',
      'paragraph: Attached file: Notiz ü.txt',
      'paragraph: Ruf zurück.',
      'paragraph: Attached file: photo.png',
      'paragraph: Attached file: old.doc',
      'paragraph: From: eve@example.org',
      'paragraph: Subject: Earlier',
      'paragraph: Old text',
    ]);
    assert.deepEqual(placeOf(read, 'deposit'), { part: 'lease.docx' });
    assert.deepEqual(placeOf(read, 'Old text'), { part: 'Message' });
    assert.equal(read.notes.length, 1);
    assert.match(read.notes[0], /^The attachment “old\.doc” is not read: /);
  });

  it('a table keeps its columns: then HTML is read instead of plain text', async () => {
    const table = '<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>2</td></tr></table>';
    const both = multipart('alternative', 'b2', [
      part('Content-Type: text/plain', 'Item Price Tea 2'),
      part('Content-Type: text/html; charset=utf-8', table),
    ]);
    const read = await readFile(mail([both, attached('lease.docx', lease)]));
    assert.deepEqual(shown(read).slice(4, 6), ['names: [0]Item | [1]Price', 'values: [0]Tea | [1]2']);
  });

  it('mails in mails without end, and more attachments than are read, leave the rest', async () => {
    let nested = mail([body, attached('lease.docx', lease)]);
    for (let depth = 0; depth < 8; depth++) nested = mail([body, attached(`${depth}.eml`, nested)]);
    const deep = await readFile(nested);
    assert.equal(deep.text.split('See below.').length - 1, 5);
    assert.equal(deep.notes.length, 1);
    assert.match(deep.notes[0], /“3\.eml” is not read: messages are nested too deeply$/);
    const many = await readFile(
      mail(Array.from({ length: 120 }, (_, i) => attached(`${i}.txt`, Buffer.from(`Text ${i}`)))),
    );
    assert.ok(many.text.includes('Text 99') && !many.text.includes('Text 100'));
    assert.deepEqual(many.notes, ['Only the first 100 attachments are read.']);
  });

  it('whatever is cut out of one or written into it, it is read or refused with a reason', async () => {
    const whole = mail([body, attached('lease.docx', lease), attached('note.txt', Buffer.from('Call back.'))]);
    const place = fc.nat({ max: whole.length });
    await fc.assert(
      fc.asyncProperty(place, place, fc.string({ maxLength: 20 }), async (a, b, written) => {
        const bytes = Buffer.concat([
          whole.subarray(0, Math.min(a, b)),
          Buffer.from(written, 'latin1'),
          whole.subarray(Math.max(a, b)),
        ]);
        const reader = readerOf(bytes);
        if (reader?.name !== 'mail') return;
        const read = await reader.read(bytes, {}).catch((error: Error) => error);
        if (read instanceof Error) assert.equal(read.name, 'UnreadableFormat');
        else for (const { start, end } of read.blocks) assert.ok(start < end && end <= read.text.length);
      }),
    );
  });
});
