/** Tables of answers as files: what a spreadsheet shows in each cell, and that it calculates nothing. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { isOwnTable } from '../../../server/documents/own-files.js';
import { headOf, type TableRow, valuesOf } from '../../../server/documents/table-columns.js';
import { formatOf } from '../../../server/documents/table-file.js';
import { workbookOf } from '../../../server/documents/table-workbook.js';
import type { ExtractCell } from '../../../server/protocol.js';
import { sentenceText } from '../../../server/runs/sentence-text.js';
import { readFile } from '../formats/office-files.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-export-'));
after(() => rmSync(root, { recursive: true }));
const put = (name: string, content: string | Uint8Array) => {
  writeFileSync(path.join(root, name), content);
  return path.join(root, name);
};

const cell = (text: string, more: Partial<ExtractCell> = {}): ExtractCell => ({
  start: 0,
  end: text.length,
  text,
  line: 31,
  character: 0,
  endLine: 31,
  endCharacter: 0,
  score: 1,
  margin: 1,
  probability: 0.5,
  grade: 'unsure',
  ...more,
});

const QUESTIONS = [
  { name: 'fee', question: 'How much is the fee?' },
  { name: '=who', question: 'Who?' },
];
const FORMULA = '=HYPERLINK("http://x.example";"a")';
const ROWS: TableRow[] = [
  {
    file: 'a.md',
    cells: [
      cell('EUR\n**4,850**', { prose: 'EUR 4,850', sentenceText: 'The fee is EUR **4,850**.', grade: 'sure' }),
      cell(FORMULA, { page: 3, sentenceText: '@SUM(A1)' }),
    ],
    checked: [true, false],
  },
  { file: '+b.md', cells: [null, cell('-2+3', { sheet: 'Costs', cell: 'C14' })], checked: [false, false] },
  { file: 'c.bin', cells: [null, null], skipped: 'c.bin is not a text file.', checked: [false, false] },
];

/** Every cell of a workbook by its address, as the project's own reader of Excel files shows it. */
async function cellsOf(bytes: Uint8Array): Promise<Map<string, string>> {
  const { text, places } = await readFile(bytes);
  const cells = new Map<string, string>();
  for (const [i, { start, cell: address }] of places.entries()) {
    if (address !== undefined) cells.set(address, text.slice(start, places[i + 1]?.start ?? text.length).trim());
  }
  return cells;
}

/** "A", "Z", "AA" */
const columnName = (column: number): string =>
  (column >= 26 ? columnName(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));

