/** What the reader of PDF makes of pages whose text and places are known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Extracted, type ExtractOptions, UnreadableFormat } from '../../../server/formats/extracted.js';
import { pdfReader, readPdf } from '../../../server/formats/pdf/pdf.js';
import { pdfFile } from '../../page-view/pdf-file.mjs';
import { column, makePdf, type PdfPage } from '../helpers/make-pdf.js';

const read = (pages: PdfPage[], options: ExtractOptions = {}) => pdfReader.read(makePdf(pages), options);

/** Each block as its kind and text; rows of a table as kind and cells with their columns. */
function shown({ text, blocks }: Extracted): unknown[] {
  return blocks.map((block) =>
    block.kind === 'table'
      ? block.rows.map((row) => [
          row.kind,
          ...row.cells.map((cell) => `${cell.column} ${text.slice(cell.start, cell.end)}`),
        ])
      : [block.kind, text.slice(block.start, block.end)],
  );
}

const LEFT = [
  'The first column tells of a river that runs',
  'through the valley and of the people who',
  'have lived beside it for longer than anyone',
  'can remember, and of the bridges that they',
  'built over it with stones from the quarry.',
];
const RIGHT = [
  'The second column tells of the mountains',
  'which stand around the valley, and of their',
  'snow, which lies until the end of summer in',
  'most years and feeds the river from above,',
  'so that it hardly ever runs dry in autumn.',
];

describe('PDF: reading order', () => {
  it('two columns are read one after the other, though they are drawn line by line', async () => {
    const texts = LEFT.flatMap((line, index) => [
      { x: 50, y: 700 - 12 * index, text: line },
      { x: 320, y: 700 - 12 * index, text: RIGHT[index] },
    ]);
    assert.deepEqual(shown(await read([{ texts }])), [
      ['paragraph', LEFT.join(' ')],
      ['paragraph', RIGHT.join(' ')],
    ]);
  });

  for (const rotate of [90, 180, 270]) {
    it(`a page that is turned by ${rotate} degrees is read as it is shown, and its boxes are there`, async () => {
      // What is written along the turned page, so that it is upright when it is shown.
      const place = (x: number, y: number) =>
        rotate === 90 ? { x: 612 - y, y: x } : rotate === 180 ? { x: 612 - x, y: 792 - y } : { x: y, y: 792 - x };
      const texts = LEFT.map((text, index) => ({ ...place(50, 500 - 12 * index), text, turn: rotate }));
      const result = await read([{ texts, rotate }]);
      assert.equal(result.text.trim(), LEFT.join(' '));
      assert.deepEqual([...(result.pageSizes ?? [])], rotate === 180 ? [612, 792] : [792, 612]);
      const [x, y, width, height] = result.boxes?.rects ?? [];
      assert.ok(Math.abs(x - 50) < 1 && y > 494 && y < 500, `${x} ${y}`);
      assert.ok(Math.abs(width - 17.23) < 0.1 && height > 8 && height < 13, `${width} ${height}`);
    });
  }

  it('a sentence goes on over the page break, and what repeats on each page is not inside it', async () => {
    const page = (number: number, lines: string[]): PdfPage => ({
      texts: [
        { x: 50, y: 760, text: 'Annual Report of the River Board', size: 9 },
        ...column(50, 700, lines),
        { x: 300, y: 30, text: String(number), size: 9 },
        { x: 20, y: 300, text: 'Printed on recycled paper', size: 7, turn: 90 },
      ],
    });
    const result = await read([page(1, LEFT.slice(0, 3)), page(2, LEFT.slice(3)), page(3, RIGHT)]);
    assert.ok(result.text.includes(LEFT.join(' ')), result.text);
    const furniture = shown(result).filter((block) => Array.isArray(block) && block[0] === 'furniture');
    assert.deepEqual(furniture.slice(0, 3), [
      ['furniture', 'Annual Report of the River Board'],
      ['furniture', '1'],
      ['furniture', 'Printed on recycled paper'],
    ]);
    const second = result.places.find((place) => place.page === 2);
    assert.equal(result.text.slice(second?.start, (second?.start ?? 0) + 12), 'can remember');
  });
});

