/** `ask-bert ask --format hf`: the JSON of transformers' question-answering pipeline, with the names of its options. */
import type { Argv } from 'yargs';
import { integer, optionChecks } from '../checks/check-request.js';
import { AskBertError, asAskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { PipelineAnswer, PipelineOptions } from '../reader/pipeline.js';
import type { Session } from '../session/session.js';
import { type Bar, buildBar, progressBar } from './common.js';
import { note, printJson } from './print.js';

export const FORMATS = ['text', 'json', 'hf'] as const;

export interface HfFlags {
  format?: unknown;
  topK?: unknown;
  docStride?: unknown;
  maxAnswerLength?: unknown;
  maxSeqLen?: unknown;
  handleImpossibleAnswer?: boolean;
}

/** Flags that the pipeline has nothing like. */
const OTHER_FLAGS = {
  json: '--json',
  dir: '--dir',
  include: '--include',
  noIgnore: '--no-ignore',
  budget: '--budget',
  noAnswerThreshold: '--no-answer-threshold',
} as const;

/** Adds the flags of the pipeline, and its names as other names of flags that `ask` has. */
export function withHfFlags<T>(argv: Argv<T>): Argv<T> {
  return argv
    .option('format', {
      type: 'string',
      requiresArg: true,
      describe: t(
        'text, json (as --json) or hf: the JSON of the question-answering pipeline of transformers (docs/from-transformers.md)',
      ),
    })
    .option('handle-impossible-answer', {
      alias: 'handle_impossible_answer',
      type: 'boolean',
      describe: t('With --format hf: "no answer" is an answer like others, with empty words'),
    })
    .option('max-seq-len', {
      alias: 'max_seq_len',
      type: 'number',
      requiresArg: true,
      describe: t('With --format hf: pieces of a window (default 384)'),
    })
    .alias({
      'top-k': 'top_k',
      'doc-stride': 'doc_stride',
      'max-answer-length': ['max-answer-len', 'max_answer_len'],
    }) as unknown as Argv<T>;
}

/** @throws AskBertError BadRequest: a flag that goes with the other formats only */
export function pipelineOptions(flags: HfFlags): PipelineOptions {
  const other = Object.entries(OTHER_FLAGS).find(([key]) => (flags as Record<string, unknown>)[key] !== undefined);
  if (other) throw new AskBertError('BadRequest', t('{0} cannot be used with --format hf.', other[1]));
  const check = <V>(value: unknown, name: string, checked: (value: unknown, field: string) => V) =>
    value === undefined ? undefined : checked(value, name);
  return {
    topK: check(flags.topK, '--top-k', optionChecks.topK),
    docStride: check(flags.docStride, '--doc-stride', optionChecks.docStride),
    maxAnswerLength: check(flags.maxAnswerLength, '--max-answer-length', optionChecks.maxAnswerLength),
    maxSequenceLength: check(flags.maxSeqLen, '--max-seq-len', integer(4, 100_000)),
    handleImpossibleAnswer: flags.handleImpossibleAnswer,
  };
}

/** One question: an object if there is one answer, otherwise an array, as the pipeline returns them. */
async function answer(
  session: Session,
  question: string,
  context: string,
  options: PipelineOptions,
  signal: AbortSignal,
): Promise<PipelineAnswer | PipelineAnswer[]> {
  let bar: Bar | undefined;
  const building = buildBar();
  try {
    const answers = await session.pipeline({ question, context, options }, signal, ({ stage, done, total }) => {
      if (stage === 'load' && total > 0) building.update('', done / total);
      else building.stop();
      if (stage !== 'engine' || total < 8) return;
      bar ??= progressBar(t('Reading'), total);
      bar.update(done);
    });
    return answers.length === 1 ? answers[0] : answers;
  } finally {
    building.stop();
    bar?.stop();
  }
}

/**
 * Prints the answers: for one question about one text as the pipeline returns them, for several an array of those, in
 * the order of the files and then of the questions; an object with `error` for each that fails.
 * @param read gives the text of a file
 * @throws AskBertError at the end, if anything failed
 */
export async function askHf<F>(
  session: Session,
  files: readonly F[],
  questions: readonly string[],
  options: PipelineOptions,
  read: (file: F) => Promise<{ text: string }>,
  signal: AbortSignal,
): Promise<void> {
  if (files.length * questions.length === 1) {
    const { text } = await read(files[0]);
    return printJson(await answer(session, questions[0], text, options, signal));
  }
  const results: unknown[] = [];
  let failures = 0;
  const failed = (error: unknown) => {
    const failure = asAskBertError(error);
    if (failure.code === 'Cancelled' || failure.code === 'ModelInvalid') throw failure;
    failures++;
    note(failure.line);
    results.push({ error: { code: failure.code, message: failure.line } });
  };
  for (const file of files) {
    const document = await read(file).catch((error) => asAskBertError(error));
    for (const question of questions) {
      try {
        if (document instanceof AskBertError) throw document;
        results.push(await answer(session, question, document.text, options, signal));
      } catch (error) {
        failed(error);
      }
    }
  }
  await printJson(results);
  if (failures > 0) {
    throw new AskBertError('InputUnreadable', t('{0} of {1} questions failed.', failures, results.length));
  }
}
