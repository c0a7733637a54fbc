/** The tool `answer`: a question and a file or a text → the exact words, with their places. */
import { pathToFileURL } from 'node:url';
import type { Question } from '../checks/requests.js';
import { throwIfAborted } from '../errors.js';
import type { AskProgress, OffsetRange } from '../protocol.js';
import { type AnswerInput, checkAnswerInput, wrong } from '../tools/tool-input.js';
import { answerResult } from '../tools/tool-result.js';
import { LEAST_PROBABILITY, located, type ToolContext } from './context.js';

/** @throws ToolInputError, AskBertError of any kind */
export async function answerTool(given: unknown, context: ToolContext): Promise<object> {
  const input = checkAnswerInput(given);
  const { service, roots, signal } = context;
  const path =
    input.text === undefined ? await roots.find(input, input.uri === undefined ? 'filePath' : 'uri') : undefined;
  throwIfAborted(signal);
  // Also what the sentences are quoted from; the question is asked of the file itself, whose pages it knows.
  const text = path === undefined ? (input.text ?? '') : (await service.readFile({ path }, signal)).text;
  const { question, topK } = input;
  const uri = path === undefined ? undefined : pathToFileURL(path).href;
  const asked: Question = {
    question,
    options: topK === undefined ? undefined : { topK },
    range: input.range && offsetsOf(text, input.range),
    ...(path === undefined ? { text, languageId: 'plaintext' } : { path, key: uri }),
  };
  const onProgress = ({ stage, done, total }: AskProgress) => {
    if (stage === 'engine') context.report(done, total, 'Reading');
  };
  const result = await service.ask(asked, undefined, signal, onProgress);
  const same = result.answers.every((answer) => text.slice(answer.start, answer.end) === answer.text);
  const quotable = same ? result : { ...result, answers: result.answers.map(({ sentence: _, ...answer }) => answer) };
  return located(answerResult(quotable, text, uri ?? 'text', LEAST_PROBABILITY));
}

/** Of one-based lines, both included; \n, \r\n and \r end a line. @throws ToolInputError */
function offsetsOf(text: string, { startLine, endLine }: NonNullable<AnswerInput['range']>): OffsetRange {
  let [line, start, end] = [1, startLine === 1 ? 0 : -1, -1];
  for (const { index, 0: newline } of text.matchAll(/\r\n?|\n/g)) {
    if (line === endLine) {
      end = index;
      break;
    }
    line++;
    if (line === startLine) start = index + newline.length;
  }
  if (line < endLine) throw wrong('range.endLine', String(endLine), `at most ${line}, the number of lines`);
  return { start, end: end < 0 ? text.length : end };
}
