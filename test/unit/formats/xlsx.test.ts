import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NAMESPACES, placeOf, readFile, sheetData, shown, xlsx } from './office-files.js';

const STYLES = `<x:styleSheet ${NAMESPACES}>
  <x:numFmts><x:numFmt numFmtId="164" formatCode="0.0%"/><x:numFmt numFmtId="165" formatCode="#,##0&quot; EUR&quot;"/></x:numFmts>
  <x:fonts><x:font/><x:font><x:b/></x:font></x:fonts>
  <x:cellXfs><x:xf numFmtId="0" fontId="0"/><x:xf numFmtId="164" fontId="0"/><x:xf numFmtId="165" fontId="0"/><x:xf numFmtId="14" fontId="0"/><x:xf numFmtId="0" fontId="1"/><x:xf numFmtId="20" fontId="0"/></x:cellXfs></x:styleSheet>`;
const lines = async (bytes: Uint8Array): Promise<string[]> => shown(await readFile(bytes));

describe('Excel workbooks', () => {
  it('values are shown in their number formats', async () => {
    const cells = [
      '<c r="A1" s="1"><v>0.3372</v></c>',
      '<c r="B1" s="2"><v>25000</v></c>',
      '<c r="C1" s="3"><v>45352</v></c>',
      '<c r="D1"><v>13.0</v></c>',
      '<c r="E1" t="b"><v>1</v></c>',
      '<c r="F1" s="5"><v>0.5625</v></c>',
      '<c r="G1" t="e"><v>#N/A</v></c>',
    ].join('');
    const bytes = xlsx({ Sheet1: `<sheetData><row r="1">${cells}</row></sheetData>` }, { 'styles.xml': STYLES });
    assert.deepEqual(await lines(bytes), [
      'values: [0]33.7% | [1]25,000 EUR | [2]3/1/2024 | [3]13 | [4]TRUE | [5]13:30 | [6]#N/A',
    ]);
  });

  it('dates of a workbook that counts from 1904', async () => {
    const sheet = '<sheetData><row r="1"><c r="A1" s="3"><v>43890</v></c></row></sheetData>';
    const bytes = xlsx({ Sheet1: sheet }, { 'styles.xml': STYLES }, '<x:workbookPr date1904="1"/>');
    assert.deepEqual(await lines(bytes), ['paragraph: 3/1/2024']);
  });

  it('shared strings of several runs, without their readings; escaped characters', async () => {
    const strings = `<x:sst ${NAMESPACES}><x:si><x:r><x:t>Open </x:t></x:r><x:r><x:t>Source</x:t></x:r><x:rPh><x:t>yomi</x:t></x:rPh></x:si><x:si><x:t>two_x000D_lines</x:t></x:si></x:sst>`;
    const sheet = '<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>99</v></c></row></sheetData>';
    assert.deepEqual(await lines(xlsx({ Sheet1: sheet }, { 'sharedStrings.xml': strings })), [
      'values: [0]Open Source | [1]two lines',
    ]);
  });

  it('every cell has its sheet and address; the sheet is a heading; a hidden one is read with a note', async () => {
    const rows = sheetData([
      ['Team', 'Cups'],
      ['Blues', 1],
      ['Leafs', 13],
    ]);
    const read = await readFile(
      xlsx({
        Cups: rows,
        'Since 67!': sheetData([
          ['Team', 'Cups'],
          ['Leafs', 0],
        ]),
      }),
    );
    assert.deepEqual(shown(read), [
      'heading1: Cups',
      'names: [0]Team | [1]Cups',
      'values: [0]Blues | [1]1',
      'values: [0]Leafs | [1]13',
      'heading1: Since 67',
      'names: [0]Team | [1]Cups',
      'values: [0]Leafs | [1]0',
    ]);
    assert.deepEqual(placeOf(read, '13'), { sheet: 'Cups', cell: 'B3' });
    assert.deepEqual(placeOf(read, 'Since 67'), { sheet: 'Since 67' });
    assert.deepEqual(read.notes, ['The sheet “Since 67” is hidden; it is read too.']);
  });

  it('a title above a table and a remark below it are not rows; merged names extend', async () => {
    const rows = sheetData([
      ['Tax rates by year'],
      ['Single', null, null],
      ['Earnings', 1997, 1998],
      [15000, 0.2, 0.3],
      [20000, 0.4, 0.5],
      ['* The rates include all levies that an employee pays in the year, and no allowances.'],
    ]);
    const bytes = xlsx({ Sheet1: `${rows}<mergeCells><mergeCell ref="A2:C2"/></mergeCells>` });
    assert.deepEqual(await lines(bytes), [
      'heading1: Tax rates by year',
      'heading1: Single',
      'names: [0]Earnings | [1]1997 | [2]1998',
      'values: [0]15000 | [1]0.2 | [2]0.3',
      'values: [0]20000 | [1]0.4 | [2]0.5',
      'paragraph: * The rates include all levies that an employee pays in the year, and no allowances.',
    ]);
  });

  it('a table goes on behind an empty row if what follows has no names of its own', async () => {
    const read = await readFile(
      xlsx({
        Sheet1: sheetData([
          ['Name', 'Price'],
          ['Tea', 2],
          [],
          ['Milk', 1],
          [],
          [],
          ['City', 'Population'],
          ['Bern', 5],
        ]),
      }),
    );
    assert.equal(read.blocks.length, 2);
    assert.deepEqual(shown(read), [
      'names: [0]Name | [1]Price',
      'values: [0]Tea | [1]2',
      'values: [0]Milk | [1]1',
      'names: [0]City | [1]Population',
      'values: [0]Bern | [1]5',
    ]);
  });

  it('a formula without a stored result is noted; one with a result is its result', async () => {
    const cells = '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>2+2</f></c>';
    const read = await readFile(xlsx({ Sheet1: `<sheetData><row r="1">${cells}</row></sheetData>` }));
    assert.equal(read.text, '2');
    assert.match(read.notes.join(), /Formulas of the sheet “Sheet1” have no stored result/);
  });

  it('hidden rows are read with a note', async () => {
    const read = await readFile(
      xlsx({
        Sheet1: '<sheetData><row r="1" hidden="1"><c t="inlineStr"><is><t>Secret</t></is></c></row></sheetData>',
      }),
    );
    assert.equal(read.text, 'Secret');
    assert.deepEqual(read.notes, ['The sheet “Sheet1” has hidden rows or columns; they are read too.']);
  });

  it('addresses beyond the sheet and merges of everything cost nothing', async () => {
    const sheet = `<sheetData><row r="99999999999"><c r="ZZZZ1"><v>1</v></c></row><row r="5"><c r="A5"><v>7</v></c></row></sheetData><mergeCells><mergeCell ref="A5:XFD1048576"/><mergeCell ref="nonsense"/></mergeCells>`;
    const read = await readFile(xlsx({ Sheet1: sheet }));
    assert.ok(read.text.includes('7'));
    assert.ok(read.text.length < 10);
  });
});
