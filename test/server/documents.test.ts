import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readContent } from '../../server/documents/content.js';
import { decodeDocument, fileUriToPath, firstInvalidUtf8, MAX_FILE_BYTES } from '../../server/documents/decode.js';
import { MAX_BINARY_BYTES, MAX_DOCUMENT_BYTES } from '../../server/documents/limits.js';
import { loadDocument, surveyDocument } from '../../server/documents/load.js';
import fc from '../unit/helpers/fast-check.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-documents-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

const TEXT = 'Grüße, 𝄞!\r\nZweite Zeile\r\n';

test('UTF-8 with and without a byte order mark and both kinds of UTF-16 give the same text', async () => {
  const littleEndian = Buffer.from(`\ufeff${TEXT}`, 'utf16le');
  assert.equal((await readContent(file('a', TEXT))).text, TEXT);
  assert.equal((await readContent(file('b', `\ufeff${TEXT}`))).text, TEXT);
  assert.equal((await readContent(file('c', littleEndian))).text, TEXT);
  assert.equal((await readContent(file('d', Buffer.from(littleEndian).swap16()))).text, TEXT);
  assert.equal((await readContent(file('e', ''))).text, '');
});

test('an unreadable file is reported with its name and the cause', async () => {
  const cases: [string, RegExp][] = [
    [path.join(folder, 'missing.txt'), /missing\.txt: there is no such file/],
    [folder, /is a folder, expected a file/],
    [
      file('image.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1])),
      /image\.png is not a text file: it has a zero byte at offset 4/,
    ],
    [
      file('mixed.txt', Buffer.from([0x61, 0x02, 0xff, 0xfe, 0x80])),
      /mixed\.txt is not valid UTF-8: wrong byte at offset 2/,
    ],
    [
      file('odd.txt', Buffer.from([0xff, 0xfe, 0x41])),
      /odd\.txt begins with the mark of UTF-16 but has an odd number of bytes \(3\)/,
    ],
    [file('utf32.txt', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0])), /utf32\.txt is in UTF-32/],
  ];
  for (const [name, message] of cases) {
    await assert.rejects(readContent(name), { code: 'InputUnreadable', message });
  }
  if (process.platform !== 'win32') {
    await assert.rejects(readContent('/dev/null'), { code: 'InputUnreadable', message: /not a regular file/ });
    assert.equal((await readContent('/dev/null', { special: true })).text, '');
  }
});

test('another encoding is detected and decoded, with a note', async () => {
  const text = 'Der Mieter hei\xdft J\xfcrgen Wei\xdf und wohnt in K\xf6ln.';
  const notes: string[] = [];
  const read = await readContent(file('latin1.txt', Buffer.from(text, 'latin1')), {
    onNote: (note) => notes.push(note),
  });
  assert.equal(read.text, text);
  assert.match(notes.join(), /latin1\.txt is not in UTF-8; it was read as (windows-1252|iso-8859-\d+)\.$/);
  notes.length = 0;
  assert.equal((await readContent(file('plain.txt', TEXT), { onNote: (note) => notes.push(note) })).text, TEXT);
  assert.deepEqual(notes, []);
});

test('a file above the limit is refused before it is read', async () => {
  for (const [name, content, bytes] of [
    ['large.txt', '', MAX_FILE_BYTES + 1],
    // More than the largest buffer that older versions of Node have.
    ['large.pdf', '%PDF-1.7\n', 2 ** 31 + 1],
  ] as const) {
    const large = file(name, content);
    truncateSync(large, bytes);
    await assert.rejects(readContent(large), { code: 'InputUnreadable', message: /larger than 256 MB/ });
    rmSync(large);
  }
});

test('a file that is too large among many: its size and the limit of its kind, of which the size is the larger', async () => {
  const text = file('many.txt', '');
  truncateSync(text, MAX_DOCUMENT_BYTES + 1);
  const pdf = file('many.pdf', '%PDF-1.7\n');
  truncateSync(pdf, MAX_BINARY_BYTES + 1);
  for (const [large, said] of [
    [text, /has 8\.1 MB; at most 8 MB of a file/],
    [pdf, /has 64\.1 MB; at most 64 MB of a file/],
  ] as const) {
    const ref = { uri: pathToFileURL(large).href };
    for (const found of [await surveyDocument(ref), await loadDocument(ref)]) {
      assert.ok('reason' in found && found.reason === 'tooLarge');
      assert.match(found.message, said);
    }
  }
});

test('reading can be cancelled', async () => {
  await assert.rejects(readContent(file('f', TEXT), { signal: AbortSignal.abort() }), { code: 'Cancelled' });
});

test('the offset of the wrong byte is given, for every kind of mistake', () => {
  const cases: [number[], number][] = [
    [[0x41, 0x80], 1],
    [[0xc0, 0xaf], 0],
    [[0xe0, 0x80, 0xaf], 0],
    [[0x41, 0xed, 0xa0, 0x80], 1],
    [[0xf4, 0x90, 0x80, 0x80], 0],
    [[0xf8, 0x88, 0x80, 0x80, 0x80], 0],
    [[0xc3, 0xa4, 0xe2, 0x82], 2],
    [[0xf0, 0x9d, 0x84, 0x9e, 0xff], 4],
  ];
  for (const [bytes, offset] of cases) assert.equal(firstInvalidUtf8(Uint8Array.from(bytes)), offset);
  const long = Buffer.concat([Buffer.from('ä€𝄞x'.repeat(400_000)), Buffer.from([0xff])]);
  assert.equal(firstInvalidUtf8(long), long.length - 1);
});

test('a wrong byte is found exactly where the platform decoder stops as well', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const found = firstInvalidUtf8(bytes);
      const valid = (part: Uint8Array) => Buffer.from(Buffer.from(part).toString('utf8'), 'utf8').equals(part);
      if (found === -1) return valid(bytes);
      return valid(bytes.subarray(0, found)) && !valid(bytes);
    }),
    { numRuns: 2000 },
  );
});

test('a decoded text without a byte order mark encodes to the same bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('\0') && !text.startsWith('\ufeff'));
      return decodeDocument(Buffer.from(text), 'x') === text;
    }),
  );
});

test('file URIs are converted to paths', () => {
  const name = path.join(folder, 'mit Leerzeichen & ä#?.txt');
  assert.equal(fileUriToPath(pathToFileURL(name).href), name);
});
