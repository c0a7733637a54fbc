/** Tables of CSV, TSV and plain text: rows with the names of their columns, cells with their exact places. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { detectDialect } from '../../../server/views/tables/delimited.js';
import { hasHeader, keyColumn } from '../../../server/views/tables/headers.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { checkView } from './view-invariants.js';

function rowsOf(text: string, fileName: string): string[] {
  const view = viewOf(text, { fileName });
  checkView(view, text);
  return view.blocks.map(
    ({ start, end, kind }) => (kind === 'tableRow' ? '' : `${kind}: `) + view.text.slice(start, end),
  );
}
const csv = (text: string) => rowsOf(text, 'a.csv');
const plain = (text: string) => rowsOf(text, 'a.txt');

/** What an answer at a place of the view can be at most, as it stands in the file. */
function cellAt(view: ReadingView, file: string, part: string): string {
  const unit = view.unitAt(view.text.indexOf(part))!;
  const place = view.toFile(unit.start, unit.end)!;
  return file.slice(place.start, place.end);
}

describe('CSV and TSV', () => {
  it('every cell follows the name of its column, and is a separate answer', () => {
    const file = 'id,name,remarks\r\n7,"Berg, Anna","says ""no""\r\nand leaves"\r\n8,"Holm, Jens",\r\n';
    const view = viewOf(file, { languageId: 'csv' });
    checkView(view, file);
    assert.deepEqual(csv(file), [
      'id; name; remarks.',
      'id: 7; name: Berg, Anna; remarks: says "no" and leaves.',
      'id: 8; name: Holm, Jens.',
    ]);
    assert.equal(cellAt(view, file, 'Berg'), 'Berg, Anna');
    assert.equal(cellAt(view, file, 'says'), 'says ""no""\r\nand leaves');
    assert.equal(view.standsInFile(view.text.indexOf('name: Berg'), view.text.indexOf('Berg')), false);
  });

  it('finds the delimiter', () => {
    assert.deepEqual(csv('a b;price\nx, y;1,5\nz, v;2,5\n'), [
      'a b; price.',
      'a b: x, y; price: 1,5.',
      'a b: z, v; price: 2,5.',
    ]);
    assert.deepEqual(csv('name|age\nAnna|7\nJens|9\n')[1], 'name: Anna; age: 7.');
    assert.deepEqual(rowsOf('name\tage, years\nAnna\t7\nJens\t9\n', 'a.tsv')[1], 'name: Anna; age, years: 7.');
    assert.deepEqual(csv('sep=;\nname;n\na,b;1\n'), ['name; n.', 'name: a,b; n: 1.']);
    assert.equal(detectDialect("'a,b',1\n'c,d',2\n").quote, "'");
    assert.deepEqual(csv("name,n\n'a,b',1\n'c,d',2\n")[1], 'name: a,b; n: 1.');
  });

  it('a file of one column, an empty one, one line', () => {
    assert.deepEqual(csv('Apples\nPears\nPlums\n'), ['Apples', 'Pears', 'Plums']);
    assert.deepEqual(csv(''), []);
    assert.deepEqual(csv('\ufeff \r\n,,\n'), []);
    assert.deepEqual(csv('a,b,c'), ['a; b; c.']);
  });

  it('a table without names of columns', () => {
    assert.deepEqual(csv('Anna Berg,Oslo,1984-02-11\nTomas Lind,Uppsala,1979-10-30\n'), [
      'Anna Berg; Oslo; 1984-02-11.',
      'Tomas Lind; Uppsala; 1979-10-30.',
    ]);
  });

  it('lines before the table, rows that are too short or too long', () => {
    assert.deepEqual(csv('Expenses\n\nname,amount,city\nAnna,7\nJens,9,Oslo,more\nTill,3,Bergen\n'), [
      'paragraph: Expenses',
      'name; amount; city.',
      'name: Anna; amount: 7.',
      'name: Jens; amount: 9; city: Oslo; more.',
      'name: Till; amount: 3; city: Bergen.',
    ]);
  });

  it('a quote that is never closed does not swallow other rows', () => {
    assert.deepEqual(csv('name,size\n"12 inch,7\nbolt,9\n"nut",11\n').slice(1), [
      'name: "12 inch; size: 7.',
      'name: bolt; size: 9.',
      'name: nut; size: 11.',
    ]);
    assert.deepEqual(
      csv('name,size\n"so-called "nut" of steel",7\nbolt,9\n')[1],
      'name: so-called "nut" of steel; size: 7.',
    );
  });

  it('a long row repeats what it is about', () => {
    const long = 'word '.repeat(80).trim();
    const [, row] = csv(`name,text,city\nAnna,${long},Oslo\nJens,${long},Bergen\n`);
    assert.equal(row, `name: Anna; text: ${long}; name: Anna; city: Oslo.`);
  });
});

