import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Extracted } from '../../../server/formats/extracted.js';
import { readRtf } from '../../../server/formats/office/rtf.js';
import { placeOf, shown } from './office-files.js';

/** @param body behind the header; characters up to U+00FF are bytes */
const read = (body: string, header = '\\ansi\\ansicpg1252\\deff0'): Extracted =>
  readRtf(Uint8Array.from(`{\\rtf1${header} ${body}}`, (character) => character.charCodeAt(0)));

describe('RTF', () => {
  it('characters of the code page, Unicode with its replacement, named characters', () => {
    assert.equal(read("Stra\\'dfe caf\xe9").text, 'Straße café');
    assert.equal(read("\\'ef\\'f0\\'e8", '\\ansi\\ansicpg1251').text, 'при');
    assert.equal(read("\\u1055?\\u1088\\'3f\\uc2\\u8364 ab\\uc0\\u8364 c").text, 'Пр€€c');
    assert.equal(read('\\u-10179?\\u-8704?').text, '😀');
    assert.equal(read('a\\emdash b\\~c\\-d\\_e\\ldblquote f\\rdblquote').text, 'a—b\u00a0cd-e“f”');
    assert.equal(read('a\\{b\\}\\\\c').text, 'a{b}\\c');
  });

  it('the font decides the encoding, also of characters of two bytes', () => {
    const fonts = '{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset128 MS Gothic;}{\\f2\\fcharset161 Arial Greek;}}';
    assert.equal(read(`${fonts}\\f1\\'93\\'fa\\'96\\'7b\\f0`).text, '日本');
    assert.equal(read(`${fonts}{\\f2\\'e1}\\'e1`).text, 'αá');
  });

  it('destinations that are not text are left out, results of fields and objects are not', () => {
    const body = `{\\colortbl;\\red0;}{\\info{\\author Bob}}{\\*\\generator x;}{\\pict\\bin4 {}{}ffd8}
      {\\*\\listtable{\\list{\\listlevel{\\leveltext\\'01\\u8226 ;}}}}{\\*\\unknown {deep {er}}}{\\field{\\*\\fldinst HYPERLINK "x"}{\\fldrslt link}} text`;
    assert.equal(read(body).text, 'link text');
  });

  it('headings by style and outline level, list items with their labels, paragraphs', () => {
    const styles = '{\\stylesheet{\\s0 Normal;}{\\s3\\sbasedon0 heading 2;}{\\*\\cs4 Strong;}}';
    const body = `${styles}\\pard\\s3 Scope\\par\\pard\\outlinelevel0 Title\\par\\pard{\\listtext 1.\\tab}\\ls1 water\\par\\pard\\ls1\\ilvl1{\\listtext\\'b7\\tab}power\\par\\pard\\plain End\\line of it\\par`;
    assert.deepEqual(shown(read(body)), [
      'heading2: Scope',
      'heading1: Title',
      'listItem1: 1. water',
      'listItem2: power',
      'paragraph: End of it',
    ]);
  });

  it('tables by the edges of their cells; merged cells, header rows, text behind the table', () => {
    const row = (edges: readonly number[], cells: readonly string[], flags = ''): string =>
      `\\trowd${flags}${edges.map((edge) => `\\cellx${edge}`).join('')}\\pard\\intbl ${cells.map((cell) => `${cell}\\cell `).join('')}\\row `;
    const body = [
      row([1000, 2000, 3000], ['Claims', '2004', '2005'], '\\trhdr'),
      row([3000], ['Downwinders']),
      row([1000, 2000, 3000], ['Filed', '1,517', '1,367']),
      '\\pard After\\par',
    ];
    assert.deepEqual(shown(read(body.join(''))), [
      'names: [0]Claims | [1]2004 | [2]2005',
      'group: [0+3]Downwinders',
      'values: [0]Filed | [1]1,517 | [2]1,367',
      'paragraph: After',
    ]);
  });

  it('cells that are merged by their flags', () => {
    const body =
      '\\trowd\\clmgf\\cellx1000\\clmrg\\cellx2000\\cellx3000\\pard\\intbl Wide\\cell\\cell x\\cell\\row\\trowd\\clvmgf\\cellx1000\\cellx2000\\cellx3000\\intbl Tall\\cell 1\\cell 2\\cell\\row\\trowd\\clvmrg\\cellx1000\\cellx2000\\cellx3000\\intbl\\cell 3\\cell 4\\cell\\row';
    assert.deepEqual(shown(read(body)).slice(1), ['values: [0x2]Tall | [1]1 | [2]2', 'values: [1]3 | [2]4']);
    assert.match(shown(read(body))[0], /\[0\+2\]Wide \| \[2\]x$/);
  });

  it('footnotes, comments, headers and text boxes', () => {
    const body = `{\\header Lease\\par}{\\footer 3}The rent{\\super\\chftn}{\\footnote{\\super\\chftn} Without heating.} is due{\\*\\atnauthor Ada}{\\*\\annotation When?}.{\\shp{\\*\\shpinst\\shpleft0{\\sp{\\sn x}{\\sv y}}{\\shptxt In the box\\par}}}\\par Next\\par`;
    const result = read(body);
    assert.deepEqual(shown(result), [
      'paragraph: The rent is due.',
      'footnote: 1 Without heating.',
      'comment: Ada: When?',
      'paragraph: In the box',
      'paragraph: Next',
      'furniture: Lease',
    ]);
    assert.deepEqual(placeOf(result, 'Without'), { part: 'notes' });
    assert.deepEqual(placeOf(result, 'Lease'), { part: 'header' });
  });

  it('hidden and deleted text is left out', () => {
    assert.equal(read('a{\\v secret}b{\\deleted gone}c\\v x\\v0 d').text, 'abcd');
  });

  it('what is cut off or unbalanced is read as far as it goes, with a note', () => {
    const cut = readRtf(new TextEncoder().encode('{\\rtf1 one\\par {\\b two'));
    assert.equal(cut.text, 'one\ntwo');
    assert.match(cut.notes.join(), /damaged/);
    assert.equal(readRtf(new TextEncoder().encode('{\\rtf1 one}}}} two')).text, 'one two');
    assert.equal(readRtf(new TextEncoder().encode(`{\\rtf1 one${'{'.repeat(200_000)}x`)).text, 'onex');
  });
});
