/** What hostile files cost: one error or a part with a note, never more than their size. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { Archive, resolvePath } from '../../../server/formats/archive.js';
import { UnreadableFormat, type UnreadableReason } from '../../../server/formats/extracted.js';
import { marksOf } from '../../../server/formats/signature.js';
import { parseXml, textOf } from '../../../server/formats/xml.js';
import { docx, NAMESPACES, paragraph, readerOf, readFile, shown, xlsx, zip } from './office-files.js';

const refuses =
  (reason: UnreadableReason, detail = /.*/) =>
  (error: unknown) =>
    error instanceof UnreadableFormat && error.reason === reason && detail.test(error.message);
const xml = (text: string): Uint8Array => strToU8(text);

describe('hostile archives', () => {
  it('a part that unpacks to more than its ratio or the limit allows is refused before it is in memory', async () => {
    // 64 MiB of blanks in 64 KiB.
    const bomb = zipSync({ 'a.xml': new Uint8Array(64 * 1024 * 1024).fill(32) }, { level: 9 });
    assert.ok(bomb.length < 128 * 1024);
    assert.throws(() => new Archive(bomb).read('a.xml'), refuses('tooLarge'));
    const part = strToU8(`<w:document ${NAMESPACES}>${' '.repeat(64 * 1024 * 1024)}</w:document>`);
    const bytes = zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': part });
    await assert.rejects(readFile(bytes), refuses('tooLarge'));
  });

  it('an archive in an archive is not unpacked', async () => {
    const inner = zip({ 'word/document.xml': 'x'.repeat(1000) });
    const read = await readFile(
      docx(paragraph('text'), { 'embeddings/inner.zip': new TextDecoder('latin1').decode(inner) }),
    );
    assert.equal(read.text, 'text');
  });

  it('names that lead out of the archive, or are not names, are left out', () => {
    const bytes = zip({
      '../etc/passwd': 'x',
      'a/../../b': 'x',
      'C:/x': 'x',
      'good/name.xml': 'y',
      'back\\slash.xml': 'z',
    });
    assert.deepEqual(new Archive(bytes).names, ['good/name.xml', 'back/slash.xml']);
    assert.equal(resolvePath('word/document.xml', '../../../etc/passwd'), '');
    assert.equal(resolvePath('word/document.xml', '../media/%41.xml#x'), 'media/A.xml');
    assert.equal(resolvePath('word/document.xml', '/xl/a.xml'), 'xl/a.xml');
  });

  it('an archive that is cut off is read as far as it goes, with a note', async () => {
    const whole = docx(paragraph('The rent is 700 euros.') + paragraph('more '.repeat(200)));
    const directory = whole.lastIndexOf(0x50, whole.length - 23);
    assert.ok(directory > 0);
    const read = await readFile(whole.subarray(0, whole.length - 40));
    assert.equal(shown(read)[0], 'paragraph: The rent is 700 euros.');
    assert.deepEqual(read.notes, ['The file is damaged: some of it may be missing.']);
  });

  it('a wrong checksum is noted', async () => {
    const bytes = zipSync(
      {
        '[Content_Types].xml': strToU8('<Types/>'),
        'word/document.xml': strToU8(
          `<w:document ${NAMESPACES}><w:body>${paragraph('Rent 700')}</w:body></w:document>`,
        ),
      },
      { level: 0 },
    );
    const at = Buffer.from(bytes).indexOf('700');
    bytes[at] = 0x38;
    const read = await readFile(bytes);
    assert.equal(read.text, 'Rent 800');
    assert.deepEqual(read.notes, ['The file is damaged: some of it may be missing.']);
  });

  it('bytes that only begin like an archive are damaged', async () => {
    assert.deepEqual(marksOf(strToU8('PK\u0003\u0004'))[1], []);
    assert.throws(() => new Archive(strToU8('PK\u0003\u0004garbage')), refuses('damaged'));
    assert.equal(readerOf(strToU8('plain text')), undefined);
  });

  it('an Office file without its main part is damaged, one without text is empty', async () => {
    await assert.rejects(
      readFile(zip({ '[Content_Types].xml': '<Types/>', 'word/other.xml': '<x/>' })),
      refuses('damaged', /word\/document\.xml/),
    );
    await assert.rejects(readFile(docx('')), refuses('empty'));
  });
});

describe('hostile XML', () => {
  it('entities of a document type are not expanded', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "${`&b${i - 1};`.repeat(10)}">`).join('')}]><x>&b19;&amp;&#65;<y/></x>`;
    const { root } = parseXml(xml(bomb));
    assert.ok(textOf(root).length < 100);
    assert.match(textOf(root), /&A$/);
  });

  it('an external entity is not fetched', () => {
    const { root } = parseXml(xml('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'));
    assert.doesNotMatch(textOf(root), /root/);
  });

  it('elements that are nested too deeply are refused', async () => {
    await assert.rejects(readFile(docx('<w:tbl><w:tr><w:tc>'.repeat(20_000))), refuses('tooDeep'));
  });

  it('what is not well-formed is read up to there', () => {
    const { root, isWellFormed } = parseXml(xml('<x><y>one</z>two</y><y>three'));
    assert.equal(isWellFormed, false);
    assert.match(textOf(root), /^one/);
  });

  it('encodings by their mark and declaration', () => {
    const utf16 = new Uint8Array([0xff, 0xfe, ...Buffer.from('<x>é</x>', 'utf16le')]);
    assert.equal(textOf(parseXml(utf16).root), 'é');
    const latin = Uint8Array.from('<?xml version="1.0" encoding="ISO-8859-1"?><x>\xe9</x>', (c) => c.charCodeAt(0));
    assert.equal(textOf(parseXml(latin).root), 'é');
  });
});

describe('hostile numbers', () => {
  it('a cell that extends over a thousand million columns, and a list item of a million', async () => {
    const cell = (text: string, span: string): string =>
      `<w:tc><w:tcPr><w:gridSpan w:val="${span}"/></w:tcPr>${paragraph(text)}</w:tc>`;
    const table = `<w:tbl>${`<w:tr>${cell('a', '1000000000')}${cell('b', '-5')}</w:tr>`.repeat(3)}</w:tbl>`;
    const read = await readFile(docx(table));
    assert.deepEqual(shown(read)[0], 'values: [0]a | [1]b');
  });

  it('many small cells are counted, not their addresses', async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => `<row r="${(i + 1) * 300}"><c r="XFD${(i + 1) * 300}"><v>1</v></c></row>`,
    );
    const read = await readFile(xlsx({ Sheet1: `<sheetData>${rows.join('')}</sheetData>` }));
    assert.equal(read.text.length, 3000 * 2 - 1);
    assert.equal(read.places.length, 3000);
  });
});
