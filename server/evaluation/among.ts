/** `ask-bert evaluate --among N`: each question about its own document among others, as `ask --dir` answers it. */
import { createHash } from 'node:crypto';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { Answer, AnsweringEngine, AskOptions, NoAnswer } from '../protocol.js';
import type { IndexCache } from '../ranking/index-cache.js';
import { askMany } from '../runs/ask-many.js';
import type { ReadingSession } from '../runs/source-reader.js';
import { oneLine } from '../text/one-line.js';
import type { EvaluationDocument, EvaluationQuestion } from './labelled-set.js';
import { type Outcome, placed, type Span } from './metrics.js';

export interface Among {
  /** Number of documents besides the question's own. */
  others: number;
  /** The seed for choosing other documents. */
  seed: number;
  /** Passages are ranked by their words first, as if the budget were too short for everything. */
  ranked: boolean;
}

export type AskedAnswer = Answer & Span & { file?: string };

/** The result of a question about its own document alone or among others. */
export interface Asked extends Outcome {
  answers: AskedAnswer[];
  decision: NoAnswer;
  engine: AnsweringEngine;
  /** That were read. */
  windows: number;
  /** Among others: how much of their text was read, in percent. */
  read?: number;
}

/**
 * The question's own document and `others` of the same half, in the order of their names. The choice depends only on
 * the seed and the question, not on the other questions or their order. Documents that are known to answer the
 * question, too, are never among them.
 */
export function documentsFor(
  { id, fileName, alsoIn }: EvaluationQuestion,
  all: readonly EvaluationDocument[],
  { others, seed }: Among,
): EvaluationDocument[] {
  const own = all.find(({ name }) => name === fileName)!;
  const rank = (name: string) => createHash('sha256').update(`${seed}\0${id}\0${name}`).digest('hex');
  const drawn = all
    .filter(({ name, split }) => name !== fileName && split === own.split && !alsoIn?.includes(name))
    .map((document) => ({ document, rank: rank(document.name) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, others);
  return [own, ...drawn.map(({ document }) => document)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws AskBertError InputUnreadable: a document cannot be read */
export async function askAmong(
  session: ReadingSession,
  question: EvaluationQuestion,
  all: readonly EvaluationDocument[],
  among: Among,
  options: AskOptions,
  cache: IndexCache,
): Promise<Asked> {
  const documents = documentsFor(question, all, among);
  // Without a limit of time, so that the same answers come on every machine.
  const params = {
    question: question.question,
    options,
    budgetSeconds: 0,
    rankAtOnce: among.ranked,
    documents: documents.map(({ uri }) => ({ uri })),
  };
  const result = await askMany(session, params, undefined, undefined, cache);
  for (const { message } of result.skipped) throw new AskBertError('InputUnreadable', message);
  const names = new Map(documents.map(({ uri, name }) => [uri, name]));
  const answers = result.answers.map((answer) => {
    const file = names.get(answer.uri)!;
    const isRight = file === question.fileName && placed(answer, question.golds) === 1;
    return { ...answer, file, misplaced: question.golds.length > 0 && !isRight };
  });
  const elsewhere = answers.length > 0 && answers[0].file !== question.fileName;
  const { noAnswer: decision, engine, read } = result;
  return {
    golds: question.golds,
    answers,
    noAnswer: decision.chosen,
    elsewhere,
    decision,
    engine,
    windows: result.timing.windows,
    read: read.ofCharacters > 0 ? (100 * read.characters) / read.ofCharacters : 100,
  };
}

/**
 * Questions without an answer in their own document that another one answers, perhaps correctly. The set must say
 * whether it does (`alsoIn`).
 */
export interface Claim {
  id: string;
  question: string;
  answer: AskedAnswer;
}

export function claimsTable(claims: readonly Claim[]): string {
  const title =
    claims.length === 1
      ? t('1 question with no answer in its own document was answered from another. Is that answer right?')
      : t(
          '{0} questions with no answer in their own documents were answered from others. Are those answers right?',
          claims.length,
        );
  const lines = claims.map(
    ({ id, question, answer: { file, line, character, prose, text } }) =>
      `${oneLine(`${id}: ${question}`)}\n  ${oneLine(`${file}:${line + 1}:${character + 1}`)}  ${oneLine(prose ?? text)}`,
  );
  return [title, ...lines].join('\n');
}
