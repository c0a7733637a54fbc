/** Activation: the commands and tools of package.json only. Everything else is in client.js, loaded on first use. */

import * as vscode from 'vscode';
import type { AskBertStatus, AskBertApi as PublicApi } from '../api/ask-bert.js';
import { append } from '../server/text/arrays.js';
import type { AskOutcome, AskRequest, Client, DocumentAnswers, Run } from './client.js';
import { registerCodeAction } from './code-action.js';
import { HISTORY_KEY, RESULTS_KEY } from './history/entries.js';
import { registerMcpServer } from './mcp-provider.js';
import type { PageViews } from './page-view/page-views.js';
import type { ResultsView } from './workspace/results-view.js';

/** What `activate` returns: the public API, and what the tests need in addition. */
export interface AskBertApi extends PublicApi {
  ask(request: AskRequest): Promise<AskOutcome | undefined>;
  answers(uri: vscode.Uri): DocumentAnswers | undefined;
  /** After "no answer": highlights the best guesses. */
  showBestGuess(uri: vscode.Uri): DocumentAnswers | undefined;
  /** Current contents of the view of answers from many documents. */
  results(): (Run & { message: string }) | undefined;
  /** The tree of answers. */
  readonly answersView: ResultsView;
  /** Page views of PDF. */
  readonly pages: PageViews;
}

let client: Client | undefined;

export function activate(context: vscode.ExtensionContext): AskBertApi {
  const { subscriptions } = context;
  const answersChanged = new vscode.EventEmitter<vscode.Uri>();
  const statusChanged = new vscode.EventEmitter<AskBertStatus>();
  // The views may be open from the start and explain themselves until they have contents. What is kept is shown as soon
  // as its view is visible.
  const empty = ['askBert.results', 'askBert.history'].map((view) =>
    vscode.window.registerTreeDataProvider(view, {
      getChildren: () => {
        const key = view === 'askBert.history' ? HISTORY_KEY : RESULTS_KEY;
        if (context.workspaceState.get(key)) setTimeout(loaded);
        return [];
      },
      getTreeItem: () => new vscode.TreeItem(''),
    }),
  );
  append(subscriptions, [...empty, registerCodeAction(), answersChanged, statusChanged]);
  const loaded = (): Client => {
    if (!client) {
      for (const each of empty) each.dispose();
      const bundle = require('./client.js') as typeof import('./client.js');
      client = new bundle.Client(context);
      client.store.onDidChange(({ uri }) => answersChanged.fire(uri));
      client.sidecar.onStatus(({ state, queued, message }) => statusChanged.fire({ state, queued, message }));
      subscriptions.push(client);
    }
    return client;
  };
  const pages: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => {} }),
    resolveCustomEditor: (document, panel) => loaded().pages.resolveCustomEditor(document, panel),
  };
  const several = { supportsMultipleEditorsPerDocument: true };
  subscriptions.push(vscode.window.registerCustomEditorProvider('askBert.pdf', pages, several));
  const { contributes } = context.extension.packageJSON as {
    contributes: { commands: { command: string }[]; languageModelTools: { name: string }[] };
  };
  for (const { command } of contributes.commands) {
    const run = (...args: unknown[]) => loaded().run(command, args);
    subscriptions.push(vscode.commands.registerCommand(command, run));
  }
  for (const { name } of contributes.languageModelTools) {
    const tool: vscode.LanguageModelTool<unknown> = {
      prepareInvocation: (options, token) => loaded().tool(name).prepareInvocation(options, token),
      invoke: (options, token) => loaded().tool(name).invoke(options, token),
    };
    subscriptions.push(vscode.lm.registerTool(name, tool));
  }
  append(
    subscriptions,
    registerMcpServer(context, () => loaded().mcpArguments),
  );
  return {
    version: 1,
    answer: async (request) => loaded().answer(request),
    ask: async (request) => loaded().ask(request),
    answers: (uri) => client?.answers(uri),
    onDidChangeAnswers: answersChanged.event,
    onDidChangeStatus: statusChanged.event,
    showBestGuess: (uri) => client?.showBestGuess(uri),
    results: () => client?.results(),
    get answersView() {
      return loaded().view;
    },
    get pages() {
      return loaded().pages;
    },
  };
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = undefined;
}
