/**
 * The fake's part for many documents: it reads them in their order, and does what the question says.
 *
 *   find WORD       every place of WORD; the same words are one answer with several places
 *   none WORD       "no answer", the places are guesses
 *   foreign WORD    as none, as if a file were German
 *   stall N WORD    as find, but after N documents it never goes on, not even for a cancel; the first time only
 *   warn WORD       as find, with a warning
 *   skip WORD       as find, but files whose name has "skip" are skipped
 *   budget WORD     as find; the budget in seconds is given as the characters that were read
 *   part N WORD      as none, as if after the search of all files 3.5 % of the text had been read; N as for stall
 *   guess WORD      (question sets) "no answer", the first place is the guess
 *   asked WORD      (question sets) as find, the probability is 1 / number of documents asked about
 *   hang, garbage, crash, error CODE
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type CancellationToken, type Connection, ProgressType, ResponseError } from 'vscode-languageserver/node';
import {
  type Answer,
  AskManyMethod,
  type AskManyParams,
  type AskManyProgress,
  type AskManyResult,
  type DocumentRef,
  type ErrorCode,
  ErrorCodes,
  type ExtractCell,
  ExtractMethod,
  type ExtractParams,
  type ExtractProgress,
  type ExtractResult,
  type ExtractRow,
  type FoundAnswer,
  type PlacedAnswer,
  type ReadingEnd,
} from '../../server/protocol.js';
import { gradeOf } from '../../server/reader/calibration.js';
import { LineIndex } from '../../server/text/positions.js';

const engine = { name: 'cpu', device: 'fake device', model: 'fake', precision: 'fp32' } as const;
/** What has stalled once. */
const stalled = new Set<string>();
const textOf = ({ text, uri }: DocumentRef) => text ?? readFileSync(fileURLToPath(uri), 'utf8');
const isSkipped = (verb: string, { uri }: DocumentRef) => verb === 'skip' && /skip[^/]*$/.test(uri);

export function serveMany(connection: Connection): void {
  connection.onRequest(AskManyMethod, (params: AskManyParams, token) => askMany(connection, params, token));
  connection.onRequest(ExtractMethod, (params: ExtractParams, token) => extract(connection, params, token));
}

async function askMany(connection: Connection, params: AskManyParams, token: CancellationToken): Promise<unknown> {
  const { documents, question } = params;
  const [verb, ...words] = question.split(' ');
  await begin(verb, words);
  if (verb === 'garbage') return { answers: 'many' };
  const places: PlacedAnswer[] = [];
  const skipped = documents.filter((ref) => isSkipped(verb, ref));
  const type = new ProgressType<AskManyProgress>();
  for (const [i, ref] of documents.entries()) {
    if (verb === 'stall' || verb === 'part') await stall(question, i === Number(words[0]));
    if (token.isCancellationRequested)
      throw new ResponseError(ErrorCodes.Cancelled, 'cancelled', { code: 'Cancelled' });
    if (!skipped.includes(ref)) {
      for (const answer of answersIn(textOf(ref), words.at(-1) ?? '')) places.push({ ...answer, uri: ref.uri });
    }
    const progress: AskManyProgress = {
      stage: 'documents',
      done: verb === 'part' ? documents.length : i + 1,
      total: documents.length,
      skipped: skipped.length,
      ...(verb === 'part' ? { read: { characters: 35, ofCharacters: 1000 } } : {}),
      left: (documents.length - i - 1) * 2,
      answers: merged(places),
    };
    await connection.sendProgress(type, params.progressToken ?? 0, progress);
  }
  const chosen = verb === 'none' || verb === 'foreign' || verb === 'part' || places.length === 0;
  const read = { documents: documents.length - skipped.length, ofDocuments: documents.length - skipped.length };
  const result: AskManyResult = {
    question,
    answers: merged(places),
    noAnswer: { score: 0, probability: chosen ? 0.9 : 0.05, chosen, threshold: 0 },
    read: {
      ...read,
      characters: verb === 'budget' ? (params.budgetSeconds ?? -1) : verb === 'part' ? 35 : 10,
      ofCharacters: verb === 'part' ? 1000 : 10,
      ranked: verb === 'ranked' || verb === 'part',
      ...(verb === 'part' ? { ended: 'time' } : {}),
      ...(verb === 'ranked' ? { ended: words[0] as ReadingEnd } : {}),
    },
    ...(verb === 'foreign' && { otherLanguage: { found: 'de', languages: ['en'] } }),
    skipped: skipped.map(({ uri }) => ({ uri, reason: 'binary', message: `${uri} is not a text file.` })),
    engine,
    timing: { tokenizeMs: 1, engineMs: 2, projectMs: 1, totalMs: 4, windows: 1 },
    warnings: verb === 'warn' ? [{ code: 'PartlyRanked', message: 'Not all was searched.' }] : [],
  };
  return result;
}

