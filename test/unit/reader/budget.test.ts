/** A long text is read within a budget: nearest passages first, why it ended, and how the same question continues. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AskResult } from '../../../server/protocol.js';
import { ReadingBudget, type ReadingState, SAMPLE_MS, SLACK } from '../../../server/reader/budget.js';
import { patience } from '../../../server/reader/calibration.js';
import { Reader } from '../../../server/reader/reader.js';
import type { AskRequest } from '../../../server/reader/request.js';
import { FEWEST_WINDOWS } from '../../../server/reader/so-far.js';
import { config, engineOf, favouring, idOf, tokenizer, vocabulary } from '../helpers/fake-engine.js';

describe('a budget', () => {
  const SECONDS = 30;
  /** Batches of ten windows and ten pieces; `after` takes the milliseconds that the last one took. */
  function reading(total: number, begunAt = 0) {
    let now = 0;
    let windows = 0;
    const budget = new ReadingBudget(SECONDS * 1000, () => now);
    now = begunAt;
    budget.start(0);
    return (tookMs: number, more: Partial<ReadingState> = {}) => {
      now += tookMs;
      windows += 10;
      const state = { windows, spent: windows, left: total - windows, best: 'a', passed: true, ...more };
      return budget.ended(state);
    };
  }

  it('everything is read if it fits into the budget, or hardly exceeds it', () => {
    const batch = reading(1000);
    for (let read = 10; read < 1000; read += 10) assert.equal(batch(300), undefined, String(read));
    assert.equal(batch(300), undefined);
    const slightly = reading(1000);
    const each = (SECONDS * 1000 * (SLACK - 0.01)) / 100;
    for (let read = 10; read <= 1000; read += 10) assert.equal(slightly(each), undefined, String(read));
  });

  it('a text that takes longer is read until nothing changes', () => {
    const batch = reading(100_000);
    let batches = 1;
    while (batch(300) === undefined) batches++;
    // The best one came with the first batch.
    assert.equal(batches, 1 + patience.answered / 10);
    const without = reading(100_000);
    batches = 1;
    while (without(100, { passed: false }) === undefined) batches++;
    assert.equal(batches, 1 + patience.unanswered / 10);
  });

  it('it is read until the time is up as long as the best answer changes', () => {
    const batch = reading(100_000);
    let batches = 1;
    let ended: string | undefined;
    while (!ended) {
      ended = batch(300, { best: {} });
      if (!ended) batches++;
    }
    assert.deepEqual([ended, batches], ['time', 100]);
  });

  it('no speed is taken from less than a second, and a budget spent before the first batch allows one', () => {
    const batch = reading(100_000);
    assert.equal(batch(SAMPLE_MS / 4, { windows: 500 }), undefined);
    assert.equal(batch(SAMPLE_MS / 4, { windows: 1000 }), undefined);
    const late = reading(100_000, SECONDS * 1000 + 1);
    assert.equal(late(1), 'time');
  });

  it('what is finished has not ended early', () => {
    const late = reading(10, SECONDS * 1000 + 1);
    assert.equal(late(1, { left: 0 }), undefined);
  });
});

describe('a long text with a budget', () => {
  const filler = 'the cat sat on the mat in a city. ';
  const text = `${filler.repeat(100)}the king sat on the river. ${filler.repeat(20)}`;
  const question = 'who built the river?';
  const score = favouring('king');
  const withoutTimes = ({ timing: { windows }, ...result }: AskResult) => ({ ...result, windows });
  /** Rows that the engine read, as a list of those with "king". */
  function counted() {
    const rows: boolean[] = [];
    const engine = engineOf(score, ({ inputIds, length, count }) => {
      for (let row = 0; row < count; row++) {
        rows.push(inputIds.subarray(row * length, (row + 1) * length).includes(idOf('king')));
      }
    });
    return { rows, reader: new Reader(config, vocabulary, tokenizer, engine, undefined, 0) };
  }
  const request = (more: Partial<AskRequest> = {}): AskRequest => ({
    text,
    question,
    languageId: 'plaintext',
    key: 'a',
    ...more,
  });

  it('the nearest passage is read first, the rest is not, and the result says so', async () => {
    const { rows, reader } = counted();
    const result = await reader.answer(request({ budgetSeconds: 1e-6 }));
    assert.equal(result.answers[0].text, 'king');
    assert.equal(rows[0], true);
    assert.equal(result.timing.windows, rows.length);
    assert.ok(rows.length < FEWEST_WINDOWS);
    assert.equal(result.read?.ended, 'time');
    assert.equal(result.read?.ofCharacters, text.trimEnd().length);
    const { characters = 0, ofCharacters = 0 } = result.read ?? {};
    assert.ok(characters > 0 && characters < ofCharacters / 2, `${characters} of ${ofCharacters}`);
  });

  it('the same question continues, and the end is the same as without a budget', async () => {
    const whole = counted();
    const expected = await whole.reader.answer(request());
    assert.equal(expected.read, undefined);
    const { rows, reader } = counted();
    await reader.answer(request({ budgetSeconds: 1e-6 }));
    const before = rows.length;
    const result = await reader.answer(request());
    assert.equal(rows.length, whole.rows.length, 'no window twice');
    assert.ok(before > 0 && before < rows.length);
    assert.deepEqual(withoutTimes(result), withoutTimes(expected));
    await reader.answer(request());
    assert.equal(rows.length, 2 * whole.rows.length, 'a finished reading is not continued');
  });

  it('another question, or another part, begins again', async () => {
    for (const other of [{ question: 'who sat on the mat?' }, { range: { start: 0, end: text.length - 40 } }]) {
      const whole = counted();
      const expected = await whole.reader.answer(request(other));
      const { rows, reader } = counted();
      await reader.answer(request({ budgetSeconds: 1e-6 }));
      const before = rows.length;
      assert.deepEqual(withoutTimes(await reader.answer(request(other))), withoutTimes(expected));
      assert.equal(rows.length - before, whole.rows.length);
    }
  });

  it('several budgets after each other read everything at last', async () => {
    const { reader } = counted();
    let share = 0;
    for (let i = 0; i < 1000; i++) {
      const { read } = await reader.answer(request({ budgetSeconds: 1e-6 }));
      if (!read) return;
      assert.ok(read.characters > share);
      share = read.characters;
    }
    assert.fail('it does not end');
  });

  it('a short text is read whole, whatever the budget', async () => {
    const { reader } = counted();
    const result = await reader.answer(request({ text: filler.repeat(6), budgetSeconds: 1e-6 }));
    assert.equal(result.read, undefined);
  });
});