describe('PDF: lines and words', () => {
  it('a hyphen at a line end is left out where the word stands elsewhere, and kept in a compound', async () => {
    const { text } = await read([
      {
        texts: column(50, 700, [
          'The information that they gave was new infor-',
          'mation to all, and of the self-',
          'publishing kind.',
        ]),
      },
    ]);
    assert.equal(
      text.trim(),
      'The information that they gave was new information to all, and of the self-publishing kind.',
    );
  });

  it('an address that goes on in the next line is one, also in a note and in another font', async () => {
    const at = (lines: [string, 'regular' | 'bold'][]) =>
      read([{ texts: lines.map(([text, font], i) => ({ x: 50 - 10 * Math.min(i, 1), y: 700 - 12 * i, text, font })) }]);
    const text = async (...lines: [string, 'regular' | 'bold'][]) => (await at(lines)).text.trim();
    const found = 'The libraries can be found at';
    assert.equal(
      await text([`${found} http://`, 'regular'], ['example.org/software/.', 'bold']),
      `${found} http://example.org/software/.`,
    );
    assert.equal(
      await text([`${found} https:`, 'regular'], ['//example.org/a.html', 'bold']),
      `${found} https://example.org/a.html`,
    );
    assert.equal(
      await text([`${found} https://example.`, 'regular'], ['org/help', 'bold']),
      `${found} https://example.org/help`,
    );
    assert.match(
      await text([`${found} https://example.org.`, 'regular'], ['Others are lost.', 'regular']),
      /org\.\s+Others/,
    );
    assert.match(await text([`${found} https://example.org`, 'regular'], ['and elsewhere.', 'regular']), /org\s+and/);
  });

  it('what is printed again beside or above itself, to look bold, is read once', async () => {
    const texts = [
      [0, 0],
      [0.3, 0],
      [0, 0.3],
      [0.3, 0.3],
    ].flatMap(([x, y]) =>
      [699.9, 680.5].map((line) => ({ x: 50 + x, y: line + y, text: 'It will initially be still in all villages.' })),
    );
    const { text } = await read([{ texts }]);
    assert.equal(
      text.trim(),
      'It will initially be still in all villages. It will initially be still in all villages.',
    );
  });

  it('an accent that stands over its letter is one character with it', async () => {
    // The acute accent is drawn first, then the letter below it.
    const content =
      'BT /F1 10 Tf 1 0 0 1 50 700 Tm [(Krste Asanovi)] TJ 1.1 0 Td ET BT /F1 10 Tf 1 0 0 1 111.6 700 Tm [(\\264) 333 (c)] TJ ET';
    const { text } = await read([{ content }]);
    assert.equal(text.trim(), 'Krste Asanovi\u0107');
  });

  it('a mark of a footnote is off its word, and the note stands behind the paragraph', async () => {
    const result = await read([
      {
        texts: [
          ...column(50, 700, LEFT.slice(0, 4)),
          { x: 50, y: 100 + 3, text: '3', size: 5 },
          { x: 54, y: 100, text: 'The quarry was closed in 1904.', size: 8 },
          ...column(50, 600, RIGHT),
        ],
        content: `BT /F1 10 Tf 50 652 Td (${LEFT[4]}) Tj /F1 6 Tf 4 Ts (3) Tj 0 Ts ET`,
      },
    ]);
    assert.deepEqual(shown(result), [
      ['paragraph', LEFT.join(' ')],
      ['footnote', '3 The quarry was closed in 1904.'],
      ['paragraph', RIGHT.join(' ')],
    ]);
  });

  it('headings have levels by size, items of a list are items, numbers on a line of their own go to their term', async () => {
    const result = await read([
      {
        texts: [
          { x: 50, y: 740, text: 'Rivers', size: 20, font: 'bold' },
          { x: 50, y: 710, text: '2.1', font: 'bold' },
          { x: 50, y: 695, text: 'tributary', font: 'bold' },
          ...column(50, 675, LEFT),
          ...column(60, 590, ['\u0095 one river', '\u0095 two rivers']),
        ],
      },
    ]);
    assert.deepEqual(shown(result), [
      ['heading', 'Rivers'],
      ['heading', '2.1 tributary'],
      ['paragraph', LEFT.join(' ')],
      ['listItem', '\u2022 one river'],
      ['listItem', '\u2022 two rivers'],
    ]);
    assert.deepEqual(result.blocks.map((block) => ('level' in block ? block.level : undefined)).slice(0, 2), [1, 2]);
  });

  it('dot leaders are left out and the number stays with its name', async () => {
    const { text } = await read([
      {
        texts: column(50, 700, [
          'Codeine methylbromide ................ 9070',
          'Morphine ............................. 9300',
        ]),
      },
    ]);
    assert.equal(text.trim(), 'Codeine methylbromide 9070\nMorphine 9300');
  });
});

