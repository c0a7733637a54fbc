/** A set of questions over many documents: a table with a row for each document and a cell for each question. */

import type { KnownDocument, LoadedDocument } from '../documents/load.js';
import { throwIfAborted } from '../errors.js';
import type { Answer, ExtractParams, ExtractProgress, ExtractResult, NamedQuestion } from '../protocol.js';
import { graded } from '../reader/calibration.js';
import { OwnProbabilities } from './own-probabilities.js';
import { slicesOf } from './slices.js';
import { type ReadingSession, type Source, SourceReader } from './source-reader.js';

/** The text of a document may be given with the form that it was extracted in. */
export type RunParams = Omit<ExtractParams, 'documents'> & { documents: readonly KnownDocument[] };

/**
 * Reads every document completely, and reports its row as soon as it is done.
 * @throws AskBertError of the session, Cancelled; what is wrong with a document only skips it
 */
export async function extract(
  session: ReadingSession,
  params: RunParams,
  signal?: AbortSignal,
  onProgress?: (progress: ExtractProgress) => void,
): Promise<ExtractResult> {
  throwIfAborted(signal);
  await session.prepare(signal);
  const reading = new SourceReader(session, signal);
  const sources = await reading.survey(params.documents);
  const result: ExtractResult = { rows: [], skipped: reading.skipped, engine: reading.engine };
  for (const [i, source] of sources.entries()) {
    const document = await reading.load(source);
    if (!document) continue;
    const cells: (Answer | null)[] = [];
    for (const question of params.questions) cells.push(await cell(reading, source, document, question, params));
    const row = { uri: source.ref.uri, cells };
    result.rows.push(row);
    onProgress?.({ stage: 'rows', done: i + 1, total: sources.length, row });
  }
  const { engine, warnings, notes } = reading;
  // Otherwise every document would repeat that a question is truncated.
  const told = warnings.filter(({ code }) => code === 'EncodingGuessed');
  return {
    ...result,
    engine,
    ...(told.length > 0 ? { warnings: told } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** The best answer that passes the question's threshold; null: none does. */
async function cell(
  reading: SourceReader,
  source: Source,
  document: LoadedDocument,
  { question, noAnswerThreshold }: NamedQuestion,
  params: RunParams,
): Promise<Answer | null> {
  const options = { ...params.options, topK: 1 };
  if (noAnswerThreshold !== undefined) options.noAnswerThreshold = noAnswerThreshold;
  const own = new OwnProbabilities();
  let best: Answer | undefined;
  for (const slice of slicesOf(document.text)) {
    const { answers, noAnswer } = await reading.askPart(source, document, slice, question, options);
    own.add(answers, noAnswer);
    if (noAnswer.chosen || answers.length === 0) continue;
    if (!best || answers[0].margin > best.margin) best = answers[0];
  }
  if (!best) return null;
  return graded([{ ...best, probability: own.ofAnswer(best, best.also ?? []) }], false)[0];
}
