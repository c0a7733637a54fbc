/** The best answers so far of a long text: which windows come first, when they are told, and that the end is the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AskProgress, AskResult } from '../../../server/protocol.js';
import { nearestFirst } from '../../../server/reader/proximity.js';
import { Reader } from '../../../server/reader/reader.js';
import type { AskRequest } from '../../../server/reader/request.js';
import { FEWEST_WINDOWS, FIRST_ROUND, SoFar } from '../../../server/reader/so-far.js';
import { planBatches, planWindows, windowContext, windowStart } from '../../../server/reader/windows.js';
import { WordIndex } from '../../../server/reader/word-index.js';
import type { Pieces } from '../../../server/tokenizer/pieces.js';
import { plainView } from '../../../server/views/base/view-builder.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { config, engineOf, favouring, idOf, tokenizer, vocabulary } from '../helpers/fake-engine.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';

/** A piece for each word of a text. */
function piecesOf(text: string): Pieces {
  const words = [...text.matchAll(/\S+/g)];
  const starts = Int32Array.from(words, ({ index }) => index);
  const ends = Int32Array.from(words, ({ index, 0: word }) => index + word.length);
  const { length } = words;
  return { length, ids: new Int32Array(length), starts, ends, wordStarts: new Uint8Array(length).fill(1) };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the order of windows', () => {
  /** Windows of 17 words, one every 12; words by their places, all others are "x". */
  const ordered = async (count: number, words: Record<number, string>, question: string) => {
    const text = Array.from({ length: count }, (_, i) => words[i] ?? 'x').join(' ');
    const plan = planWindows(4, count, 24, 5);
    assert.deepEqual([windowContext(plan, 0), windowStart(plan, 1)], [17, 12]);
    return nearestFirst(plan, piecesOf(text), await WordIndex.of(plainView(text)), question);
  };

  it('windows with most words of the question come first, then those with one, then the others in their order', async () => {
    const order = await ordered(
      200,
      { 102: 'harbours', 104: 'keeper', 150: 'keeper', 176: 'harbour' },
      'Who is the keeper of the harbour?',
    );
    // 102 and 104 are in window 8 alone, 150 in window 12, 176 in window 14.
    assert.deepEqual(order.slice(0, 3), [8, 12, 14]);
    assert.deepEqual(
      order.slice(3),
      numbers(17).filter((w) => ![8, 12, 14].includes(w)),
    );
  });

  it('a word in two windows counts for both; without any words the order is unchanged', async () => {
    const order = await ordered(200, { 97: 'harbour' }, 'harbour');
    assert.deepEqual(order.slice(0, 4), [7, 8, 0, 1]);
    assert.deepEqual(await ordered(200, {}, 'harbour'), numbers(17));
  });

  it('a word of a heading counts in every window below it', async () => {
    const lines = (word: string) => `${word} `.repeat(60);
    const view = viewOf(`# A\n\n${lines('x')}\n\n# Harbour\n\n${lines('y')}\n\n# B\n\n${lines('z')}`, {
      languageId: 'markdown',
    });
    const pieces = piecesOf(view.text);
    const plan = planWindows(4, pieces.length, 24, 5);
    const order = nearestFirst(plan, pieces, await WordIndex.of(view), 'Where is the harbour?');
    const textOf = (w: number) => {
      const start = windowStart(plan, w);
      return view.text.slice(pieces.starts[start], pieces.ends[start + windowContext(plan, w) - 1]);
    };
    const below = numbers(plan.count).filter((w) => /y/.test(textOf(w)));
    assert.ok(below.length > 3);
    assert.deepEqual(
      order.slice(0, below.length).toSorted((a, b) => a - b),
      below,
    );
  });

  it('has every window once for any text, question and part of the text; batches keep the order and their size', async () => {
    const word = fc.constantFrom('x', 'harbour', 'keeper', 'the', '港', '.');
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 1, maxLength: 300 }),
        fc.array(word, { minLength: 1, maxLength: 6 }),
        fc.nat(19),
        fc.nat(100),
        async (words, question, stride, skipped) => {
          const text = words.join(' ');
          const whole = piecesOf(text);
          const from = Math.min(skipped, whole.length - 1);
          const part = {
            ...whole,
            length: whole.length - from,
            starts: whole.starts.subarray(from),
            ends: whole.ends.subarray(from),
          };
          const plan = planWindows(3, part.length, 42, stride);
          const order = nearestFirst(plan, part, await WordIndex.of(plainView(text)), question.join(' '));
          assert.deepEqual(
            order.toSorted((a, b) => a - b),
            numbers(plan.count),
          );
          const batches = planBatches(plan, 4 * 42, order);
          assert.deepEqual(batches.flat(), order);
          // The last window may be short, and then one batch more is not full.
          assert.ok(batches.length <= Math.ceil(plan.count / 4) + 1);
        },
      ),
      { numRuns: rounds(50, 1000) },
    );
  });
});