async function extract(connection: Connection, params: ExtractParams, token: CancellationToken): Promise<unknown> {
  const { documents, questions } = params;
  const type = new ProgressType<ExtractProgress>();
  const result: ExtractResult = { rows: [], skipped: [], engine };
  for (const [i, ref] of documents.entries()) {
    const cells: (ExtractCell | null)[] = [];
    const guesses: (ExtractCell | null)[] = [];
    for (const { question } of questions) {
      const [verb, ...words] = question.split(' ');
      await begin(verb, words);
      if (verb === 'garbage') return { rows: 'many' };
      if (verb === 'stall') await stall(question, i === Number(words[0]));
      const [best] = answersIn(textOf(ref), words.at(-1) ?? '');
      const sentenceText = best?.sentence && textOf(ref).slice(best.sentence.start, best.sentence.end).trim();
      const probability = verb === 'asked' ? 1 / documents.length : best?.probability;
      const found: ExtractCell | null =
        best && probability !== undefined ? { ...best, probability, ...(sentenceText && { sentenceText }) } : null;
      cells.push(verb === 'guess' ? null : found);
      guesses.push(verb === 'guess' && found ? { ...found, grade: 'guess' } : null);
    }
    if (token.isCancellationRequested)
      throw new ResponseError(ErrorCodes.Cancelled, 'cancelled', { code: 'Cancelled' });
    const row: ExtractRow = { uri: ref.uri, cells, ...(guesses.some(Boolean) && { guesses }) };
    result.rows.push(row);
    const progress: ExtractProgress = { stage: 'rows', done: i + 1, total: documents.length, row };
    await connection.sendProgress(type, params.progressToken ?? 0, progress);
  }
  return result;
}

async function stall(question: string, now: boolean): Promise<void> {
  if (!now || stalled.has(question)) return;
  stalled.add(question);
  await new Promise<never>(() => setInterval(() => {}, 1000));
}

async function begin(verb: string, words: string[]): Promise<void> {
  if (verb === 'hang') await new Promise<never>(() => setInterval(() => {}, 1000));
  if (verb === 'crash') process.exit(7);
  if (verb === 'error') {
    const code = words[0] as ErrorCode;
    throw new ResponseError(ErrorCodes[code], `It is ${code}.`, { code, remedy: 'Do something.' });
  }
}

function answersIn(text: string, word: string): Answer[] {
  const lines = new LineIndex(text);
  const answers: Answer[] = [];
  for (let start = text.indexOf(word); word && start >= 0; start = text.indexOf(word, start + word.length)) {
    const end = start + word.length;
    const { line: endLine, character: endCharacter } = lines.at(end);
    const score = 9 - answers.length;
    const probability = 0.6 / 2 ** answers.length;
    const sentence = {
      start: text.lastIndexOf('\n', start) + 1,
      end: (text.indexOf('\n', end) + text.length + 1) % (text.length + 1),
    };
    answers.push({
      start,
      end,
      text: word,
      ...lines.at(start),
      endLine,
      endCharacter,
      score,
      margin: score,
      probability,
      grade: gradeOf(probability, false),
      sentence,
    });
  }
  return answers;
}

function merged(places: readonly PlacedAnswer[]): FoundAnswer[] {
  const [best, ...also] = places;
  return best ? [{ ...best, also }] : [];
}
