/** The tool `answer_folder`: a question and a folder or the roots → the best answers of all files. */
import { fileURLToPath } from 'node:url';
import { AskBertError } from '../errors.js';
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
  const texts = new Map<string, string | undefined>();
  const sentences: (string | undefined)[] = [];
  for (const answer of result.answers) {
    const { uri, start, end, text: words } = answer;
    if (!texts.has(uri)) texts.set(uri, await textOf(uri, context));
    const text = texts.get(uri);
    // The file may have changed there since.
    sentences.push(text?.slice(start, end) === words ? sentenceOf(text, answer) : undefined);
  }
  const notRead = { skipped: found.skipped.length, beyond: found.beyond };
  const answered = located(manyResult(result, sentences, LEAST_PROBABILITY, notRead));
  const notes = [...(answered.notes ?? []), ...(result.notes ?? []).map(({ message }) => message)];
  return notes.length > 0 ? { ...answered, notes: notes.slice(0, MAX_NOTES) } : answered;
}

/** More remarks are left out. */
export const MAX_NOTES = 20;

/** Undefined if the file can no longer be read. @throws AskBertError Cancelled */
async function textOf(uri: string, { service, signal }: ToolContext): Promise<string | undefined> {
  try {
    return (await service.readFile({ path: fileURLToPath(uri) }, signal)).text;
  } catch (error) {
    if (!(error instanceof AskBertError) || error.code === 'Cancelled') throw error;
    return undefined;
  }
}
