/** What is given of a PDF before all of it is read: only what will not change, and the result does not know of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Extracted } from '../../../server/formats/extracted.js';
import { pdfReader } from '../../../server/formats/pdf/pdf.js';
import { column, makePdf, type PdfPage } from '../helpers/make-pdf.js';

const SENTENCES = [
  'The river runs through the valley and past the old quarry.',
  'Its people have lived beside it for longer than anyone can remember.',
  'They built a bridge over it with stones that the water had left.',
];

/** Each page begins with the end of a sentence of the page before, and has a head, a number and a heading. */
const pages: PdfPage[] = Array.from({ length: 12 }, (_, index) => ({
  texts: [
    { x: 50, y: 760, text: 'Annual Report of the River Board', size: 9 },
    ...column(50, 700, [`was read on page ${index + 1} until its end.`]),
    { x: 50, y: 660, text: `Chapter ${index + 1}`, size: 18 },
    ...column(50, 620, [...SENTENCES, `The sentence that begins on page ${index + 1} of this`]),
    { x: 300, y: 30, text: String(index + 1), size: 9 },
  ],
}));

/** Boxes of the words of a text, by page and place. */
const wordsOf = ({ text, boxes }: Extracted) =>
  Array.from(boxes?.starts ?? [], (start, i) =>
    [text.slice(start, boxes?.ends[i]), boxes?.pages[i], ...(boxes?.rects.slice(4 * i, 4 * i + 4) ?? [])].join(' '),
  );

async function partsOf(file: Uint8Array): Promise<{ parts: { done: number; part: Extracted }[]; whole: Extracted }> {
  const parts: { done: number; part: Extracted }[] = [];
  let last = 0;
  const wanted = (done: number, total: number) => {
    assert.ok(done < total, `${done} of ${total}`);
    last = done;
    return true;
  };
  const whole = await pdfReader.read(file, { parts: { wanted, take: (part) => parts.push({ done: last, part }) } });
  return { parts, whole };
}

describe('PDF: what is read so far', () => {
  it('is the beginning of the whole, without the paragraph that the next page goes on with', async () => {
    const { parts, whole } = await partsOf(makePdf(pages));
    assert.ok(parts.length >= 8, `${parts.length} parts`);
    const words = wordsOf(whole);
    for (const { done, part } of parts) {
      assert.ok(whole.text.startsWith(part.text), part.text.slice(-80));
      const last = part.places.at(-1)?.page ?? 0;
      assert.ok(last >= done - 3 && last <= done, `page ${last} of ${done} that were read`);
      // The last sentence of the last page goes on, and what stands under it waits.
      assert.ok(!part.text.includes(`The sentence that begins on page ${last} of this`), part.text.slice(-80));
      assert.match(part.text, /had left\.\n$/);
      assert.deepEqual(wordsOf(part), words.slice(0, part.boxes?.starts.length));
      assert.deepEqual(part.blocks, whole.blocks.slice(0, part.blocks.length));
    }
    assert.ok(parts.at(-1)!.part.text.length > 5 * parts[0].part.text.length);
  });

  it('does not change the whole', async () => {
    const file = makePdf(pages);
    const { parts, whole } = await partsOf(file);
    assert.ok(parts.length > 0);
    assert.deepEqual(whole, await pdfReader.read(file, {}));
  });

  it('is given only if it is wanted, and if there is any text', async () => {
    const take = () => assert.fail('not wanted');
    await pdfReader.read(makePdf(pages), { parts: { wanted: () => false, take } });
    const empty = await partsOf(makePdf([{}, {}, {}, {}, {}, {}, ...pages.slice(0, 1)]));
    assert.deepEqual(empty.parts, []);
  });
});
