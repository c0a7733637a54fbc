/** The tool `answer_folder`: a question and a folder or the roots → the best answers of all files. */
import { fileURLToPath } from 'node:url';
import { AskBertError } from '../errors.js';
import type { FoundAnswer } from '../protocol.js';
import { checkWorkspaceInput } from '../tools/tool-input.js';
import { manyResult, sentenceOf } from '../tools/tool-result.js';
import { filesOf, LEAST_PROBABILITY, located, type ToolContext } from './context.js';

/** @throws ToolInputError, AskBertError of any kind */
export async function folderTool(given: unknown, context: ToolContext): Promise<object> {
  const input = checkWorkspaceInput(given);
  const { service, signal } = context;
  const found = await filesOf(input, context);
  const { question, topK } = input;
  const documents = found.uris.map((uri) => ({ uri }));
  const params = { question, documents, options: topK === undefined ? undefined : { topK } };
  const result = await service.askMany(params, undefined, signal, ({ done, total }) =>
    context.report(done, total, `${done} of ${total} files`),
  );
  const sentences: (string | undefined)[] = [];
  for (const answer of result.answers) sentences.push(await sentence(answer, context));
  const notRead = { skipped: found.skipped.length, beyond: found.beyond };
  const answered = located(manyResult(result, sentences, LEAST_PROBABILITY, notRead));
  const notes = [...(answered.notes ?? []), ...(result.notes ?? []).map(({ message }) => message)];
  return notes.length > 0 ? { ...answered, notes: notes.slice(0, MAX_NOTES) } : answered;
}

/** More remarks are left out. */
export const MAX_NOTES = 20;

/** Undefined if the file has changed there since. @throws AskBertError Cancelled */
async function sentence(answer: FoundAnswer, { service, signal }: ToolContext): Promise<string | undefined> {
  try {
    const { text } = await service.readFile({ path: fileURLToPath(answer.uri) }, signal);
    return text.slice(answer.start, answer.end) === answer.text ? sentenceOf(text, answer) : undefined;
  } catch (error) {
    if (!(error instanceof AskBertError) || error.code === 'Cancelled') throw error;
    return undefined;
  }
}
