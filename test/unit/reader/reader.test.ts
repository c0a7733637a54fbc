/** The reader as a whole: real tokeniser, windows and projection, with an engine of the test's own or a tiny real model. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Engine } from '../../../server/engine/engine.js';
import { type AskResult, optionLimits } from '../../../server/protocol.js';
import { N_BEST_SIZE } from '../../../server/reader/projection.js';
import { Reader } from '../../../server/reader/reader.js';
import { Session } from '../../../server/session/session.js';
import { config, engineOf, favouring, idOf, tokenizer, vocabulary } from '../helpers/fake-engine.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';
import { fixture } from '../model/model-fixtures.js';

const reader = (engine: Engine): Reader => new Reader(config, vocabulary, tokenizer, engine);
const finds = (piece: string): Engine => engineOf(favouring(piece));

function checkRanges(text: string, r: AskResult): void {
  for (const a of r.answers) {
    assert.equal(text.slice(a.start, a.end), a.text);
    assert.ok(a.end > a.start && a.probability >= 0 && a.probability <= 1);
  }
}

describe('reader', () => {
  it('a mark or a common word alone is an answer only if it is the best', async () => {
    const text = 'the cat sat . the king';
    const scored = (best: string, second: string) => {
      const [first, other] = [idOf(best), idOf(second)];
      return engineOf((id, segment) => (segment === 0 ? 0 : id === first ? 9 : id === other ? 5 : 0));
    };
    const texts = async (engine: Engine) =>
      (await reader(engine).answer({ text, question: 'who?', options: { topK: 20 } })).answers.map((a) => a.text);
    for (const idle of ['.', 'the']) {
      const beside = await texts(scored('king', idle));
      assert.equal(beside[0], 'king');
      assert.ok(beside.length > 1 && !beside.includes(idle), beside.join('|'));
      assert.equal((await texts(scored(idle, 'king')))[0], idle);
    }
  });

  it('gives the exact characters, offsets, line and column', async () => {
    const text = 'The cat sat.\r\nThe  KING sat on the mat.\r\n';
    const r = await reader(finds('king')).answer({ text, question: 'who sat on the mat?' });
    assert.deepEqual(
      [r.answers[0].text, r.answers[0].start, r.answers[0].line, r.answers[0].character, r.answers[0].endCharacter],
      ['KING', 19, 1, 5, 9],
    );
    assert.equal(r.noAnswer.chosen, false);
    assert.deepEqual([r.timing.windows, r.warnings.length], [1, 0]);
  });

  it('reads only the range, and counts from the beginning of the text', async () => {
    const text = 'king king king';
    const r = await reader(finds('king')).answer({ text, range: { start: 4, end: 10 }, question: 'who' });
    assert.deepEqual([r.answers[0].start, r.answers[0].end], [5, 9]);
    for (const a of r.answers) assert.ok(a.start >= 4 && a.end <= 10);
  });

  it('an answer keeps the accents of its last letter', async () => {
    const text = 'the cafe\u0301\u0323 sat';
    const r = await reader(engineOf((_, segment) => segment)).answer({
      text,
      question: 'who',
      options: { maxAnswerLength: 4, topK: 20 },
    });
    assert.ok(
      r.answers.some((a) => a.text.endsWith('e\u0301\u0323')),
      JSON.stringify(r.answers.map((a) => a.text)),
    );
    const cut = await reader(engineOf((_, segment) => segment)).answer({
      text,
      range: { start: 0, end: 9 },
      question: 'who',
      options: { topK: 20 },
    });
    assert.ok(cut.answers.every((a) => a.end <= 9));
  });

  it('equal words at two places are two answers', async () => {
    const r = await reader(finds('king')).answer({
      text: 'a king in a city is a king',
      question: 'who',
      options: { topK: 2 },
    });
    assert.deepEqual(
      r.answers.map((a) => a.start).sort((a, b) => a - b),
      [2, 22],
    );
  });

  for (const text of ['', ' \t\r\n\u00a0 ', '\u0000\u200b']) {
    it(`nothing to read in ${JSON.stringify(text)}: no answer and no error`, async () => {
      const r = await reader(finds('king')).answer({ text, question: 'who?' });
      assert.deepEqual([r.answers, r.noAnswer.chosen, r.noAnswer.probability, r.timing.windows], [[], true, 1, 0]);
      JSON.parse(JSON.stringify(r));
    });
  }

  it('a text shorter than one piece of the vocabulary is still found', async () => {
    const r = await reader(engineOf((_, segment) => segment)).answer({ text: 'k', question: 'who' });
    assert.equal(r.answers[0].text, 'k');
  });

  for (const question of ['', '  \n', '\u0000\ufffd']) {
    it(`an empty question ${JSON.stringify(question)} is refused`, async () => {
      await assert.rejects(reader(finds('king')).answer({ text: 'king', question }), {
        code: 'BadRequest',
        message: /question/,
      });
    });
  }

  it('a question longer than the window is cut with a warning, never silently', async () => {
    const question = `who ${'sat '.repeat(500)}on the mat`;
    const r = await reader(finds('king')).answer({ text: 'the king', question });
    assert.equal(r.answers[0].text, 'king');
    assert.equal(r.warnings[0].code, 'QuestionTruncated');
    assert.match(r.warnings[0].message, /504 pieces.*reads 30/);
  });

  it('options out of range are refused with their names', async () => {
    const ask = (options: object) => reader(finds('king')).answer({ text: 'king', question: 'who', options });
    await assert.rejects(ask({ topK: 0 }), { code: 'BadRequest', message: /topK is 0/ });
    await assert.rejects(ask({ topK: 21 }), { code: 'BadRequest', message: /topK/ });
    assert.equal(optionLimits.topK[1], N_BEST_SIZE);
    const [, longest] = optionLimits.maxAnswerLength;
    await ask({ maxAnswerLength: longest });
    await assert.rejects(ask({ maxAnswerLength: longest + 1 }), { message: /expected a whole number from 1 to 510/ });
    await assert.rejects(ask({ maxAnswerLength: 1.5 }), { code: 'BadRequest', message: /maxAnswerLength/ });
    await assert.rejects(ask({ docStride: 5000 }), { code: 'BadRequest', message: /doc stride/ });
    await assert.rejects(ask({ noAnswerThreshold: Number.NaN }), { code: 'BadRequest', message: /noAnswerThreshold/ });
    await assert.rejects(reader(finds('king')).answer({ text: 'king', range: { start: 2, end: 9 }, question: 'who' }), {
      code: 'BadRequest',
      message: /range/,
    });
  });

  it('the threshold decides between the best answer and none', async () => {
    const nothing = engineOf((id) => (id === vocabulary.clsId ? 3 : 0));
    const ask = (noAnswerThreshold?: number) =>
      reader(nothing).answer({ text: 'the king', question: 'who', options: { noAnswerThreshold } });
    assert.equal((await ask()).noAnswer.chosen, true);
    assert.equal((await ask(6.5)).noAnswer.chosen, false);
    assert.ok((await ask()).answers.length > 0, 'best guesses stay on offer');
  });

  it('a cancel takes effect within one batch', async () => {
    const controller = new AbortController();
    let runs = 0;
    const engine = engineOf(
      () => 0,
      () => {
        if (++runs === 3) controller.abort();
      },
    );
    await assert.rejects(
      reader(engine).answer({ text: 'the king sat. '.repeat(2000), question: 'who' }, controller.signal),
      { code: 'Cancelled' },
    );
    assert.equal(runs, 3);
  });

  it('progress counts all windows', async () => {
    const seen: number[] = [];
    const r = await reader(finds('king')).answer(
      { text: 'the king sat. '.repeat(200), question: 'who' },
      undefined,
      (p) => {
        if (p.stage === 'engine') seen.push(p.done);
      },
    );
    assert.equal(seen.at(-1), r.timing.windows);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });

  it('10 MB of text: the answer at the very end is found, with few bytes per character', async () => {
    const text = `${'the cat sat on the mat in the city. '.repeat(290_000)}KING`;
    assert.ok(text.length > 10e6);
    const r = await reader(finds('king')).answer({ text, question: 'who?' });
    assert.deepEqual([r.answers[0].text, r.answers[0].end], ['KING', text.length]);
  });

  it('for random Unicode text, every answer slices to its text', async () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          ' ',
          '\r\n',
          'a',
          'the ',
          'King',
          '1',
          '.',
          'é',
          'e\u0301',
          '中',
          '👩‍🚀',
          '\ud800',
          '\u200f',
          'ß',
          'İ',
        ),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      maxLength: 300,
    });
    const r = reader(engineOf((id, segment) => ((id * 31) % 17) * segment));
    await fc.assert(
      fc.asyncProperty(text, async (t) =>
        checkRanges(t, await r.answer({ text: t, question: 'what is it?', options: { topK: 20, docStride: 10 } })),
      ),
      { numRuns: rounds(60, 2000) },
    );
  });
});

describe('session', () => {
  it('loads once, answers with a real model, unloads and loads again', async () => {
    const session = new Session({ modelPath: fixture('tiny-f32'), threads: 1, precision: 'fp32' });
    assert.equal(session.engine, null);
    await Promise.all([session.prepare(), session.prepare()]);
    const text = 'the king built a city in 1234 .';
    const first = await session.answer({ text, question: 'who built it?' });
    checkRanges(text, first);
    assert.deepEqual([first.engine.name, first.engine.precision], ['cpu', 'fp32']);
    await session.unload();
    assert.equal(session.engine, null);
    const second = await session.answer({ text, question: 'who built it?' });
    assert.deepEqual(second.answers, first.answers);
    await session.unload();
  });

  it('cancels a load only for those who cancelled, and loads at the next call', async () => {
    const session = new Session({ modelPath: fixture('tiny-f32'), threads: 1, precision: 'fp32' });
    const controller = new AbortController();
    const given = session.prepare(controller.signal);
    const other = session.prepare();
    controller.abort();
    await assert.rejects(given, { code: 'Cancelled' });
    await other;
    await session.unload();
    const alone = new AbortController();
    const nobody = session.prepare(alone.signal);
    alone.abort();
    const next = session.prepare();
    await assert.rejects(nobody, { code: 'Cancelled' });
    await next;
    assert.equal(session.engine?.name, 'cpu');
    await session.unload();
  });
});
