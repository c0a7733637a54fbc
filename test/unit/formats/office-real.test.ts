/** Small files that other programs wrote (test/fixtures/office/SOURCES.md says which). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readFile, shown } from './office-files.js';

describe('files of other programs', () => {
  for (const [name, lines] of [
    [
      'comments.docx',
      [
        'paragraph: Ouch.',
        'comment: Michael Williamson: A tachyon walks into a bar.',
        'comment: Michael Williamson: Fin.',
      ],
    ],
    ['endnotes.docx', ['paragraph: Ouch.', 'footnote: i A tachyon walks into a bar.', 'footnote: ii Fin.']],
    ['text-box.docx', ['paragraph: Datum plane']],
    ['strict-format.docx', ['paragraph: Test']],
  ] as const) {
    it(name, async () => {
      const read = await readFile(readFileSync(`test/fixtures/office/${name}`));
      assert.deepEqual(shown(read), lines);
      assert.deepEqual(read.notes, []);
    });
  }
});
