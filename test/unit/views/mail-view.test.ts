/** Mail as a reader sees it, every word on the characters that it stands for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { checkView } from './view-invariants.js';

function mail(file: string, fileName = 'a.eml'): ReadingView {
  const view = viewOf(file, { fileName });
  checkView(view, file);
  return view;
}

const blocks = (view: ReadingView): string[] => view.blocks.map(({ start, end }) => view.text.slice(start, end));

/** What of the file some words of the view stand for. */
function raw(view: ReadingView, file: string, words: string): string {
  const at = view.text.indexOf(words);
  assert.ok(at >= 0, `${words} is not in ${view.text}`);
  const place = view.toFile(at, at + words.length)!;
  return file.slice(place.start, place.end);
}

const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n');

describe('mail', () => {
  it('headers: encoded words, folded lines, names and addresses', () => {
    const file = [
      'Received: from mx (mx [192.0.2.33])',
      '\tby mail; Tue, 14 May 2024 09:12:44 +0200',
      'From: =?UTF-8?Q?J=C3=B6rg_Lindstr=C3=B6m?= <joerg@example.net>',
      'To: "Ana Berg" <ana@example.org>, bo@example.org',
      'Subject: =?iso-8859-1?Q?Gr=FC=DFe?=',
      ' =?UTF-8?B?IOKAkyB1bml0IDc=?= and more',
      'Date: Tue, 14 May 2024 09:12:40 +0200',
      '',
      'Hello.',
    ].join('\r\n');
    const view = mail(file);
    assert.deepEqual(blocks(view), [
      'From: Jörg Lindström <joerg@example.net>; To: Ana Berg <ana@example.org>, bo@example.org; ' +
        'Subject: Grüße – unit 7 and more; Date: Tue, 14 May 2024 09:12:40 +0200',
      'Hello.',
    ]);
    assert.equal(raw(view, file, 'Jörg'), 'J=C3=B6rg');
    assert.equal(view.fieldAt(view.text.indexOf('Jörg')), 'speaker');
    assert.equal(view.fieldAt(view.text.indexOf('Grüße')), 'subject');
  });

  it('quoted-printable: each character has its own place, across soft line ends', () => {
    const file =
      'From: a@b.c\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n' +
      'It costs =E2=82=\n=AC1,480 and the twen=\nty-third =3D =ZZ of June.\n';
    const view = mail(file);
    assert.equal(blocks(view)[1], 'It costs €1,480 and the twenty-third = =ZZ of June.');
    assert.equal(raw(view, file, '€1,480'), '=E2=82=\n=AC1,480');
    assert.equal(raw(view, file, 'twenty'), 'twen=\nty');
  });

  it('a group that gives as many characters as it has does not count as copied', () => {
    const head = 'Content-Transfer-Encoding: base64\nTo: a@b.c\n\n';
    // Four characters for "fc82": the end of a broken sequence, and three bytes of which one is ASCII.
    const file = `${head}<p>w7ZhYmNk--xw7ZhYmNk<p><p>From: =From: <p>Content-Type: message/rfc822Content-Type: multipart/mixed; boundary=xContent-Type: text/html; charset=utf-8 =?utf-8?B?w7Y=?=Content-Type: message/rfc822.`;
    checkView(viewOf(file, { fileName: 'a.eml' }), file);
  });

  it('base64 in its charset: words have the places of the groups that encode them', () => {
    const words = 'Приве́т, the anchor weighs 412 kilograms.';
    const file = `From: a@b.c\nContent-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: base64\n\n${base64(words)}\n`;
    const view = mail(file);
    assert.equal(blocks(view)[1], words);
    assert.ok(
      Buffer.from(raw(view, file, '412'), 'base64')
        .toString()
        .includes('412'),
    );
    const koi8 = `From: a@b.c\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n${Buffer.from([0xf0, 0xd2, 0xc9]).toString('base64')}\n`;
    assert.equal(blocks(mail(koi8))[1], 'При');
    const japanese = `From: a@b.c\nContent-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: base64\n\n${Buffer.from('\x1b$B$"\x1b(B ok', 'latin1').toString('base64')}\n`;
    assert.equal(blocks(mail(japanese))[1], 'あ ok');
  });

  it('one of the alternatives, HTML as HTML, attachments by name, text attachments with their text', () => {
    const part = (head: string, body: string) => `\n--x y\n${head}\n\n${body}`;
    const file =
      'From: a@b.c\nContent-Type: multipart/mixed; boundary="x y"\n\npreamble' +
      part(
        'Content-Type: multipart/alternative; boundary=in',
        '--in\nContent-Type: text/plain\n\nplain words\n--in\nContent-Type: text/html\n\n<p>other words</p>\n--in--\n',
      ) +
      part('Content-Type: text/html', '<p>Tea &amp; <b>toast</b></p>') +
      part('Content-Type: image/png; name="plan.png"\nContent-Transfer-Encoding: base64', 'iVBORw0KGgo=') +
      part('Content-Type: text/plain\nContent-Disposition: attachment; filename=notes.txt', 'noted words') +
      part('Content-Type: message/rfc822', 'From: Cy <c@d.e>\nSubject: inner\n\ninner words') +
      '\n--x y--\nepilogue';
    const view = mail(file);
    assert.deepEqual(blocks(view).slice(1), [
      'plain words',
      'Tea & toast',
      'Attached file: plan.png',
      'Attached file: notes.txt',
      'noted words',
      'From: Cy <c@d.e>; Subject: inner',
      'inner words',
    ]);
    assert.deepEqual(view.blocks[5].path, ['notes.txt']);
  });

  it('a mailbox is read mail by mail', () => {
    const one = (n: number) =>
      `From ana@b.c Tue May 14 09:12:4${n} 2024\nFrom: Ana <a@b.c>\nSubject: no ${n}\n\nText ${n}.\nFrom here on.\n\n`;
    for (const fileName of ['a.mbox', 'a.mbx', 'a.txt']) {
      const view = mail(one(1) + one(2), fileName);
      assert.equal(view.blocks.length, 4);
      assert.ok(blocks(view)[3].startsWith('Text 2.'));
    }
  });

  it('a truncated mail, or text that is not a mail, is read as far as possible', () => {
    for (const file of [
      '',
      'no header at all',
      'From: a@b.c',
      'From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\ncut',
      'From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x',
      'From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x--\n--x\n\nlate',
      'From: =?utf-8?B?w6\nSubject: =?nonsense?B?w7Y=?=\n\nx',
      'From: a@b.c\nContent-Transfer-Encoding: base64\n\nw7Yx=w7Y\n=\n====x',
    ])
      mail(file);
    assert.ok(
      mail('From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\ncut off').text.endsWith('cut off'),
    );
    assert.equal(mail('no header at all').text, 'no header at all');
  });

  it('bombs of parts and nesting take time in proportion to their size', () => {
    const nested = (size: number) => {
      let file = '';
      for (let depth = 0; file.length < size; depth++)
        file += `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n`;
      return file;
    };
    const head = 'From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n';
    const bombs: [string, (size: number) => string][] = [
      ['nesting', nested],
      ['messages in messages', (size) => 'Content-Type: message/rfc822\n\n'.repeat(size / 30)],
      ['parts', (size) => head + '--x\n\na\n'.repeat(size / 7)],
      ['one boundary', (size) => `${head}${'--x'.repeat(size / 3)}`],
      ['header fields', (size) => 'A: b\n'.repeat(size / 5)],
      ['folded', (size) => `From: ${'a\n '.repeat(size / 3)}`],
      ['encoded words', (size) => `Subject: ${'=?utf-8?Q?=C3=B6?= '.repeat(size / 19)}\n\n`],
      ['addresses', (size) => `To: ${'<a@b>,'.repeat(size / 6)}\n\n`],
      ['open encoded words', (size) => `Subject: ${'=?a?Q?'.repeat(size / 6)}\n\n`],
      ['soft breaks', (size) => `A: b\nContent-Transfer-Encoding: quoted-printable\n\n${'=C3=\n'.repeat(size / 5)}`],
      ['base64', (size) => `A: b\nContent-Transfer-Encoding: base64\n\n${'w7Y='.repeat(size / 4)}`],
      ['parameters', (size) => `Content-Type: text/plain${'; a="b'.repeat(size / 6)}\n\n`],
      ['mails', (size) => 'From a Tue May 14 09:12:40 2024\nA: b\n\nx\n\n'.repeat(size / 43)],
    ];
    for (const [name, make] of bombs)
      assertGrowsInProportion(name, 300_000, (size) => viewOf(make(size), { fileName: 'a.mbox' }));
    checkView(viewOf(nested(30_000), { fileName: 'a.eml' }), nested(30_000));
  });
});
