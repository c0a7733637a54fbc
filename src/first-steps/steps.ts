/**
 * Steps of the walkthrough are ticked when something has succeeded, by context keys: VS Code's `onCommand` would tick
 * them as soon as a command is run, even if it is cancelled or finds nothing to do.
 */
import * as vscode from 'vscode';
import type { CommandTable } from '../shared/command-table.js';
import { STEP_OF, type Step, succeeded } from './table.js';

export const stepDone = (step: Step): Thenable<unknown> =>
  vscode.commands.executeCommand('setContext', `askBert.done.${step}`, true);

/** The same commands, which tick their step when they succeed. */
export function ticking(table: CommandTable): CommandTable {
  const entries = Object.entries(table).map(([name, run]) => {
    const step = STEP_OF[name];
    if (!step) return [name, run];
    const ticked = async (args: unknown[]) => {
      const result = await run(args);
      if (succeeded(result)) void stepDone(step);
      return result;
    };
    return [name, ticked];
  });
  return Object.fromEntries(entries);
}
