/**
 * One question about one document that is too long to read all of it: its passages are ranked by their words, and the
 * best are read until the answer is settled.
 */
import type { DocumentContent } from '../documents/extraction.js';
import { t } from '../l10n.js';
import type { AskOptions, AskProgress, AskResult, FoundAnswer, Warning } from '../protocol.js';
import type { IndexCache } from '../ranking/index-cache.js';
import { askMany } from './ask-many.js';
import type { ReadingSession } from './source-reader.js';

/** UTF-16 units of an extracted text, about 60 pages: reading all of more would take minutes on a slow machine. */
export const LONG_EXTRACTED_UNITS = 200_000;

/** Whether a document is asked in this way. */
export const isLong = ({ text, extracted }: DocumentContent): boolean =>
  extracted !== undefined && text.length > LONG_EXTRACTED_UNITS;

export interface LongQuestion {
  uri: string;
  content: DocumentContent;
  question: string;
  options: AskOptions;
  /** 0: everything is read after all. */
  budgetSeconds?: number | undefined;
}

/** @throws AskBertError of the session, Cancelled */
export async function askLong(
  session: ReadingSession,
  { uri, content: { text, extracted }, question, options, budgetSeconds }: LongQuestion,
  cache: IndexCache,
  signal?: AbortSignal,
  onProgress?: (progress: AskProgress) => void,
): Promise<AskResult> {
  const documents = [{ uri, text, extracted }];
  const params = { question, options, documents, budgetSeconds, rankAtOnce: budgetSeconds !== 0 };
  const { read, skipped: _, answers, notes: __, warnings, ...result } = await askMany(
    session,
    params,
    signal,
    ({ answers: best }) => {
      const [first] = best;
      // What may turn out to be no answer is not told.
      if (!first || first.margin <= 0) return onProgress?.({ stage: 'engine', done: 0, total: 0 });
      const noAnswer = { score: first.score - first.margin, probability: 0, chosen: false, threshold: 0 };
      onProgress?.({ stage: 'engine', done: 0, total: 0, answers: best.map(placed), noAnswer });
    },
    cache,
  );
  return { ...result, answers: answers.map(placed), warnings: [...partly(read), ...warnings] };
}

/** As in a question about one document. */
function placed({ uri: _, also, ...answer }: FoundAnswer): AskResult['answers'][number] {
  return also.length === 0 ? answer : { ...answer, also: also.map(({ uri: __, ...other }) => other) };
}

function partly({ characters, ofCharacters }: { characters: number; ofCharacters: number }): Warning[] {
  if (characters >= ofCharacters) return [];
  const share = Math.max(1, Math.round((100 * characters) / ofCharacters));
  const message = t(
    'Of this long document the model read the passages nearest to the question by their words, {0}% of the text.',
    share,
  );
  return [{ code: 'PartlyRead', message }];
}