describe('when the best answer so far is reported', () => {
  const best = (...starts: number[]) =>
    ({ answers: starts.map((start) => ({ start, end: start + 1 })), noAnswer: { chosen: false } }) as AskResult;
  const none = { answers: [{ start: 7, end: 8 }], noAnswer: { chosen: true } } as AskResult;

  function telling(everyMs = 100) {
    const state = { changes: 0, best: best(1), now: 0, asked: 0 };
    const soFar = new SoFar(
      state,
      () => {
        state.asked++;
        return state.best;
      },
      everyMs,
      () => state.now,
    );
    return { state, told: (done: number) => soFar.after(done, 100).answers?.map(({ start }) => start) };
  }

  it('after the first windows, then when it changes, not more often than allowed, never at the end', () => {
    const { state, told } = telling();
    const at = (now: number, changes: number, now_: AskResult, done: number) => {
      Object.assign(state, { now, changes, best: now_ });
      return told(done);
    };
    assert.equal(at(0, 1, best(1), FIRST_ROUND - 1), undefined);
    assert.deepEqual(at(0, 1, best(1), FIRST_ROUND), [1]);
    assert.equal(at(99, 2, best(2), 10), undefined, 'too soon');
    assert.deepEqual(at(100, 2, best(2), 11), [2]);
    assert.equal(at(500, 2, best(2), 12), undefined, 'nothing has changed');
    assert.equal(at(600, 3, best(2), 13), undefined, 'the same places');
    assert.deepEqual(at(700, 4, best(2, 5), 14), [2, 5]);
    assert.equal(at(900, 5, best(3), 100), undefined, 'the end has the result');
  });

  it('"no answer so far" is not reported, and nothing is computed if nothing has changed', () => {
    const { state, told } = telling();
    Object.assign(state, { changes: 1, best: none });
    assert.equal(told(10), undefined);
    Object.assign(state, { now: 1000 });
    assert.equal(told(11), undefined);
    assert.equal(state.asked, 1);
    Object.assign(state, { changes: 2, best: best(4) });
    assert.deepEqual(told(12), [4]);
  });
});

