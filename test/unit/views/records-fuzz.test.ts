/** Generated records, subtitles, chats and mails, whole and broken. ASKBERT_FUZZ: documents a kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import type { Records } from '../../../server/views/base/records.js';
import { chatRecords, chatView } from '../../../server/views/records/chat.js';
import { logRecords, logView } from '../../../server/views/records/log.js';
import { mailView } from '../../../server/views/records/mail.js';
import { subtitleView } from '../../../server/views/records/subtitles.js';
import fc from '../helpers/fast-check.js';
import { fuzzRuns } from '../helpers/long.js';
import { checkView } from './view-invariants.js';

const numRuns = fuzzRuns;
fc.configureGlobal({ ...fc.readConfigureGlobal(), baseSize: 'medium' });

const PARTS: Record<string, string[]> = {
  log: '2024-06-02 03:16:00|02/Jun/2024:03:16:30 +0000|Jun  2 03:16:30|<34>1 |[main]|INFO|host app[12]:| - |: |{"msg":"w1","time":1}|a=b c="d" e=f|1.2.3.4 - - [02/Jun/2024:03:16:30 +0000] "GET / HTTP/1.1" 200 1 "-" "x"|java.io.IOException: w|Caused by: |\tat a.b(C.java:1)|Log Name: x|Description:|Start-Date: 2|\x1b[31m|\r'.split(
    '|',
  ),
  subtitles:
    '1|00:00:01,000 --> 00:00:02,000|00:01.000 --> 00:02.000 line:0|WEBVTT|NOTE|<i>|</i>|<v Ana>|<00:00:01.000>|&amp;|&nbsp;|- |ANA: |-->|{\\an8}|.|w1 w2.'.split(
      '|',
    ),
  chat: '[11/8/21, 9:41:32 AM] |08.11.21, 09:41 - |[12:34] |<nick> |Ana: |Ana  10:32 AM|Ana — Today at 10:32|* nick |\u200e|I do|12:34:56\tnick\t|10:00 From A to B: '.split(
    '|',
  ),
  mail: 'From: |To: a@b, "c" <d@e>|Subject: |=?utf-8?Q?=C3=B6_?=|=?utf-8?B?w7Y=?=|Content-Type: multipart/mixed; boundary=x|Content-Type: message/rfc822|Content-Type: text/html; charset=utf-8|Content-Transfer-Encoding: base64|Content-Transfer-Encoding: quoted-printable|Content-Disposition: attachment; filename=a.txt|--x|--x--|=C3=B6|=|w7ZhYmNk|<p>|</p>|&amp;|From a Tue May 14 09:12:40 2024| folded'.split(
    '|',
  ),
};
const VIEWS: Record<string, (text: string) => ReadingView> = {
  log: logView,
  subtitles: subtitleView,
  chat: chatView,
  mail: mailView,
};

function broken(kind: string): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...PARTS[kind]) },
    { weight: 4, arbitrary: fc.constantFrom('\n', '\n', '\r\n', '\n\n', ' ', 'w7 w8', '.') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  );
  return fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
}

function checkFields(view: ReadingView): void {
  assert.equal(view.cells.length, view.cellKinds.length);
  for (let i = 1; i < view.cells.length; i++) assert.ok(view.cells[i] > view.cells[i - 1], 'fields are in order');
  if (view.cells.length > 0) assert.ok(view.cells[view.cells.length - 1] <= view.text.length);
}

const RECORDS: Record<string, (text: string) => Records> = { log: logRecords, chat: chatRecords };

/** All records together are the view of the whole text; some of them are a part of it. */
function checkRecords(kind: string, file: string, view: ReadingView): void {
  const records = RECORDS[kind]?.(file);
  if (!records) return;
  const all = [...records.starts.keys()];
  const whole = records.view(all);
  assert.equal(whole.text, view.text);
  assert.deepEqual(whole.blocks, view.blocks);
  assert.deepEqual(whole.cells, view.cells);
  assert.deepEqual(whole.cellKinds, view.cellKinds);
  // A record of escape sequences only shows nothing.
  assert.ok(records.starts.length >= view.blocks.length);
  checkView(records.view(all.filter((record) => record % 3 === 1)), file, 12);
}

describe('generated records', () => {
  for (const [kind, make] of Object.entries(VIEWS)) {
    it(`${kind}: broken in every way`, () => {
      fc.assert(
        fc.property(broken(kind), (file) => {
          const view = make(file);
          checkView(view, file, 12);
          checkFields(view);
          checkRecords(kind, file, view);
        }),
        { numRuns },
      );
    });
  }

  it('mail: bodies are complete in every encoding', () => {
    const text = fc
      .array(fc.constantFrom('wort', 'größe', '日本', 'a=b', '€', '😀', 'x'), { minLength: 1, maxLength: 30 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(
        text,
        fc.constantFrom('base64', 'quoted-printable', '8bit'),
        fc.integer({ min: 4, max: 76 }),
        (words, encoding, width) => {
          const bytes = Buffer.from(words);
          const body =
            encoding === '8bit'
              ? words
              : encoding === 'base64'
                ? bytes.toString('base64').replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n')
                : [...bytes]
                    .map(
                      (byte, i) =>
                        `${byte < 128 && byte !== 61 ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`}${i % width === width - 1 ? '=\r\n' : ''}`,
                    )
                    .join('');
          const file = `From: a@b.c\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
          const view = mailView(file);
          checkView(view, file, 12);
          const { start, end } = view.blocks[1];
          assert.equal(view.text.slice(start, end), words);
        },
      ),
      { numRuns },
    );
  });
});
