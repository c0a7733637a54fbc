/** The view of an extracted text: what the model reads of headings, tables, footnotes, heads and feet. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Extracted, ExtractedCell, ExtractedRow, TextBlock } from '../../../server/formats/extracted.js';
import { originOf } from '../../../server/reader/origin.js';
import { recordsOf, viewOf } from '../../../server/views/choose-view.js';
import { extractedView } from '../../../server/views/extracted.js';
import fc from '../helpers/fast-check.js';

type Cell = string | { text: string; columns?: number; rows?: number; column?: number };

/** Builds an extracted text from blocks in short form. */
class Text {
  readonly extracted: Extracted = { text: '', blocks: [], places: [], notes: [] };

  add(kind: TextBlock['kind'], text: string, level?: number): this {
    const { extracted } = this;
    const start = extracted.text.length;
    extracted.text += `${text}\n`;
    extracted.blocks.push({ kind, start, end: start + text.length, ...(level === undefined ? {} : { level }) });
    return this;
  }

  at(place: Omit<Extracted['places'][number], 'start'>): this {
    this.extracted.places.push({ start: this.extracted.text.length, ...place });
    return this;
  }

  table(rows: [ExtractedRow['kind'], ...Cell[]][], key?: number): this {
    const { extracted } = this;
    const start = extracted.text.length;
    const made = rows.map(([kind, ...cells]): ExtractedRow => {
      const placed: ExtractedCell[] = [];
      let column = 0;
      for (const cell of cells) {
        const {
          text,
          columns = 1,
          rows: high,
          column: own = column,
        } = typeof cell === 'string' ? { text: cell } : cell;
        if (text !== '') {
          if (placed.length > 0) extracted.text += '\t';
          const from = extracted.text.length;
          extracted.text += text;
          placed.push({ start: from, end: from + text.length, column: own, columns, ...(high ? { rows: high } : {}) });
        }
        column = own + columns;
      }
      extracted.text += '\n';
      return { kind, cells: placed };
    });
    const end = extracted.text.length - 1;
    extracted.blocks.push({ kind: 'table', start, end, rows: made, ...(key === undefined ? {} : { key }) });
    return this;
  }

  /** Text of each block of the view with its path. */
  get read(): [string, ...string[]][] {
    const view = extractedView(this.extracted);
    return view.blocks.map(({ start, end, path }) => [view.text.slice(start, end), ...path]);
  }
}