describe('a long text', () => {
  /** Answers are told after every batch. */
  const readerWith = (engine: ReturnType<typeof engineOf>) =>
    new Reader(config, vocabulary, tokenizer, engine, undefined, 0);

  const read = async (engine: ReturnType<typeof engineOf>, request: Partial<AskRequest>) => {
    const progress: AskProgress[] = [];
    const asked = { question: 'who built the river?', text: '', ...request };
    const result = await readerWith(engine).answer(asked, undefined, (each) => progress.push(each));
    const engineProgress = progress.filter(({ stage }) => stage === 'engine');
    assert.deepEqual(
      progress.filter(({ stage, answers }) => stage !== 'engine' && answers),
      [],
    );
    return { result, told: engineProgress.filter(({ answers }) => answers), progress: engineProgress };
  };
  const withoutTimes = ({ timing: { windows }, ...result }: AskResult) => ({ ...result, windows });
  /** "king" far back, beside a word of the question. */
  const filler = 'the cat sat on the mat in a city. ';
  const text = `${filler.repeat(100)}the king sat on the river. ${filler.repeat(20)}`;
  const score = favouring('king');

  for (const languageId of [undefined, 'plaintext', 'markdown']) {
    it(`the passage near the words of the question is read first, and the result is the same: ${languageId}`, async () => {
      const plain = await read(engineOf(score), { text, languageId });
      const { result, told, progress } = await read(engineOf(score), { text, languageId, soFar: true });
      assert.ok(result.timing.windows >= 2 * FEWEST_WINDOWS);
      assert.deepEqual(withoutTimes(result), withoutTimes(plain.result));
      assert.deepEqual(plain.told, []);
      assert.equal(told[0].answers?.[0].text, 'king');
      assert.equal(text.slice(told[0].answers?.[0].start, told[0].answers?.[0].end), 'king');
      assert.ok(told[0].done < FEWEST_WINDOWS && told[0].total === result.timing.windows);
      assert.deepEqual(progress.map(({ done }) => done).at(-1), result.timing.windows);
      assert.equal(progress.at(-1)?.answers, undefined);
    });
  }

  it('reported answers pass the threshold, get better in a passage, and end in the result', async () => {
    const scores = fc.record({
      factor: fc.integer({ min: 1, max: 997 }),
      mod: fc.integer({ min: 2, max: 23 }),
      threshold: fc.integer({ min: -12, max: 12 }),
    });
    let some = 0;
    await fc.assert(
      fc.asyncProperty(
        scores,
        fc.array(fc.constantFrom('the', 'king', 'river', 'cat', 'city', '.', 'built'), {
          minLength: 300,
          maxLength: 700,
        }),
        fc.boolean(),
        async ({ factor, mod, threshold }, words, isDocument) => {
          const engine = engineOf((id, segment) => ((id * factor) % mod) - (segment === 0 ? 0 : 2));
          const request = {
            text: words.join(' '),
            languageId: isDocument ? 'plaintext' : undefined,
            options: { noAnswerThreshold: threshold },
          };
          const { result, told } = await read(engine, { ...request, soFar: true });
          assert.deepEqual(withoutTimes(result), withoutTimes((await read(engine, request)).result));
          let before = Number.NEGATIVE_INFINITY;
          for (const { answers = [], noAnswer } of told) {
            const [best] = answers;
            assert.ok(best && noAnswer && !noAnswer.chosen && noAnswer.score - best.score <= threshold);
            some++;
            // In a document the form of an answer and its other places count as well, so that a later one may be first.
            if (isDocument) continue;
            assert.ok(best.score >= before);
            before = best.score;
          }
          if (told.length > 0 && !isDocument) assert.ok(!result.noAnswer.chosen && before <= result.answers[0].score);
        },
      ),
      { numRuns: rounds(20, 300) },
    );
    assert.ok(some > 0);
  });

  it('nothing is reported for a short text, without an answer, or without a request for it', async () => {
    const short = 'the king sat. '.repeat(5);
    assert.deepEqual((await read(engineOf(score), { text: short, soFar: true })).told, []);
    const no = engineOf((id) => (id === vocabulary.clsId ? 9 : 0));
    assert.deepEqual((await read(no, { text, soFar: true })).told, []);
    assert.deepEqual((await read(engineOf(score), { text, soFar: false })).told, []);
  });

  it('windows are read in their order if nobody wants answers so far, or if the text is short', async () => {
    const cls = vocabulary.clsId;
    const firsts = async (request: Partial<AskRequest>) => {
      const seen: number[][] = [];
      const engine = engineOf(score, ({ inputIds, length, count }) => {
        for (let row = 0; row < count; row++) {
          assert.equal(inputIds[row * length], cls);
          seen.push([...inputIds.subarray(row * length, (row + 1) * length)]);
        }
      });
      await read(engine, request);
      return seen.findIndex((row) => row.includes(idOf('king')));
    };
    const inOrder = await firsts({ text });
    assert.ok(inOrder >= FEWEST_WINDOWS);
    assert.ok((await firsts({ text, soFar: true })) < FIRST_ROUND);
    const short = `${filler.repeat(10)}the king sat on the river.`;
    assert.equal(await firsts({ text: short, soFar: true }), await firsts({ text: short }));
  });

  it('a cancel after the first answer ends the reading', async () => {
    const controller = new AbortController();
    let runs = 0;
    const engine = engineOf(score, () => runs++);
    let atCancel = 0;
    await assert.rejects(
      readerWith(engine).answer(
        { text, question: 'who built the river?', soFar: true },
        controller.signal,
        ({ answers }) => {
          if (!answers || atCancel > 0) return;
          atCancel = runs;
          controller.abort();
        },
      ),
      { code: 'Cancelled' },
    );
    assert.ok(atCancel > 0);
    assert.equal(runs, atCancel);
  });
});
