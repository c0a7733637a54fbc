/** What `ask-bert evaluate` and `ask-bert squad` share: asking every question of a set, and writing the results. */
import { writeFile } from 'node:fs/promises';
import { progressBar } from '../cli/common.js';
import { written } from '../documents/table-file.js';
import { t } from '../l10n.js';
import type { AnsweringEngine, AskOptions } from '../protocol.js';
import { inOrder } from '../runs/in-order.js';
import type { Session } from '../session/session.js';
import { oneLine } from '../text/one-line.js';
import type { Asked } from './among.js';
import type { EvaluationQuestion, EvaluationSet } from './labelled-set.js';

export interface SetRun {
  questions: number;
  seconds: number;
  /** Undefined: no question was asked. */
  engine: AnsweringEngine | undefined;
}

/**
 * Asks the questions, as many at once as the engine takes, so that memory does not grow with the windows of a set.
 * @param limit questions at most
 * @param take called with each question and its answers, in the order of the set
 * @throws AskBertError
 */
export async function askSet(
  session: Session,
  set: EvaluationSet,
  limit: number,
  ask: (question: EvaluationQuestion, signal: AbortSignal) => Promise<Asked>,
  take: (question: EvaluationQuestion, asked: Asked) => void,
): Promise<SetRun> {
  const run: SetRun = { questions: 0, seconds: 0, engine: undefined };
  await session.prepare();
  const bar = progressBar(t('Questions'), Math.min(set.questions, limit));
  const begin = performance.now();
  try {
    await inOrder(
      first(set.all(), limit),
      () => session.concurrency,
      (question, signal) => ask(question, signal),
      (question, asked) => {
        run.engine = asked.engine;
        take(question, asked);
        bar.update(++run.questions);
      },
    );
  } finally {
    bar.stop();
  }
  run.seconds = (performance.now() - begin) / 1000;
  return run;
}

async function* first<T>(items: AsyncIterable<T>, limit: number): AsyncGenerator<T> {
  let left = limit;
  for await (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}

/** A question about its own document alone. @throws AskBertError */
export async function askAlone(
  session: Session,
  { text, extracted, fileName, key = fileName, question, golds }: EvaluationQuestion,
  options: AskOptions,
  signal?: AbortSignal,
): Promise<Asked> {
  const result = await session.answer({ text, extracted, fileName, key, question, options }, signal);
  const { answers, noAnswer: decision, engine, timing } = result;
  return { golds, answers, noAnswer: decision.chosen, decision, engine, windows: timing.windows };
}

/** The parts of a line about a run: how long it took, and with what. */
export function describeRun({ questions, seconds, engine }: SetRun): string[] {
  return [
    `${seconds.toFixed(1)} s`,
    ...(questions > 0 ? [t('{0} questions/s', (questions / seconds).toFixed(1))] : []),
    ...(engine ? [oneLine(`${engine.model}, ${engine.precision}, ${engine.device}`)] : []),
  ];
}

/** Writes a result as JSON. @throws AskBertError InputUnreadable that names the file */
export async function save(file: string, value: object): Promise<void> {
  await written(file, () => writeFile(file, `${JSON.stringify(value)}\n`));
}
