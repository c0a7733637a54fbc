/** The tool `ask-bert_answer`: a question and a file or a text → the exact words, with their places. */
import * as vscode from 'vscode';
import type { OffsetRange } from '../../server/protocol.js';
import { type AnswerInput, checkAnswerInput, wrong } from '../../server/tools/tool-input.js';
import { answerResult } from '../../server/tools/tool-result.js';
import type { Answerer } from '../asking/answerer.js';
import { lineEnd, lineStarts } from '../shared/lines.js';
import { isInWorkspace, placeOf } from './place.js';
import { type Invoke, invoked, type Prepare, prepared } from './tool.js';

export class AnswerTool implements vscode.LanguageModelTool<unknown> {
  readonly #answerer: Answerer;
  constructor(answerer: Answerer) {
    this.#answerer = answerer;
  }

  /** No confirmation for wrong input: `invoke` rejects it. */
  async prepareInvocation({ input }: Prepare): Promise<vscode.PreparedToolInvocation> {
    const { l10n } = vscode;
    const target = await Promise.resolve(input)
      .then(checkAnswerInput)
      .then(targetOf)
      .catch(() => undefined);
    if (!target) return prepared(l10n.t('Looking for the answer in a text'), undefined);
    const name = vscode.workspace.asRelativePath(target);
    return prepared(l10n.t('Looking for the answer in {0}', name), (await isInWorkspace(target)) ? undefined : target);
  }

  invoke(options: Invoke, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
    return invoked(options, token, async () => {
      const answerer = this.#answerer;
      const input = checkAnswerInput(options.input);
      const { question, topK, range } = input;
      const uri = await targetOf(input);
      const reading = uri ? await answerer.read(uri) : { text: input.text ?? '' };
      const lines = range && offsetsOf(reading.text, range);
      const result = await answerer.answerText(question, reading, topK === undefined ? {} : { topK }, lines, token);
      return answerResult(result, reading.text, uri?.toString() ?? 'text', answerer.leastProbability);
    });
  }
}

/** The file that the input names; undefined: a text was given. @throws ToolInputError */
async function targetOf({ text, filePath, uri }: AnswerInput): Promise<vscode.Uri | undefined> {
  return text === undefined ? placeOf({ filePath, uri }, 'filePath') : undefined;
}

function offsetsOf(text: string, { startLine, endLine }: NonNullable<AnswerInput['range']>): OffsetRange {
  const starts = lineStarts(text);
  const start = starts[startLine - 1];
  if (start === undefined || endLine > starts.length) {
    throw wrong('range.endLine', String(endLine), `at most ${starts.length}, the number of lines`);
  }
  return { start, end: lineEnd(text, starts, endLine - 1) };
}
