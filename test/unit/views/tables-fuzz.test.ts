/** Generated tables: `ASKBERT_FUZZ` says how many of each kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { recordsOf, viewOf } from '../../../server/views/choose-view.js';
import fc from '../helpers/fast-check.js';
import { fuzzRuns } from '../helpers/long.js';
import { checkSpan, checkView } from './view-invariants.js';

const numRuns = fuzzRuns;
fc.configureGlobal({ ...fc.readConfigureGlobal(), baseSize: 'medium' });

/** A word that stands in a table once. */
const word = (n: number) => `w${n}`;
const width = fc.integer({ min: 2, max: 5 });
const height = fc.integer({ min: 3, max: 8 });
const cellWords = fc.integer({ min: 1, max: 3 });
const newline = fc.constantFrom('\n', '\r\n');

/** Cells of numbered words, the first row the names of the columns. */
const table = fc
  .tuple(width, height, fc.array(cellWords, { minLength: 40, maxLength: 40 }))
  .map(([columns, rows, counts]) => {
    let next = 0;
    return Array.from({ length: rows + 1 }, (_, row) =>
      Array.from({ length: columns }, (_, column) =>
        row === 0
          ? `Name${column}`
          : Array.from({ length: counts[(row * columns + column) % 40] }, () => word(next++)).join(' '),
      ),
    );
  });

/** Every cell is shown, is a unit of its own, and stands in the file as it is. */
function checkCells(view: ReadingView, file: string, rows: readonly (readonly string[])[]): void {
  checkView(view, file);
  for (const cell of rows.flat()) {
    // Names stand before cells, too: the first is that of the file.
    const at = view.text.search(new RegExp(`(?<![\\w])${cell}(?!\\w)`));
    assert.ok(at >= 0, `${cell} is lost: ${JSON.stringify(view.text)}`);
    const unit = view.unitAt(at)!;
    const place = view.toFile(unit.start, unit.end)!;
    assert.equal(file.slice(place.start, place.end), cell);
  }
}

const pad = (rows: readonly (readonly string[])[]) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])));
};
const rule = (row: readonly string[], sign: string) => row.map((cell) => sign.repeat(cell.length));

const forms: Record<string, (rows: string[][], newline: string) => string> = {
  columns: (rows, eol) =>
    pad([rows[0].map((name) => name.toUpperCase()), ...rows.slice(1)])
      .map((row) => row.join('   '))
      .join(eol),
  ruler: (rows, eol) => {
    const [head, ...body] = pad(rows);
    return [head, rule(head, '-'), ...body].map((row) => row.join('  ')).join(eol);
  },
  psql: (rows, eol) => {
    const [head, ...body] = pad(rows);
    const lines = (all: string[][]) => all.map((row) => ` ${row.join(' | ')} `);
    return [
      ...lines([head]),
      rule(head, '-')
        .map((dashes) => `-${dashes}-`)
        .join('+'),
      ...lines(body),
    ].join(eol);
  },
  mysql: (rows, eol) => {
    const [head, ...body] = pad(rows);
    const line = `+${rule(head, '-')
      .map((dashes) => `-${dashes}-`)
      .join('+')}+`;
    const lines = (all: string[][]) => all.map((row) => `| ${row.join(' | ')} |`);
    return [line, ...lines([head]), line, ...lines(body), line].join(eol);
  },
  pipes: (rows, eol) =>
    [rows[0], rows[0].map(() => '---'), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`).join(eol),
};

describe(`generated tables, ${numRuns} of each kind`, () => {
  it('CSV with any delimiter, quoted or not: every cell is itself', () => {
    fc.assert(
      fc.property(
        table,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.boolean(),
        newline,
        (rows, delimiter, quoted, eol) => {
          const quote = (cell: string) => (quoted ? `"${cell}"` : cell);
          const file = rows.map((row) => row.map(quote).join(delimiter)).join(eol);
          const view = viewOf(file, { fileName: 'a.csv' });
          checkCells(view, file, rows);
          // The same by records.
          const records = recordsOf(file, { fileName: 'a.csv' })!;
          assert.equal(records.starts.length, rows.length);
          const all = records.view(Int32Array.from(records.starts.keys()));
          assert.equal(all.text, view.text);
          checkCells(records.view([0, 2]), file, [rows[0], rows[2]]);
        },
      ),
      { numRuns },
    );
  });

  for (const [name, write] of Object.entries(forms)) {
    it(`plain text, ${name}: every cell is itself`, () => {
      fc.assert(
        fc.property(table, newline, fc.boolean(), (rows, eol, title) => {
          const file = `${title ? `A title over it${eol}${eol}` : ''}${write(rows, eol)}${eol}`;
          const shown = name === 'columns' ? [rows[0].map((cell) => cell.toUpperCase()), ...rows.slice(1)] : rows;
          checkCells(viewOf(file, { fileName: 'a.txt' }), file, shown);
        }),
        { numRuns },
      );
    });
  }

  it('anything like a table: places map to the file and back, and no text is lost', () => {
    const piece = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          ...'"|,|;|\t|\n|\r\n|\r|""|","|\n"|\\|||+--|+|---|===| |   |sep=;|-+-|│|┼|:'.split('|'),
          '|',
          ' | ',
          '\n| ',
          '\n+---+\n',
          '\n---  ---\n',
          '+\n',
          'A   B   C\n',
        ),
      },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 99 }).map(word) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    );
    const garbage = fc.array(piece, { maxLength: 60, size: 'large' }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        garbage,
        fc.constantFrom('a.csv', 'a.tsv', 'a.txt'),
        fc.nat(),
        fc.nat(80),
        (file, fileName, from, length) => {
          const view = viewOf(file, { fileName });
          checkView(view, file);
          const start = from % (view.text.length + 1);
          checkSpan(view, start, Math.min(view.text.length, start + 1 + length));
          for (const found of file.match(/w\d+/g) ?? []) assert.ok(view.text.includes(found), `${found} is lost`);
          const records = recordsOf(file, { fileName });
          if (records) checkView(records.view([...records.starts.keys()].filter((record) => record % 2 === 0)), file);
        },
      ),
      { numRuns },
    );
  });
});
