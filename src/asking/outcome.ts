/** How a question ended, and what the user is told if it failed. */
import type * as vscode from 'vscode';
import type { AskManyResult, AskResult } from '../../server/protocol.js';
import type { ShownAnswer } from '../answers/store.js';
import { type Failure, tell } from '../sidecar/failure.js';
import type { QuestionBox } from './question-box.js';

export interface AskOutcome {
  status: 'answered' | 'noAnswer' | 'changed' | 'failed' | 'cancelled';
  question: string;
  /** What is highlighted now, or would be as the best guess; for a cancelled question, the best so far. */
  answers: readonly ShownAnswer[];
  result?: AskResult | AskManyResult;
  error?: { code: string; message: string; remedy?: string | undefined };
}

/** Tells the user why a question was not answered, unless it was cancelled. @param answers that stay */
export function failed(
  { log, box }: { log: vscode.LogOutputChannel; box: QuestionBox },
  question: string,
  failure: Failure,
  answers: readonly ShownAnswer[] = [],
): AskOutcome {
  const { code, message, remedy } = failure;
  if (!failure.silent) {
    log.error(`${code}: ${message}`);
    box.failed(question);
    tell(failure);
  }
  return { status: failure.silent ? 'cancelled' : 'failed', question, answers, error: { code, message, remedy } };
}