const COLUMNS = [50, 200, 300, 400];
const cells = (y: number, values: (string | undefined)[], font: 'regular' | 'bold' = 'regular') =>
  values.flatMap((text, index) => (text === undefined ? [] : [{ x: COLUMNS[index], y, text, font }]));

describe('PDF: tables and forms', () => {
  it('cells by gaps: an empty one keeps its column, names in two lines are one row, titles of rows are groups', async () => {
    const result = await read([
      {
        texts: [
          ...cells(712, [undefined, 'Price', 'Price', undefined], 'bold'),
          ...cells(700, ['Product', '2023', '2024', 'Source'], 'bold'),
          ...cells(685, ['Oil'], 'bold'),
          ...cells(670, ['Chicago', '30.50', '28.00', 'Board']),
          ...cells(655, ['Iowa', undefined, '28.75', 'Board']),
          ...cells(640, ['Gas'], 'bold'),
          ...cells(625, ['Chicago', '2.61', '1.85', undefined]),
        ],
      },
    ]);
    assert.deepEqual(shown(result), [
      [
        ['names', '0 Product', '1 Price 2023', '2 Price 2024', '3 Source'],
        ['group', '0 Oil'],
        ['values', '0 Chicago', '1 30.50', '2 28.00', '3 Board'],
        ['values', '0 Iowa', '2 28.75', '3 Board'],
        ['group', '0 Gas'],
        ['values', '0 Chicago', '1 2.61', '2 1.85'],
      ],
    ]);
  });

  it('two forms side by side are two tables', async () => {
    const [a, b, c, d] = [50, 120, 320, 380];
    const texts = [
      ['Name:', 'Gabriel Diaz', 'Year:', '2022'],
      ['Policy:', 'POL-2022-555', 'Make:', 'Jeep'],
      ['Phone:', '(425) 111-1111', 'Trim:', 'Limited'],
    ].flatMap((row, index) => row.map((text, at) => ({ x: [a, b, c, d][at], y: 700 - 14 * index, text })));
    assert.deepEqual(shown(await read([{ texts }])), [
      [
        ['values', '0 Name:', '1 Gabriel Diaz'],
        ['values', '0 Policy:', '1 POL-2022-555'],
        ['values', '0 Phone:', '1 (425) 111-1111'],
      ],
      [
        ['values', '0 Year:', '1 2022'],
        ['values', '0 Make:', '1 Jeep'],
        ['values', '0 Trim:', '1 Limited'],
      ],
    ]);
  });

  it('values of form fields stand beside their labels, notes are comments', async () => {
    const field = (y: number, value: string) =>
      `<< /Type /Annot /Subtype /Widget /FT /Tx /T (f${y}) /V (${value}) /Rect [150 ${y - 4} 300 ${y + 12}] >>`;
    const note = '<< /Type /Annot /Subtype /Text /Contents (Please check) /Rect [400 600 420 620] >>';
    const result = await read([
      {
        texts: [
          { x: 50, y: 700, text: 'Surname:' },
          { x: 50, y: 680, text: 'Town:' },
        ],
        annotations: [field(700, 'Lovelace'), field(680, 'London'), note],
      },
    ]);
    assert.deepEqual(shown(result), [
      [
        ['values', '0 Surname:', '1 Lovelace'],
        ['values', '0 Town:', '1 London'],
      ],
      ['comment', 'Please check'],
    ]);
  });
});

describe('PDF: boxes', () => {
  it('every word has the box of its letters, a broken word one for each part', async () => {
    const result = await read([
      { texts: column(50, 700, ['They gave information and more infor-', 'mation (all of it).']) },
    ]);
    const { starts, ends, pages, rects } = result.boxes ?? assert.fail('no boxes');
    const words = [...starts].map((start, index) => result.text.slice(start, ends[index]));
    assert.deepEqual(words.slice(0, 8), ['They', 'gave', 'information', 'and', 'more', 'infor', 'mation', '(']);
    assert.ok(pages.every((page) => page === 1));
    // Helvetica: T 611, h 556, e 556, y 500 thousandths of 10 points.
    assert.ok(Math.abs(rects[0] - 50) < 0.01 && Math.abs(rects[2] - 22.23) < 0.01, `${rects.subarray(0, 4)}`);
    const [infor, mation] = [rects.subarray(20, 24), rects.subarray(24, 28)];
    assert.ok(infor[1] > 690 && mation[1] < 690 && Math.abs(mation[0] - 50) < 0.01);
  });
});