describe('tables as files', () => {
  it('clean words, exact characters, sentence, place, grade, probability and what was checked have their columns', () => {
    assert.deepEqual(headOf(QUESTIONS.slice(0, 1), true), [
      ...['file', 'fee', 'fee exact', 'fee sentence', 'fee place', 'fee grade', 'fee probability', 'fee checked'],
      'status',
    ]);
    const [row] = ROWS;
    assert.deepEqual(valuesOf({ ...row, cells: row.cells.slice(0, 1) }), [
      'a.md',
      'EUR 4,850',
      'EUR\n**4,850**',
      'The fee is EUR **4,850**.',
      'line 32',
      'sure',
      0.5,
      'yes',
      'read',
    ]);
    const place = { start: 0, end: 4, line: 0, character: 0, endLine: 0, endCharacter: 4 };
    const list = cell('a, b', {
      ranges: [
        { ...place, text: 'a\n b', prose: 'a b' },
        { ...place, text: 'c' },
      ],
    });
    assert.deepEqual(valuesOf({ file: 'x', cells: [list] }).slice(1, 3), ['a b; c', 'a\n b\nc']);
  });

  it('CSV: a byte order mark, quoted cells, formulas disarmed, no place that is read as a time of day', () => {
    const { head, row, tail } = formatOf('table.csv');
    const text = [head(QUESTIONS, true), ...ROWS.map((each, i) => row(each, i === 0)), tail([], undefined)].join('');
    assert.ok(text.startsWith('\ufefffile,fee,'));
    const lines = text.split('\r\n');
    assert.equal(lines.length, 5);
    assert.match(
      lines[1],
      /^a\.md,"EUR 4,850","EUR\n\*\*4,850\*\*","The fee is EUR \*\*4,850\*\*\.",line 32,sure,0\.5000,yes,/,
    );
    assert.ok(lines[1].includes(`"'${FORMULA.replaceAll('"', '""')}"`), lines[1]);
    assert.ok(lines[1].includes(",'@SUM(A1),page 3,unsure,0.5000,,read"), lines[1]);
    assert.match(lines[2], /^'\+b\.md,,,,,,,,'-2\+3,'-2\+3,,Costs!C14,unsure,0\.5000,,read$/);
  });

  it('XLSX: the same cells, texts as texts and probabilities as numbers, in the order of the table', async () => {
    const bytes = await workbookOf(QUESTIONS, ROWS, true);
    const cells = await cellsOf(bytes);
    const expected = [headOf(QUESTIONS, true), ...ROWS.map(valuesOf)];
    for (const [y, values] of expected.entries()) {
      for (const [x, value] of values.entries()) {
        const found = cells.get(`${columnName(x)}${y + 1}`) ?? '';
        const shown = typeof value === 'number' ? value.toFixed(4) : value.replace(/\s+/g, ' ');
        assert.equal(found.replace(/\s+/g, ' '), shown, `row ${y}, column ${x}`);
      }
    }
    const sheet = strFromU8(unzipSync(bytes)['xl/worksheets/sheet1.xml']);
    assert.doesNotMatch(sheet, /<f[ >]/);
    assert.match(sheet, /<pane [^>]*ySplit="1"/);
  });

  it('XLSX: no text is a formula, breaks the file or is read as another one, whatever it is', async () => {
    const odd = fc.oneof(
      fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
      fc.constantFrom(
        '=1+1',
        '+1',
        '@a',
        '-1',
        '_x000D_',
        '_x0041_',
        '</t><f>1</f>',
        '&amp;',
        ']]>',
        '\u0000\u0007',
        '\ud800',
        'constructor',
        '__proto__',
        'toString',
      ),
      fc.constantFrom('a\r\nb', '\ufeff', ' a ', "'a", 'x'.repeat(40_000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(odd, { minLength: 1, maxLength: 5 }), async (texts) => {
        const rows = texts.map((text) => ({ file: text, cells: [cell(text)] }));
        const bytes = await workbookOf(QUESTIONS.slice(0, 1), rows, false);
        const parts = unzipSync(bytes);
        const sheet = strFromU8(parts['xl/worksheets/sheet1.xml']);
        assert.doesNotMatch(sheet, /<f[ >]/);
        const cells = await cellsOf(bytes);
        // The reader shows white space and what steers in its own way.
        const same = (text: string) => text.replace(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, '').replace(/[\ufffc\ufffd]/g, '');
        for (const [i, text] of texts.entries()) {
          const found = same(cells.get(`A${i + 2}`) ?? '');
          const whole = same(text);
          assert.ok(found === whole || (text.length > 32_767 && found === `${whole.slice(0, 32_766)}…`), text);
        }
      }),
      { numRuns: rounds(40, 2000) },
    );
  });

  it('a workbook of ours is known by its sheet, also when another program packed it again; any other is a document', async () => {
    const bytes = await workbookOf(QUESTIONS, ROWS, false);
    assert.ok(await isOwnTable(put('answers.xlsx', bytes)));
    const parts = unzipSync(bytes);
    assert.ok(await isOwnTable(put('again.xlsx', zipSync(parts, { level: 0 }))));
    const workbook = strFromU8(parts['xl/workbook.xml']);
    const renamed = { ...parts, 'xl/workbook.xml': strToU8(workbook.replace('Ask BERT answers', 'Costs')) };
    assert.ok(!(await isOwnTable(put('costs.xlsx', zipSync(renamed)))));
    const two = workbook.replace(/(<sheet [^>]*>)/, '$1<sheet name="More" sheetId="2" r:id="rId9"/>');
    assert.ok(!(await isOwnTable(put('two.xlsx', zipSync({ ...parts, 'xl/workbook.xml': strToU8(two) })))));
    for (const [name, damaged] of Object.entries({
      'empty.xlsx': new Uint8Array(0),
      'short.xlsx': bytes.slice(0, 100),
      'cut.xlsx': bytes.slice(0, bytes.length - 10),
      'text.xlsx': 'not a workbook, though its name says so',
      'wild.xlsx': Uint8Array.from(bytes, (byte, i) => (i > bytes.length - 60 ? 255 - byte : byte)),
    })) {
      assert.ok(!(await isOwnTable(put(name, damaged))), name);
    }
  });

  it('Markdown says place, grade and probability, and what was checked', () => {
    const { row } = formatOf('table.md');
    assert.equal(
      row(ROWS[0], true),
      `| a.md | EUR 4,850 (line 32, sure, p=0.50) ✓ | =HYPERLINK("http://x.example";"a") (page 3, unsure, p=0.50) | read |\n`,
    );
  });

  it('a sentence is one line, and a long one is cut around the answer', () => {
    const text = 'First. The fee\n is EUR 4,850 a month. Last.';
    const start = text.indexOf('EUR');
    const end = start + 'EUR 4,850'.length;
    const answer = cell('EUR 4,850', { start, end, sentence: { start: 7, end: text.indexOf(' Last') } });
    assert.equal(sentenceText(text, answer), 'The fee is EUR 4,850 a month.');
    assert.equal(sentenceText(text, cell('EUR 4,850', { start, end })), undefined);
    const long = `${'a '.repeat(2000)}EUR 4,850${' b'.repeat(2000)}`;
    const at = 4000;
    const cut = sentenceText(
      long,
      cell('EUR 4,850', { start: at, end: at + 9, sentence: { start: 0, end: long.length } }),
    );
    assert.match(cut ?? '', /^…(?:a )+EUR 4,850(?: b)+…$/);
    assert.ok((cut?.length ?? 0) <= 1002);
  });
});
