/** Activation: the commands of package.json only. Everything else is in client.js, which is loaded when the first is used. */
import * as vscode from 'vscode';
import { HISTORY_KEY } from './asked/entries.js';
import { registerCodeAction } from './code-action.js';
import type { AskOutcome, AskRequest, Client, DocumentAnswers, Run } from './client.js';

/** What `activate` gives to other extensions. */
export interface AskBertApi {
  /** Asks and highlights, as the command does; shows the question box when no question is given. */
  ask(request: AskRequest): Promise<AskOutcome | undefined>;
  /** What is highlighted in a document now. */
  answers(uri: vscode.Uri): DocumentAnswers | undefined;
  /** After "no answer": highlights the best guesses. */
  showBestGuess(uri: vscode.Uri): DocumentAnswers | undefined;
  /** What the view of answers from many documents shows now. */
  results(): (Run & { message: string }) | undefined;
}

let client: Client | undefined;

export function activate(context: vscode.ExtensionContext): AskBertApi {
  // The views may be open from the beginning: they say what could be there until something is. A history that is seen
  // is shown.
  const empty = ['askBert.results', 'askBert.history'].map((view) =>
    vscode.window.registerTreeDataProvider(view, {
      getChildren: () => {
        if (view === 'askBert.history' && context.workspaceState.get(HISTORY_KEY)) setTimeout(loaded);
        return [];
      },
      getTreeItem: () => new vscode.TreeItem(''),
    }),
  );
  context.subscriptions.push(...empty, registerCodeAction());
  const loaded = (): Client => {
    if (!client) {
      for (const each of empty) each.dispose();
      const bundle = require('./client.js') as typeof import('./client.js');
      client = new bundle.Client(context);
      context.subscriptions.push(client);
    }
    return client;
  };
  const { contributes } = context.extension.packageJSON as { contributes: { commands: { command: string }[] } };
  for (const { command } of contributes.commands) {
    const run = (...args: unknown[]) => loaded().run(command, args);
    context.subscriptions.push(vscode.commands.registerCommand(command, run));
  }
  return {
    ask: async (request) => loaded().ask(request),
    answers: (uri) => client?.answers(uri),
    showBestGuess: (uri) => client?.showBestGuess(uri),
    results: () => client?.results(),
  };
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = undefined;
}