describe('PDF: what cannot be read', () => {
  const reasonOf = async (bytes: Uint8Array, options: ExtractOptions = {}) => {
    try {
      await pdfReader.read(bytes, options);
    } catch (error) {
      if (error instanceof UnreadableFormat) return error.reason;
      throw error;
    }
    return undefined;
  };

  it('no text: empty; a picture: a scan; without references: damaged; no PDF: damaged', async () => {
    assert.equal(await reasonOf(makePdf([{}])), 'empty');
    const image = '/Im1 Do\n% /Subtype /Image';
    assert.equal(await reasonOf(makePdf([{ content: image }])), 'scan');
    const bytes = makePdf([{}]);
    assert.equal(await reasonOf(bytes.slice(0, -60)), 'damaged');
    assert.equal(await reasonOf(new Uint8Array(Buffer.from('%PDF-1.7 and nothing else'))), 'damaged');
  });

  it('a password is asked for and checked; one that only restricts what may be done is not needed', async () => {
    const page = { lines: [{ text: 'The rent is 700 euros.', x: 50, y: 700 }] };
    const bytes = (options: object) => new Uint8Array(pdfFile([page], options));
    const locked = bytes({ password: 'open', ownerPassword: 'owner' });
    assert.equal(await reasonOf(locked), 'password');
    assert.equal(await reasonOf(locked, { password: 'Open' }), 'password');
    for (const password of ['open', 'owner']) {
      assert.equal((await pdfReader.read(locked, { password })).text.trim(), page.lines[0].text);
    }
    const restricted = bytes({ ownerPassword: 'owner' });
    assert.ok(Buffer.from(restricted).includes('/Encrypt') && !Buffer.from(restricted).includes('700 euros'));
    assert.equal((await pdfReader.read(restricted, {})).text.trim(), page.lines[0].text);
  });

  it('glyphs whose font does not say what they are', async () => {
    const codes = Array.from({ length: 200 }, (_, index) =>
      (3 + ((index * 7) % 25)).toString(16).padStart(4, '0'),
    ).join('');
    assert.equal(await reasonOf(makePdf([{ content: `BT /F3 10 Tf 50 700 Td <${codes}> Tj ET` }])), 'noUnicode');
  });

  it('pages without text among others are told', async () => {
    const { notes } = await read([{ texts: column(50, 700, LEFT) }, {}, { texts: column(50, 700, RIGHT) }]);
    assert.deepEqual(notes, ['1 of 3 pages have no text; run OCR first, for example ocrmypdf.']);
  });

  it('when its time is over, the pages that were read are the text, and that is told', async () => {
    const bytes = makePdf([LEFT, RIGHT, LEFT].map((lines) => ({ texts: column(50, 700, lines) })));
    const { text, notes, cut } = await readPdf(bytes, {}, Number.NEGATIVE_INFINITY);
    assert.equal(text.trim(), LEFT.join(' '));
    assert.equal(cut, true);
    assert.deepEqual(notes, [
      'Only the first 1 of 3 pages were read, as the time was over. Ask again when the computer is less busy, or split the file.',
    ]);
    const whole = await readPdf(bytes, { pages: { first: 2, last: 2 } }, Number.NEGATIVE_INFINITY);
    assert.deepEqual([whole.cut, whole.notes], [undefined, []], 'over with the last page');
  });

  it('a page tree that holds itself and a huge page end', async () => {
    const file = Buffer.from(makePdf([{ texts: column(50, 700, LEFT), width: 1e9, height: 1e9 }])).toString('latin1');
    assert.equal(await reasonOf(new Uint8Array(Buffer.from(file, 'latin1'))), undefined);
    const cyclic = file.replace('/Kids [7 0 R]', '/Kids [2 0 R]');
    assert.notEqual(await reasonOf(new Uint8Array(Buffer.from(cyclic, 'latin1'))), undefined);
  });

  it('only the pages that are asked for are read, progress is told, and cancelling ends it', async () => {
    const pages = Array.from({ length: 5 }, (_, index) => ({
      texts: column(50, 700, [`Page number ${index + 1} of five pages`]),
    }));
    const seen: [number, number][] = [];
    const result = await read(pages, {
      pages: { first: 2, last: 3 },
      onProgress: (done, total) => seen.push([done, total]),
    });
    assert.equal(result.text.trim(), 'Page number 2 of five pages\nPage number 3 of five pages');
    assert.deepEqual(seen, [
      [1, 2],
      [2, 2],
    ]);
    const control = new AbortController();
    const reading = read(pages, { signal: control.signal, onProgress: () => control.abort() });
    await assert.rejects(reading, { name: 'AskBertError', code: 'Cancelled' });
  });
});
