import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UnreadableFormat } from '../../../server/formats/extracted.js';
import { odf, placeOf, readerOf, readFile, shown, zip } from './office-files.js';

const lines = async (bytes: Uint8Array): Promise<string[]> => shown(await readFile(bytes));
const cell = (text: string, attributes = ''): string =>
  `<table:table-cell ${attributes}><text:p>${text}</text:p></table:table-cell>`;
const row = (cells: string, attributes = ''): string => `<table:table-row ${attributes}>${cells}</table:table-row>`;

describe('OpenDocument files', () => {
  it('headings, spaces, lists with numbers, notes and comments behind their paragraph', async () => {
    const numbers =
      '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/></text:list-style>';
    const body = `<text:h text:outline-level="2">The<text:s text:c="2"/>scope</text:h>
      <text:p>Rent<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>Without heating.</text:p></text:note-body></text:note> is due<office:annotation><dc:creator>Ada</dc:creator><text:p>When?</text:p></office:annotation>.</text:p>
      <text:list text:style-name="L1"><text:list-item><text:p>water</text:p></text:list-item><text:list-item><text:p>power</text:p></text:list-item></text:list>`;
    const read = await readFile(odf('text', body, '', numbers));
    assert.deepEqual(shown(read), [
      'heading2: The scope',
      'paragraph: Rent is due.',
      'footnote: 1 Without heating.',
      'comment: Ada: When?',
      'listItem1: 1. water',
      'listItem1: 2. power',
    ]);
    assert.deepEqual(placeOf(read, 'Without'), { part: 'notes' });
    assert.deepEqual(placeOf(read, 'water'), {});
  });

  it('deleted text, which is kept apart, is left out; a table of contents is not headings; boxes are read at their anchor', async () => {
    const body = `<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>
      <text:table-of-content><text:index-body><text:p>Scope 3</text:p></text:index-body></text:table-of-content>
      <text:p>Anchor<draw:frame><draw:text-box><text:p>In the box</text:p></draw:text-box></draw:frame></text:p>`;
    assert.deepEqual(await lines(odf('text', body)), [
      'furniture: Scope 3',
      'paragraph: Anchor',
      'paragraph: In the box',
    ]);
  });

  it('header rows, merged cells, and labels without values', async () => {
    const table = `<table:table><table:table-header-rows>${row(cell('Item') + cell('Meets?') + cell('Notes'))}</table:table-header-rows>
      ${row(`${cell('Speed', 'table:number-columns-spanned="3"')}<table:covered-table-cell table:number-columns-repeated="2"/>`)}
      ${row(`${cell('Models')}<table:table-cell/>${cell('Cloud')}`)}${row(cell('API'))}</table:table>`;
    assert.deepEqual(await lines(odf('text', table)), [
      'names: [0]Item | [1]Meets? | [2]Notes',
      'group: [0+3]Speed',
      'values: [0]Models | [2]Cloud',
      'values: [0]API',
    ]);
  });

  it('sheets: repeated empty cells and rows keep the addresses, repeated values are repeated', async () => {
    const body = `<table:table table:name="Plan">${row('<table:table-cell/>', 'table:number-rows-repeated="4"')}
      ${row(`<table:table-cell table:number-columns-repeated="2"/>${cell('FCO')}${cell('Officer')}<table:table-cell table:number-columns-repeated="1000"/>`)}
      ${row(`<table:table-cell table:number-columns-repeated="2"/>${cell('same', 'table:number-columns-repeated="2"')}`)}
      ${row('<table:table-cell table:number-columns-repeated="1024"/>', 'table:number-rows-repeated="1048000"')}</table:table><table:table table:name="Other">${row(cell('x'))}</table:table>`;
    const read = await readFile(odf('spreadsheet', body));
    assert.deepEqual(shown(read), [
      'heading1: Plan',
      'values: [2]FCO | [3]Officer',
      'values: [2]same | [3]same',
      'heading1: Other',
      'paragraph: x',
    ]);
    assert.deepEqual(placeOf(read, 'Officer'), { sheet: 'Plan', cell: 'D5' });
  });

  it('a million repeated filled cells and rows are read once only, with a note', async () => {
    const body = `<table:table table:name="T">${row(cell('x', 'table:number-columns-repeated="999999999"'), 'table:number-rows-repeated="999999999"')}</table:table>`;
    const read = await readFile(odf('spreadsheet', body));
    assert.ok(read.text.length < 100_000, String(read.text.length));
    assert.match(read.notes.join(), /repeated very often/);
  });

  it('slides with titles, shapes by their places, and notes', async () => {
    const frame = (text: string, at: string, kind = ''): string =>
      `<draw:frame ${kind && `presentation:class="${kind}"`} svg:x="${at}" svg:y="${at}" svg:width="2cm" svg:height="1cm"><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame>`;
    const body = `<draw:page>${frame('late', '9cm')}${frame('early', '3cm')}${frame('Goals', '1cm', 'title')}<presentation:notes>${frame('Say it.', '1cm', 'notes')}</presentation:notes></draw:page>`;
    const read = await readFile(odf('presentation', body));
    assert.deepEqual(shown(read), ['heading1: Goals', 'paragraph: early', 'paragraph: late', 'note: Say it.']);
    assert.deepEqual(placeOf(read, 'Say'), { slide: 1, part: 'notes' });
  });

  it('an encrypted file asks for its password', async () => {
    const bytes = zip({
      mimetype: 'application/vnd.oasis.opendocument.text',
      'META-INF/manifest.xml':
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>',
      'content.xml': 'garbage',
    });
    await assert.rejects(readFile(bytes), (error: UnreadableFormat) => error.reason === 'password');
  });

  it('a file of one XML document is read', async () => {
    const bytes = new TextEncoder().encode(
      '<?xml version="1.0"?>\n<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:p>Flat</text:p></office:text></office:body></office:document>',
    );
    assert.equal(readerOf(bytes)?.name, 'OpenDocument file');
    assert.deepEqual(await lines(bytes), ['paragraph: Flat']);
  });
});