describe('the view of an extracted text', () => {
  it('headings are the path of what is below them, until one of the same level', () => {
    const text = new Text()
      .add('heading', 'Lease', 1)
      .add('paragraph', 'Between A and B.')
      .add('heading', 'Rent', 2)
      .add('listItem', '100 EUR a month', 1)
      .add('footnote', 'Without heating.')
      .add('heading', 'Term', 2)
      .add('paragraph', 'Two years.');
    assert.deepEqual(text.read, [
      ['Lease'],
      ['Between A and B.', 'Lease'],
      ['Rent', 'Lease'],
      ['100 EUR a month', 'Lease', 'Rent'],
      ['Without heating.', 'Lease', 'Rent'],
      ['Term', 'Lease'],
      ['Two years.', 'Lease', 'Term'],
    ]);
  });

  it('names of sheets and chapters are part of the path, unless a heading has the same words', () => {
    const text = new Text()
      .at({ sheet: 'Wins' })
      .table([
        ['names', 'Team', 'Cups'],
        ['values', 'Leafs', '13'],
      ])
      .at({ sheet: 'Losses', cell: 'A1' })
      .add('paragraph', 'None.')
      .at({ sheet: 'Losses', cell: 'A2' })
      .add('heading', 'Losses', 1)
      .add('paragraph', 'Still none.');
    assert.deepEqual(text.read, [
      ['Team; Cups.', 'Wins'],
      ['Team: Leafs; Cups: 13.', 'Wins'],
      ['None.', 'Losses'],
      ['Losses', 'Losses'],
      ['Still none.', 'Losses'],
    ]);
  });

  it('captions are part of the path of their tables, on the side where the document has them', () => {
    const row = (word: string): [ExtractedRow['kind'], ...Cell[]][] => [
      ['names', 'Code', 'Meaning'],
      ['values', '13', word],
    ];
    const below = new Text()
      .add('heading', 'Traps', 1)
      .table(row('Load fault'))
      .add('furniture', '48')
      .add('paragraph', 'Table 3.6: Machine cause register (mcause) values. Others are in Table 3.7.')
      .table(row('Store fault'))
      .add('paragraph', 'Table 4.2: Supervisor cause register (scause) values')
      .add('paragraph', 'Table 4.2 shows them.');
    const paths = (text: Text) => text.read.filter(([row]) => /13/.test(row)).map(([, ...path]) => path);
    assert.deepEqual(paths(below), [
      ['Traps', 'Machine cause register (mcause) values'],
      ['Traps', 'Supervisor cause register (scause) values'],
    ]);
    const above = new Text()
      .add('paragraph', 'Tabelle 1 Ursachen der Maschine')
      .table(row('Load fault'))
      .add('paragraph', 'Table 2 – 2019 causes of the supervisor')
      .table(row('Store fault'))
      .add('paragraph', 'Tables are dull.');
    assert.deepEqual(paths(above), [['Ursachen der Maschine'], ['2019 causes of the supervisor']]);
    // What only tells of a table is not its caption.
    const told = new Text().add('paragraph', 'Table 4.2 shows what happens.').table(row('Load fault'));
    assert.deepEqual(paths(told), [[]]);
  });

  it('what sums up the whole table is below no group of it', () => {
    const text = new Text().table([
      ['names', '', 'Cost'],
      ['group', 'Supplies'],
      ['values', 'Paint', '60'],
      ['values', 'Subtotal', '90'],
      ['values', 'GRAND TOTAL', '211'],
    ]);
    assert.deepEqual(text.read.slice(2), [
      ['Supplies: Paint; Cost: 60.', 'Supplies'],
      ['Supplies: Subtotal; Cost: 90.', 'Supplies'],
      ['GRAND TOTAL; Cost: 211.'],
    ]);
  });

  it('cells are read with the names of their columns, of several rows, and rows with the title of their group', () => {
    const text = new Text().table([
      ['names', '', { text: '2019', columns: 2 }, { text: '2020', columns: 2 }],
      ['names', 'Claims', 'Filed', 'Paid', 'Filed', 'Paid'],
      ['group', 'Downwinders'],
      ['values', 'Utah', '10', '', '12', '9'],
      ['group', 'On-Site'],
      ['values', 'Nevada', '3', '2', '', '1'],
    ]);
    assert.deepEqual(text.read, [
      ['2019; 2020.'],
      ['Claims; Filed; Paid; Filed; Paid.'],
      ['Downwinders'],
      ['Downwinders: Claims: Utah; 2019 Filed: 10; 2020 Filed: 12; 2020 Paid: 9.', 'Downwinders'],
      ['On-Site'],
      ['On-Site: Claims: Nevada; 2019 Filed: 3; 2019 Paid: 2; 2020 Paid: 1.', 'On-Site'],
    ]);
  });

  it('a header that is repeated changes nothing, and another one renames only its columns', () => {
    const text = new Text().table([
      ['names', 'Full rate', { text: 'Single', columns: 2 }],
      ['names', 'EUR', '1997', '1998'],
      ['values', '6,000', '6.2%', '3.9%'],
      ['names', 'EUR', '1997'],
      ['values', '15,000', '23.0%', '20.8%'],
      ['names', '', 'Married'],
      ['values', '20,000', '18.2%', '16.1%'],
    ]);
    assert.deepEqual(
      text.read.filter((_, i) => [2, 4, 6].includes(i)).map(([row]) => row),
      [
        'Full rate EUR: 6,000; Single 1997: 6.2%; Single 1998: 3.9%.',
        'Full rate EUR: 15,000; Single 1997: 23.0%; Single 1998: 20.8%.',
        'Full rate EUR: 20,000; Married: 18.2%; Single 1998: 16.1%.',
      ],
    );
  });

  it('a label without a header is read with its value', () => {
    const text = new Text().table([
      ['values', 'Policy #', 'POL-2022'],
      ['values', 'Order:', '2024-12', 'Cinema:', 'Downtown'],
      ['values', 'Alone'],
    ]);
    assert.deepEqual(text.read, [['Policy #: POL-2022.'], ['Order: 2024-12; Cinema: Downtown.'], ['Alone']]);
  });

  it('a cell over several rows is read in each of them, and is an answer only where it stands', () => {
    const text = new Text().table([
      ['names', 'Region', 'City', 'Price'],
      ['values', { text: 'West', rows: 2 }, 'Omaha', '1.38'],
      ['values', { text: 'Boise', column: 1 }, '1.40'],
      ['values', 'East', 'Albany', '1.50'],
    ]);
    assert.deepEqual(text.read.slice(1), [
      ['Region: West; City: Omaha; Price: 1.38.'],
      ['Region: West; City: Boise; Price: 1.40.'],
      ['Region: East; City: Albany; Price: 1.50.'],
    ]);
    const view = extractedView(text.extracted);
    const second = view.blocks[2];
    const west = view.text.indexOf('West', second.start);
    assert.equal(view.toFile(west, west + 4), null);
  });

  it('in a long row the identifying cell is repeated before the cells far from it', () => {
    const long = 'words '.repeat(60).trim();
    const text = new Text().table(
      [
        ['names', 'Clause', 'Question', 'Answer'],
        ['values', '4.1', long, 'yes'],
        ['values', '4.2', 'short', 'no'],
      ],
      0,
    );
    assert.equal(text.read[1][0], `Clause: 4.1; Question: ${long}; Clause: 4.1; Answer: yes.`);
    assert.equal(text.read[2][0], 'Clause: 4.2; Question: short; Answer: no.');
  });

  it('a first row whose cells only can be names is taken for a header, another one is not', () => {
    const rows: [ExtractedRow['kind'], ...Cell[]][] = [
      ['values', 'name', 'price', 'date'],
      ['values', 'Apples', '1.20', '2020-01-02'],
      ['values', 'Pears', '2.20', '2020-01-03'],
    ];
    assert.equal(new Text().table(rows).read[1][0], 'name: Apples; price: 1.20; date: 2020-01-02.');
    assert.equal(new Text().table(rows.slice(1)).read[0][0], 'Apples: 1.20; 2020-01-02.');
  });

  it('a head that every page repeats is read once, and page numbers are not', () => {
    const text = new Text()
      .add('furniture', 'Lease of 2020, page 1')
      .add('paragraph', 'One.')
      .add('furniture', 'Lease of 2020, page 2')
      .add('furniture', '- 2 -')
      .add('paragraph', 'Two.');
    assert.deepEqual(text.read, [['Lease of 2020, page 1'], ['One.'], ['Two.']]);
  });

  it('the form of a text comes before its name and its language, and it has no records', () => {
    const { extracted } = new Text().add('paragraph', '[x](y)');
    const kind = { extracted, fileName: 'a.md', languageId: 'markdown' };
    assert.equal(viewOf(extracted.text, kind).text, '[x](y)');
    assert.equal(recordsOf('a,b\n1,2\n', { extracted, fileName: 'a.csv' }), undefined);
  });

  it('any blocks give a view of their text, also those that overlap or lie outside', () => {
    const kinds = ['heading', 'paragraph', 'listItem', 'code', 'footnote', 'note', 'comment', 'furniture'] as const;
    const block = fc.record({ kind: fc.constantFrom(...kinds), start: fc.nat(30), end: fc.nat(30) });
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.array(block, { maxLength: 8 }), (text, blocks) => {
        const view = extractedView({ text, blocks, places: [], notes: [] });
        for (let i = 0; i < view.segmentCount; i++) {
          const { view: own, file } = view.segment(i);
          if (file) assert.equal(view.text.slice(own.start, own.end), text.slice(file.start, file.end));
        }
      }),
    );
  });
});

