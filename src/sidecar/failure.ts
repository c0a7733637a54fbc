/** What can go wrong with a question, and how the user is told: one sentence and one remedy. */
import * as vscode from 'vscode';
import { type ErrorCode, ErrorCodes, type ErrorData } from '../../server/protocol.js';
import { openSettings } from '../settings/settings.js';
import { complain } from '../shared/messages.js';
import { FailureLog } from './failure-log.js';

/** Kinds from the protocol, and kinds known only to the client. */
export type FailureCode = ErrorCode | 'Crashed' | 'StartFailed';

/** Failures that the user has seen in this session. */
export const recentFailures = new FailureLog();

export class Failure extends Error {
  /** Other extensions know it by this name (api/ask-bert.d.ts). */
  override readonly name = 'AskBertError';

  constructor(
    readonly code: FailureCode,
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }

  /** Not shown: the user or a newer question caused it. */
  get silent(): boolean {
    return this.code === 'Cancelled' || this.code === 'Superseded';
  }
}

export const cancelledFailure = () => new Failure('Cancelled', vscode.l10n.t('The question was cancelled.'));

/** The failure that a JSON-RPC error of the sidecar stands for; undefined when it is not one of ours. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: Partial<ErrorData> };
  const names = Object.keys(ErrorCodes) as ErrorCode[];
  const name = names.find((each) => each === data?.code) ?? names.find((each) => ErrorCodes[each] === code);
  if (!name) return undefined;
  return new Failure(name, String(message), typeof data?.remedy === 'string' ? data.remedy : undefined);
}

/** The message of anything that was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A button of a message. */
export interface Action {
  title: string;
  run(): void;
}

const command = (title: string, id: string): Action => ({
  title,
  run: () => void vscode.commands.executeCommand(id),
});
const showLog = () => command(vscode.l10n.t('Show Log'), 'askBert.showLog');
const manageModels = () => command(vscode.l10n.t('Manage Models'), 'askBert.manageModels');
const restart = () => command(vscode.l10n.t('Restart Server'), 'askBert.restartServer');

function actionsFor(code: FailureCode): Action[] {
  switch (code) {
    case 'ModelInvalid':
      return [{ title: vscode.l10n.t('Open Settings'), run: () => openSettings('askBert.modelPath') }, manageModels()];
    case 'DownloadFailed':
      return [manageModels(), showLog()];
    case 'EngineBuild':
    case 'EngineRun':
    case 'OutOfMemory':
      return [restart()];
    case 'Crashed':
    case 'StartFailed':
      return [restart(), showLog()];
    default:
      return [showLog()];
  }
}

/** One message; does not wait for the user. @param first actions before the usual ones */
export function tell(failure: Failure, first: readonly Action[] = []): void {
  if (failure.silent) return;
  recentFailures.note(failure.code);
  const actions = [...first, ...actionsFor(failure.code)];
  const text = failure.remedy ? `${failure.message} ${failure.remedy}` : failure.message;
  const titles = actions.map((action) => action.title);
  void complain(`Ask BERT: ${text}`, ...titles).then((title) => {
    actions.find((action) => action.title === title)?.run();
  });
}
