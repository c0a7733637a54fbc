/** The first look at a file that is still extracted: when, at what, and what is told of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Extracted } from '../../../server/formats/extracted.js';
import type { Answer, AskResult } from '../../../server/protocol.js';
import { FEWEST_PAGES, FirstLook } from '../../../server/runs/first-look.js';

const partOf = (text: string): Extracted => ({ text, blocks: [], places: [], notes: [] });

const found = (text: string, grade: Answer['grade'] = 'sure', chosen = false) =>
  ({
    answers: [{ text, start: 10 * text.length, end: 11 * text.length, grade }],
    noAnswer: { chosen },
  }) as unknown as AskResult;

/** Looks that end when the test says how. */
function started({ ready = true } = {}) {
  const looks: { text: string; resolve(result: AskResult): void; reject(error: Error): void }[] = [];
  const told: string[] = [];
  const state = { ready };
  const first = new FirstLook({
    isReady: () => state.ready,
    look: ({ text }, stop) =>
      new Promise((resolve, reject) => {
        stop.addEventListener('abort', () => reject(stop.reason));
        looks.push({ text, resolve, reject });
      }),
    tell: ({ answers }) => told.push(answers[0].text),
  });
  return { first, looks, told, state };
}

describe('the first look at a long file', () => {
  it('waits for the model and for some pages, and is not taken shortly before the end', () => {
    const { first, state } = started({ ready: false });
    assert.equal(first.wanted(FEWEST_PAGES, 100), false);
    state.ready = true;
    assert.equal(first.wanted(FEWEST_PAGES - 1, 100), false);
    assert.equal(first.wanted(51, 100), false);
    assert.equal(first.wanted(FEWEST_PAGES, 2 * FEWEST_PAGES - 1), false);
    assert.equal(first.wanted(FEWEST_PAGES, 100), true);
  });

  it('is one at a time, then at a part four times as long', async () => {
    const { first, looks } = started();
    assert.ok(first.wanted(20, 200));
    assert.equal(first.wanted(100, 200), false, 'a part is on its way');
    first.take(partOf('one'));
    assert.equal(first.wanted(100, 200), false, 'a look is under way');
    looks[0].resolve(found('a'));
    await first.settled();
    assert.equal(first.wanted(79, 200), false);
    assert.equal(first.wanted(80, 200), true);
  });

  it('tells what is more than a guess, once, and only if there is an answer', async () => {
    const { first, looks, told } = started();
    const results = [
      found('guess', 'guess'),
      found('none', 'sure', true),
      found('a'),
      found('a'),
      found('bb', 'unsure'),
    ];
    for (const [index, result] of results.entries()) {
      assert.ok(first.wanted(20 * 4 ** index, 100_000));
      first.take(partOf('text'));
      looks[index].resolve(result);
      await first.settled();
    }
    assert.deepEqual(told, ['a', 'bb']);
  });

  it('a look that fails tells nothing and harms nothing', async () => {
    const { first, looks, told } = started();
    assert.ok(first.wanted(20, 200));
    first.take(partOf('text'));
    looks[0].reject(new Error('no engine'));
    await first.settled();
    assert.deepEqual(told, []);
    assert.ok(first.wanted(80, 200));
  });

  it('is ended when the file cannot be read', async () => {
    const { first, looks, told } = started();
    assert.ok(first.wanted(20, 200));
    first.take(partOf('text'));
    assert.equal(looks.length, 1);
    first.stop();
    await first.settled();
    assert.deepEqual(told, []);
  });
});