describe('names of columns and keys', () => {
  it('are distinguished from values', () => {
    assert.equal(
      hasHeader([
        ['country', '2019', '2020'],
        ['Norway', '5.3', '5.4'],
        ['Sweden', '10.2', '10.4'],
      ]),
      true,
    );
    assert.equal(
      hasHeader([
        ['1', '2'],
        ['3', '4'],
      ]),
      false,
    );
    assert.equal(
      hasHeader([
        ['Oslo', 'Norway'],
        ['Lyon', 'France'],
        ['Turku', 'Finland'],
      ]),
      false,
    );
    assert.equal(
      hasHeader([
        ['city', 'country'],
        ['Lyon', 'France'],
        ['Turku', 'Finland'],
      ]),
      true,
    );
    assert.equal(
      hasHeader([
        ['a', 'a'],
        ['1', '2'],
      ]),
      false,
    );
    assert.equal(
      keyColumn([
        ['1', 'Anna', 'x'],
        ['2', 'Jens', 'x'],
      ]),
      1,
    );
    assert.equal(
      keyColumn([
        ['1', 'x'],
        ['2', 'x'],
      ]),
      0,
    );
    assert.equal(keyColumn([['x'], ['x']]), -1);
  });
});

describe('tables in plain text', () => {
  it('columns separated by spaces, with a title above them', () => {
    assert.deepEqual(plain('Ports\nHOST     PORT   OWNER\nalpha    5432   Mira Stone\nbeta     6379   Tom Wells\n'), [
      'paragraph: Ports',
      'HOST; PORT; OWNER.',
      'HOST: alpha; PORT: 5432; OWNER: Mira Stone.',
      'HOST: beta; PORT: 6379; OWNER: Tom Wells.',
    ]);
    assert.deepEqual(plain('name      size   colour\nfox       12     red\ndog       9      brown and white\n'), [
      'name; size; colour.',
      'name: fox; size: 12; colour: red.',
      'name: dog; size: 9; colour: brown and white.',
    ]);
  });

  it('right-aligned numbers and a name of two words', () => {
    const df = [
      'Filesystem     1K-blocks      Used Use% Mounted on',
      'udev             8123412         0   0% /dev',
      '/dev/nvme0n1p2 490617784 312345678  68% /',
      'tmpfs            1630184      2044   1% /run',
      '/dev/sda1      961301832 871234560  96% /srv/backup',
    ].join('\n');
    assert.deepEqual(
      plain(df)[2],
      'Filesystem: /dev/nvme0n1p2; 1K-blocks: 490617784; Used: 312345678; Use%: 68%; Mounted on: /.',
    );
  });

  it('rulers, and cells of several lines under them', () => {
    assert.deepEqual(
      plain(
        'probe   depth (m)  remarks\n------  ---------  --------------\nKelp-1       12.5  lost and\n                   found again\nKelp-2       40.0\n',
      ),
      [
        'probe; depth (m); remarks.',
        'probe: Kelp-1; depth (m): 12.5; remarks: lost and found again.',
        'probe: Kelp-2; depth (m): 40.0.',
      ],
    );
  });

  it('psql and mysql', () => {
    const psql =
      ' id |  name  | note \n----+--------+------\n  1 | Overby | a   +\n    |        | b\n  2 | Skjold | \n(2 rows)\n';
    assert.deepEqual(plain(psql), [
      'id; name; note.',
      'id: 1; name: Overby; note: a b.',
      'id: 2; name: Skjold.',
      'paragraph: (2 rows)',
    ]);
    const mysql =
      '+----+--------+\n| id | name   |\n+----+--------+\n|  1 | Overby |\n|  2 | NULL   |\n+----+--------+\n2 rows in set\n';
    assert.deepEqual(plain(mysql), [
      'id; name.',
      'id: 1; name: Overby.',
      'id: 2; name: NULL.',
      'paragraph: 2 rows in set',
    ]);
  });

  it('grids whose rows take several lines, and box drawing', () => {
    const grid =
      '+------+-------+\n| code | means |\n+======+=======+\n| 1    | one   |\n|      | two   |\n+------+-------+\n| 2    | three |\n+------+-------+\n';
    assert.deepEqual(plain(grid), ['code; means.', 'code: 1; means: one two.', 'code: 2; means: three.']);
    assert.deepEqual(
      plain('┌──────┬───┐\n│ name │ n │\n├──────┼───┤\n│ a b  │ 7 │\n│ c    │ 8 │\n└──────┴───┘\n').slice(1),
      ['name: a b; n: 7.', 'name: c; n: 8.'],
    );
  });

  it('pipes, with a rule or without', () => {
    assert.deepEqual(plain('| a b | c |\n|-----+---|\n| d   | e |\n'), ['a b; c.', 'a b: d; c: e.']);
    assert.deepEqual(plain('Name | Monday | Tuesday\nLena | early | late\nOmar | late | off\n').slice(1), [
      'Name: Lena; Monday: early; Tuesday: late.',
      'Name: Omar; Monday: late; Tuesday: off.',
    ]);
  });

  it('text that is not a table is unchanged', () => {
    for (const text of [
      'use a | b or c | d\nas you like',
      'if a || b\nthen c',
      'Network Working Group          A. Lindqvist\nRequest for Comments: 7999   Tidewater Labs\nObsoletes: 6111                    B. Okoro',
      'Title of it\n-----------\nand text',
      'He said that the\nold harbour is no\nlonger in use.',
      '-v   be verbose about it\n-q   say nothing at all',
    ]) {
      const view = viewOf(text, { fileName: 'a.txt' });
      assert.equal(
        view.blocks.some(({ kind }) => kind === 'tableRow'),
        false,
        text,
      );
    }
  });
});

describe('tables take time in proportion to their length', () => {
  for (const [name, part] of [
    ['quotes', '"'],
    ['quotes that open', ',"a'],
    ['quotes that open on lines', '"a,b\n'],
    ['closed ones', '"a",'],
    ['half of them', '"a" b,'],
    ['delimiters', ','],
    ['rows', 'a,"b, c",d\n'],
    ['line ends', '\n'],
    ['a line', 'word '],
  ] as const) {
    it(`CSV: ${name}`, () => {
      assertGrowsInProportion(name, 200_000, (size) => viewOf(part.repeat(size / part.length), { fileName: 'a.csv' }));
    });
  }
  for (const part of [
    '|',
    '| a ',
    '|a|b|\n',
    '+--',
    '+--+\n',
    '|--|\n',
    'a   b   c\n',
    '-- ',
    '--  --\n',
    'a\t',
    '\\|',
    'A  B\n--\n',
    '┼',
  ]) {
    it(`plain text: ${JSON.stringify(part)}`, () => {
      assertGrowsInProportion(part, 200_000, (size) => viewOf(part.repeat(size / part.length), { fileName: 'a.txt' }));
    });
  }
});
