/**
 * What the language-model tools share: failures as sentences for the model, results within its budget, confirmation
 * before reading a foreign file.
 */
import * as vscode from 'vscode';
import { ToolInputError } from '../../server/tools/tool-input.js';
import type { ToolResult } from '../../server/tools/tool-result.js';
import { asMarkdown } from '../shared/markdown.js';
import { failureOf } from '../sidecar/failure.js';
import { shown } from './place.js';

export type Prepare = vscode.LanguageModelToolInvocationPrepareOptions<unknown>;
export type Invoke = vscode.LanguageModelToolInvocationOptions<unknown>;

/** Runs the work of a tool. @throws Error with a sentence for the model; vscode.CancellationError */
export async function invoked(
  { tokenizationOptions }: Pick<Invoke, 'tokenizationOptions'>,
  token: vscode.CancellationToken,
  work: () => Promise<ToolResult>,
): Promise<vscode.LanguageModelToolResult> {
  try {
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    const text = await withinBudget(await work(), tokenizationOptions, token);
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  } catch (error) {
    if (error instanceof ToolInputError) throw new Error(error.message);
    const failure = failureOf(error);
    if (!failure) throw error;
    if (failure.silent) throw new vscode.CancellationError();
    const { code, message, remedy } = failure;
    throw new Error(`${code}: ${message}${remedy ? ` ${remedy}` : ''}`);
  }
}

/** Drops the weakest answers until the rest fits into the token budget of the model. */
async function withinBudget(
  result: ToolResult,
  budget: vscode.LanguageModelToolTokenizationOptions | undefined,
  token: vscode.CancellationToken,
): Promise<string> {
  const found = result.answers ?? result.guesses ?? [];
  for (;;) {
    const text = JSON.stringify(result);
    if (!budget || found.length <= 1) return text;
    if ((await budget.countTokens(text, token)) <= budget.tokenBudget) return text;
    found.pop();
  }
}

/**
 * What is shown while a tool runs, with the confirmation needed before a place outside the workspace is read.
 * @param foreign that place; undefined: no confirmation
 */
export function prepared(message: string, foreign: vscode.Uri | undefined): vscode.PreparedToolInvocation {
  const { l10n } = vscode;
  const invocation: vscode.PreparedToolInvocation = { invocationMessage: markdown(message) };
  if (foreign) {
    const text = l10n.t(
      'Ask BERT was asked to read {0}, which is not in this workspace. What it finds there will be given to the language model.',
      shown(foreign),
    );
    invocation.confirmationMessages = {
      title: l10n.t('Read outside of the workspace?'),
      message: markdown(text),
    };
  }
  return invocation;
}

const markdown = (text: string) => new vscode.MarkdownString(asMarkdown(text));
