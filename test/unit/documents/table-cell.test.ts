/** A cell of a table is text, whatever it contains. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvCell, markdownCell } from '../../../server/documents/table-cell.js';
import { formatOf } from '../../../server/documents/table-file.js';

const CELLS: [name: string, value: string, expected: string][] = [
  ['a formula', '=1+1', "'=1+1"],
  ['a link', '=HYPERLINK("http://evil","x")', `"'=HYPERLINK(""http://evil"",""x"")"`],
  ['plus', "+cmd|'/c calc'!A0", "'+cmd|'/c calc'!A0"],
  ['minus', '-2+3+cmd', "'-2+3+cmd"],
  ['at', '@SUM(1)', "'@SUM(1)"],
  ['wide equals sign', '\uff1d1+1', "'\uff1d1+1"],
  ['blanks before it', '  =1+1', "'  =1+1"],
  ['a tab before it', '\t=1+1', `"'\t'=1+1"`],
  ['a tab', '\tx', `"'\tx"`],
  ['a line end before it', '\r\n=1+1', `"'\r\n'=1+1"`],
  ['behind another separator', 'a;=1+1', `"a;'=1+1"`],
  ['on its second line', 'a\n@x', `"a\n'@x"`],
  ['a telephone number', '+49 30 1234', '+49 30 1234'],
  ['a number', '-5', '-5'],
  ['a share', '-3.2 %', '-3.2 %'],
  ['a dash as an answer', '- one', "'- one"],
  ['items on their own lines', 'one:\n- two\n- three', '"one:\n- two\n- three"'],
  ['a sum in the middle', 'a = b + c', 'a = b + c'],
  ['quotation marks', 'say "no", he', '"say ""no"", he"'],
  ['escape sequences', 'a\x1b[2J\x07b\x9bc\u202ed', 'a\ufffd[2J\ufffdb\ufffdc\ufffdd'],
  ['nothing', '', ''],
  ['other scripts and emoji', 'Zürich 東京 👩‍👩‍👧', 'Zürich 東京 👩‍👩‍👧'],
];

describe('a cell of a CSV file', () => {
  for (const [name, value, expected] of CELLS) it(name, () => assert.equal(csvCell(value), expected));
});

describe('tables', () => {
  const hostile = '=1+1\x1b[2J\u202e](command:x)|\n<b>';

  it('protect names of files, names of questions and reasons', () => {
    const csv = formatOf('x.csv');
    assert.equal(
      csv.head([{ name: hostile, question: 'q' }]).split(',')[1],
      `"'=1+1\ufffd[2J\ufffd](command:x)|\n<b>"`,
    );
    const row = csv.row({ file: hostile, cells: [null], skipped: hostile }, true);
    assert.match(row, /^"'=1\+1/);
    assert.match(row, /,"skipped: =1\+1\ufffd\[2J\ufffd\]/);
  });

  it('in Markdown show it unchanged, in one line', () => {
    assert.equal(markdownCell(hostile), '=1+1\ufffd\\[2J\ufffd\\](command:x)\\| \\<b\\>');
  });

  it('in JSON represent the same characters', () => {
    const row = formatOf('x.json').row({ file: `${hostile}\x9b`, cells: [null] }, true);
    assert.doesNotMatch(row.trim(), /[\p{Cc}\u202e]/u);
    assert.equal(JSON.parse(row).file, `${hostile}\x9b`);
  });
});