describe('where an answer stands in its file', () => {
  const text = 'The term ends on\n31 March 2024.\n';
  const words: [start: number, end: number, page: number, x: number, y: number, width: number][] = [
    [0, 3, 1, 10, 700, 15],
    [4, 8, 1, 30, 700, 20],
    [9, 13, 1, 60, 700, 20],
    [14, 16, 1, 10, 686, 10],
    [17, 19, 2, 10, 700, 10],
    [20, 25, 2, 30, 700.4, 30],
    [26, 31, 2, 70, 700, 25],
  ];
  const extracted: Extracted = {
    text,
    blocks: [
      { kind: 'heading', start: 0, end: 3 },
      { kind: 'paragraph', start: 4, end: 31 },
    ],
    places: [
      { start: 0, page: 1 },
      { start: 17, page: 2, pageLabel: 'ii' },
    ],
    boxes: {
      starts: Int32Array.from(words, ([start]) => start),
      ends: Int32Array.from(words, ([, end]) => end),
      pages: Int32Array.from(words, ([, , page]) => page),
      rects: Float32Array.from(words.flatMap(([, , , x, y, width]) => [x, y, width, 12])),
    },
    notes: [],
  };

  it('has the page of its first word, the heading above it, and a box for each line, on each page', () => {
    assert.deepEqual(originOf(extracted, { start: 9, end: 25 }), {
      page: 1,
      section: 'The',
      boxes: [
        { page: 1, x: 60, y: 700, width: 20, height: 12 },
        { page: 1, x: 10, y: 686, width: 10, height: 12 },
        { page: 2, x: 10, y: 700, width: 50, height: 12.4 },
      ],
    });
  });

  it('has only its part of a word, and the printed number of the page', () => {
    assert.deepEqual(originOf(extracted, { start: 26, end: 30 }), {
      page: 2,
      pageLabel: 'ii',
      section: 'The',
      boxes: [{ page: 2, x: 70, y: 700, width: 20, height: 12 }],
    });
  });
});
