/** The answers of transformers' question-answering pipeline, compared with those that it gave itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { AskBertError } from '../../../server/errors.js';
import type { PipelineAnswer, PipelineOptions } from '../../../server/reader/pipeline.js';
import { Session } from '../../../server/session/session.js';

interface Case {
  question: string;
  context: string;
  options: {
    max_seq_len: number;
    doc_stride: number;
    top_k: number;
    max_answer_len: number;
    handle_impossible_answer: boolean;
  };
  answers: PipelineAnswer[];
}

const cases: Case[] = JSON.parse(gunzipSync(readFileSync('test/fixtures/pipeline.json.gz')).toString('utf8'));

const optionsOf = ({ options }: Case): PipelineOptions => ({
  topK: options.top_k,
  docStride: options.doc_stride,
  maxAnswerLength: options.max_answer_len,
  maxSequenceLength: options.max_seq_len,
  handleImpossibleAnswer: options.handle_impossible_answer,
});

/** As Python takes a part of a text. */
const slice = (text: string, start: number, end: number) => [...text].slice(start, end).join('');

describe('the pipeline of transformers', () => {
  let session: Session;
  before(() => {
    session = new Session(
      { modelPath: 'test/fixtures/models/tiny-f32', engine: 'cpu', precision: 'fp32', threads: 1 },
      false,
    );
  });
  after(() => session.unload());

  it('gives the same answers: words, offsets in code points, scores within 1e-3', async () => {
    assert.ok(cases.length >= 500);
    let several = 0;
    let largest = 0;
    for (const [i, each] of cases.entries()) {
      const { question, context, answers: expected } = each;
      const found = await session.pipeline({ question, context, options: optionsOf(each) });
      const what = `case ${i}: ${JSON.stringify({ question, context, options: each.options, found, expected })}`;
      assert.equal(found.length, expected.length, what);
      if (expected.length > 1) several++;
      for (const [rank, { score, start, end, answer }] of found.entries()) {
        const theirs = expected[rank];
        largest = Math.max(largest, Math.abs(score - theirs.score));
        assert.ok(Math.abs(score - theirs.score) < 1e-3, what);
        assert.equal(answer, slice(context, start, end), what);
        // Of nearly equal scores either may be first.
        const same = expected.filter((other) => Math.abs(other.score - theirs.score) < 1e-4);
        assert.ok(
          same.some((other) => other.start === start && other.end === end && other.answer === answer),
          what,
        );
      }
    }
    assert.ok(several > 100);
    // Equal weights and windows leave only rounding.
    assert.ok(largest < 1e-4, String(largest));
  });

  it('nothing but white space has no answer; "no answer" is one if that is wanted', async () => {
    const question = 'who built a city';
    assert.deepEqual(await session.pipeline({ question, context: ' \n' }), []);
    const options = { handleImpossibleAnswer: true, topK: 20 };
    const answers = await session.pipeline({ question, context: 'the king', options });
    assert.equal(answers.filter(({ start, end, answer }) => answer === '' && start === 0 && end === 0).length, 1);
  });

  it('a question without words, and a window without room, are refused with what to do', async () => {
    const refused = (expected: RegExp) => (error: unknown) =>
      error instanceof AskBertError && error.code === 'BadRequest' && expected.test(error.line);
    const context = 'the king built a city';
    await assert.rejects(session.pipeline({ question: ' ', context }), refused(/question is empty/));
    const question = 'who built a city';
    for (const [options, expected] of [
      [{ maxSequenceLength: 65 }, /max_seq_len is 65, expected at most 64/],
      [{ docStride: 60 }, /A window of 64 pieces has room for 57 pieces .* expected more than the overlap of 60/],
      [{ maxSequenceLength: 8 }, /choose a smaller doc_stride or a larger max_seq_len/],
    ] as const) {
      await assert.rejects(session.pipeline({ question, context, options }), refused(expected));
    }
    await assert.rejects(
      session.pipeline({ question, context }, AbortSignal.abort()),
      (error: unknown) => error instanceof AskBertError && error.code === 'Cancelled',
    );
  });
});
