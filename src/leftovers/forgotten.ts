/** When the user last removed the history of every workspace: an older one is not restored. */
import type * as vscode from 'vscode';

/** In the state of the extension, which all workspaces share. */
const KEY = 'askBert.forgottenAt';

/** Milliseconds since 1970; 0: never. */
export function forgottenAt(memory: Pick<vscode.Memento, 'get'>): number {
  const value = memory.get<unknown>(KEY);
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

export const forgetUntil = (memory: Pick<vscode.Memento, 'update'>, time: number): Thenable<void> =>
  memory.update(KEY, time);
