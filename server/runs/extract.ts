/** A set of questions over many documents: a table with a row for each document and a cell for each question. */

import type { KnownDocument } from '../documents/load.js';
import { throwIfAborted } from '../errors.js';
import type {
  Answer,
  ExtractCell,
  ExtractParams,
  ExtractProgress,
  ExtractResult,
  ExtractRow,
  NamedQuestion,
} from '../protocol.js';
import { graded } from '../reader/calibration.js';
import { inOrder } from './in-order.js';
import { OwnProbabilities } from './own-probabilities.js';
import { sentenceText } from './sentence-text.js';
import { slicesOf } from './slices.js';
import { type Part, type ReadingSession, type Source, SourceReader } from './source-reader.js';

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
  const ofSource = async (source: Source, stop: AbortSignal): Promise<Found[] | undefined> => {
    // Each document that is being loaded listens to it, and that signal expects many.
    const document = await reading.load(source, stop);
    if (!document) return undefined;
    const found: Found[] = [];
    await inOrder(
      params.questions,
      reading.atOnce,
      (question, signal) => find(reading, { source, document }, question, params, signal),
      (_, one) => found.push(one),
      stop,
    );
    return found;
  };
  await inOrder(
    sources.entries(),
    // Enough documents for their questions together to keep the engine busy.
    () => Math.ceil(reading.atOnce() / Math.max(1, params.questions.length)),
    ([, source], stop) => ofSource(source, stop),
    ([i, source], found) => {
      if (!found) return;
      const row: ExtractRow = { uri: source.ref.uri, cells: found.map(({ cell }) => cell) };
      if (found.some(({ guess }) => guess)) row.guesses = found.map(({ guess }) => guess);
      result.rows.push(row);
      onProgress?.({ stage: 'rows', done: i + 1, total: sources.length, row });
    },
    signal,
    ([, { size }]) => size,
  );
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

/** What one question found in one document: an answer, a guess, or neither. */
interface Found {
  cell: ExtractCell | null;
  guess: ExtractCell | null;
}

/** The best answer that passes the question's threshold; if none does, the best one that does not is a guess. */
async function find(
  reading: SourceReader,
  { source, document }: Omit<Part, 'range'>,
  { question, noAnswerThreshold }: NamedQuestion,
  params: RunParams,
  signal: AbortSignal,
): Promise<Found> {
  const options = { ...params.options, topK: 1 };
  if (noAnswerThreshold !== undefined) options.noAnswerThreshold = noAnswerThreshold;
  const own = new OwnProbabilities();
  let best: Answer | undefined;
  let guess: Answer | undefined;
  for (const slice of slicesOf(document.text)) {
    const { answers, noAnswer } = await reading.askPart({ source, document, range: slice }, question, options, signal);
    own.add(answers, noAnswer);
    if (answers.length === 0) continue;
    if (!guess || answers[0].margin > guess.margin) guess = answers[0];
    if (noAnswer.chosen) continue;
    if (!best || answers[0].margin > best.margin) best = answers[0];
  }
  const cell = (answer: Answer, isGuess: boolean): ExtractCell => {
    const probability = own.ofAnswer(answer, answer.also ?? []);
    const [made] = graded([{ ...answer, probability }], isGuess);
    const sentence = sentenceText(document.text, answer);
    return sentence === undefined ? made : { ...made, sentenceText: sentence };
  };
  if (best) return { cell: cell(best, false), guess: null };
  return { cell: null, guess: guess ? cell(guess, true) : null };
}
