/** A look at what was read of a file so far: few windows, the nearest first, and nothing of it is left in the result. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WindowBatch } from '../../../server/engine/engine.js';
import type { Extracted } from '../../../server/formats/extracted.js';
import type { AskResult } from '../../../server/protocol.js';
import type { AskRequest } from '../../../server/reader/request.js';
import { engineOf, favouring, readerWith } from '../helpers/fake-engine.js';

const filler = 'the cat sat on the mat in a city.';
const sentences = Array.from({ length: 60 }, (_, i) => (i === 50 ? 'the king sat on the river.' : filler));

/** A heading, then paragraphs; two a page. */
function extractedOf(lines: readonly string[], heading: 'heading' | 'paragraph' = 'heading'): Extracted {
  const all = ['the king', ...lines];
  const starts = all.map((_, i) => all.slice(0, i).reduce((sum, line) => sum + line.length + 1, 0));
  return {
    text: all.map((line) => `${line}\n`).join(''),
    blocks: all.map((line, i) => ({
      kind: i === 0 ? heading : 'paragraph',
      start: starts[i],
      end: starts[i] + line.length,
    })),
    places: starts.map((start, i) => ({ start, page: 1 + Math.floor(i / 2) })).filter((_, i) => i % 2 === 0),
    notes: [],
  };
}

const whole = extractedOf(sentences);
const about = (extracted: Extracted): AskRequest => ({
  text: extracted.text,
  extracted,
  question: 'who sat on the river?',
  fileName: 'a.pdf',
  key: 'a.pdf',
});

const withoutTimes = ({ timing: { windows }, ...result }: AskResult) => ({ ...result, windows });

describe('a look at the beginning of a file', () => {
  it('reads the windows nearest to the question and no more', async () => {
    let rows = 0;
    const count = (batch: WindowBatch) => {
      rows += batch.lengths.length;
    };
    const reader = readerWith(engineOf(favouring('king'), count));
    const looked = await reader.answer({ ...about(whole), glance: 3 });
    assert.equal(rows, 3);
    assert.equal(looked.timing.windows, 3);
    assert.equal(looked.answers[0].page, 26);
    assert.equal(whole.text.slice(looked.answers[0].start, looked.answers[0].end), 'king');
    const all = await reader.answer(about(whole));
    assert.ok(all.timing.windows > 10, `${all.timing.windows} windows`);
  });

  it('the result of the whole text is as if there had been none', async () => {
    const plain = withoutTimes(await readerWith(engineOf(favouring('king'))).answer(about(whole)));
    const reader = readerWith(engineOf(favouring('king')));
    for (const part of [
      extractedOf(sentences.slice(0, 20)),
      extractedOf(sentences.slice(0, 40)),
      // The same text, as when the last pages have none; its headings are not known yet.
      extractedOf(sentences, 'paragraph'),
    ]) {
      await reader.answer({ ...about(part), glance: 3 });
      assert.deepEqual(withoutTimes(await reader.answer(about(whole))), plain);
    }
  });

  it('both at once do not disturb each other', async () => {
    const plain = withoutTimes(await readerWith(engineOf(favouring('king'))).answer(about(whole)));
    const reader = readerWith(engineOf(favouring('king')));
    const part = extractedOf(sentences.slice(0, 30));
    const [, result] = await Promise.all([reader.answer({ ...about(part), glance: 3 }), reader.answer(about(whole))]);
    assert.deepEqual(withoutTimes(result), plain);
  });
});
