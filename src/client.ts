/** The main bundle, loaded at the first command: wires the parts together and runs the commands. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { AnswerRequest, AnswerResult } from '../api/ask-bert.js';
import { Announcer } from './answers/announcer.js';
import { AnswerCommands } from './answers/commands.js';
import { Highlights } from './answers/highlights.js';
import { AnswerHover } from './answers/hover.js';
import { NoAnswers } from './answers/no-answer.js';
import { AnswerStore, type DocumentAnswers } from './answers/store.js';
import { answer } from './api.js';
import { Answerer } from './asking/answerer.js';
import { Asker, type AskRequest } from './asking/flow.js';
import type { AskOutcome } from './asking/outcome.js';
import { PendingQuestions } from './asking/pending.js';
import { QuestionBox } from './asking/question-box.js';
import { documentOf } from './asking/read-text.js';
import { reportDiagnostics } from './diagnostics/collect.js';
import { TextDocuments } from './documents/text-documents.js';
import { Sample } from './first-steps/sample.js';
import { stepDone, ticking } from './first-steps/steps.js';
import { AskedHistory } from './history/store.js';
import { historyCommands } from './history-view/commands.js';
import { HistoryView } from './history-view/view.js';
import { forgottenAt } from './leftovers/forgotten.js';
import { removeData } from './leftovers/remove-data.js';
import { AnswerTool } from './lm/answer-tool.js';
import { WorkspaceTool } from './lm/workspace-tool.js';
import { ModelManager } from './models/manage.js';
import { FileAsker } from './page-view/ask-file.js';
import { PageViews } from './page-view/page-views.js';
import { mcpArguments } from './settings/mcp-arguments.js';
import { RemoteToken } from './settings/remote-token.js';
import { openSettings, SettingsReader } from './settings/settings.js';
import type { CommandTable } from './shared/command-table.js';
import { isExtracted } from './shared/extracted-uri.js';
import { flash } from './shared/messages.js';
import { failureOf, recentFailures, tell } from './sidecar/failure.js';
import { Sidecar } from './sidecar/supervisor.js';
import { LanguageStatus } from './status/language-status.js';
import { SidecarState } from './status/state.js';
import { StatusItem } from './status/status.js';
import { ManyAsker } from './workspace/ask-many.js';
import { ChosenFiles } from './workspace/choose-files.js';
import { manyCommands } from './workspace/commands.js';
import { isRefused } from './workspace/large-file.js';
import { QuestionSets } from './workspace/question-set.js';
import { manyRequestOf } from './workspace/request.js';
import type { Run } from './workspace/results.js';
import { ResultsView } from './workspace/results-view.js';
import { ShownSection } from './workspace/shown-section.js';

export type { DocumentAnswers, ShownAnswer as PlacedAnswer } from './answers/store.js';
export type { AskRequest } from './asking/flow.js';
export type { AskOutcome } from './asking/outcome.js';
export type { ManyOutcome } from './workspace/ask-many.js';
export type { Run } from './workspace/results.js';

export class Client implements vscode.Disposable {
  readonly #log = vscode.window.createOutputChannel('Ask BERT', { log: true });
  readonly #token: RemoteToken;
  readonly #settings: SettingsReader;
  readonly store = new AnswerStore();
  readonly #none = new NoAnswers();
  readonly sidecar: Sidecar;
  /** Page views of PDF. */
  readonly pages: PageViews;
  readonly #box: QuestionBox;
  readonly #asker: Asker;
  readonly #files: FileAsker;
  readonly #many: ManyAsker;
  readonly #view: ResultsView;
  readonly #sets: QuestionSets;
  readonly #answerer: Answerer;
  /** By their names in package.json. */
  readonly #tools: Readonly<Record<string, Required<vscode.LanguageModelTool<unknown>>>>;
  readonly #announcer = new Announcer(this.store);
  readonly #commands: CommandTable;
  readonly #engines: string;
  readonly #subscriptions: vscode.Disposable[];

  constructor(context: vscode.ExtensionContext) {
    this.#token = new RemoteToken(context.secrets, this.#log);
    this.#settings = new SettingsReader(this.#log, this.#token);
    const engines = vscode.Uri.joinPath(context.globalStorageUri, 'engines').fsPath;
    this.#engines = engines;
    this.sidecar = new Sidecar(() => sidecarModule(context), this.#settings, this.#log, engines);
    const state = new SidecarState(this.sidecar);
    const history = new AskedHistory(context.workspaceState, this.#settings, forgottenAt(context.globalState));
    this.#box = new QuestionBox(history);
    const { store, sidecar } = this;
    const none = this.#none;
    const announcer = this.#announcer;
    const box = this.#box;
    const settings = this.#settings;
    const log = this.#log;
    const pages = new PageViews(context.extensionUri, announcer);
    this.pages = pages;
    const pending = new PendingQuestions();
    const files = new FileAsker({ pages, sidecar, box, state, settings, history, log, pending });
    this.#files = files;
    const askAboutFile = (file: vscode.Uri, question?: string) => files.askAboutFile(file, question);
    const askFile = async (file: vscode.Uri, question: string | undefined) =>
      (await isRefused(file)) ? undefined : this.#many.askScope({ kind: 'folder', uris: [file] }, question);
    this.#asker = new Asker({
      store,
      none,
      announcer,
      sidecar,
      box,
      state,
      settings,
      history,
      log,
      pending,
      askAboutFile,
      askFile,
    });
    const section = new ShownSection(store, pages);
    this.#view = new ResultsView(context.workspaceState, section, () => settings.now['question.history'] > 0);
    const goToPage = (file: vscode.Uri, index: number) => pages.goTo(file, index);
    const view = this.#view;
    this.#many = new ManyAsker({ store, announcer, sidecar, box, settings, history, view, section, goToPage, log });
    this.#sets = new QuestionSets(
      { store, announcer, sidecar, settings, log },
      context.extensionUri,
      context.workspaceState,
    );
    this.#answerer = new Answerer({ sidecar, settings, log });
    this.#tools = {
      'ask-bert_answer': new AnswerTool(this.#answerer),
      'ask-bert_answerWorkspace': new WorkspaceTool(this.#answerer),
    };
    const models = vscode.Uri.joinPath(context.globalStorageUri, 'models').fsPath;
    const sample = new Sample(context.extensionUri, (request) => this.#asker.askDocument(request));
    this.#commands = ticking({
      trySample: () => sample.show(),
      ask: (args) => this.#asker.askDocument(requestOf(args)),
      askDocument: (args) => this.#asker.askDocument({ ...requestOf(args), whole: true }),
      askFile: (args) => this.#askFile(args),
      askAgain: (args) => this.#asker.askAgain(requestOf(args)),
      showBestGuess: () => this.#asker.showBestGuess(vscode.window.activeTextEditor?.document),
      readEverything: (args) => this.#asker.readEverything(documentOfLink(args)),
      ...this.pages.table,
      ...this.pages.withPages(
        new AnswerCommands(
          store,
          announcer,
          none,
          () => this.#many.peek(),
          (document) => this.#asker.cancel(document),
        ).table,
      ),
      ...manyCommands(this.#many, this.#view, section, new ChosenFiles(context.workspaceState)),
      runQuestionSet: (args) => this.#sets.run(args),
      ...new ModelManager(models, settings, log).table,
      ...historyCommands({
        history,
        store,
        announcer,
        ask: (request) => this.#asker.askDocument(request),
        askMany: (scope, question) => this.#many.askScope(scope, question),
        forget: () => sidecar.forget(),
      }),
      reportDiagnostics: () =>
        reportDiagnostics({ context, sidecar, state, failures: recentFailures, cacheFolder: engines }),
      ...this.#token.table,
      openSettings: ([key]) => openSettings(typeof key === 'string' ? key : `@ext:${context.extension.id}`),
      openWalkthrough: () => openWalkthrough(context),
      removeData: () =>
        removeData({
          history,
          memory: context.globalState,
          models,
          engines,
          log,
          stopSidecar: () => sidecar.stop(),
          forgetAnswers: () => {
            this.#view.show(undefined);
            // A sidecar that does not start has nothing to tell here.
            return sidecar.forget().catch(() => {});
          },
        }),
      restartServer: () => this.#restart(),
      showLog: () => log.show(true),
    });
    this.#subscriptions = [
      sample,
      state.onDidChange(() => {
        if (state.info?.engine?.name.startsWith('tensorrt')) void stepDone('gpu');
      }),
      this.#view,
      this.#sets,
      new TextDocuments(sidecar),
      new Highlights(store),
      new AnswerHover(store),
      announcer,
      none,
      this.pages,
      new StatusItem(store, none, state, pages),
      new LanguageStatus(state, settings),
      new HistoryView(history).open(),
      box,
      history,
      state,
      store,
      sidecar,
      settings,
      this.#token,
      log,
      history.onDidRemove((questions) => this.#view.forget(questions)),
      store.onDidChange(() => this.#updateContext()),
      this.pages.onDidChange(() => this.#updateContext()),
      none.onDidChange(() => this.#updateContext()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#updateContext()),
    ];
  }

  /** Runs a command declared in package.json. */
  async run(command: string, args: unknown[]): Promise<unknown> {
    const run = this.#commands[command.replace('askBert.', '')];
    if (!run) throw new Error(`Unknown command: ${command}`);
    return run(args);
  }

  /** A language-model tool declared in package.json. */
  tool(name: string): Required<vscode.LanguageModelTool<unknown>> {
    const tool = this.#tools[name];
    if (!tool) throw new Error(`Unknown tool: ${name}`);
    return tool;
  }

  /** Flags for the MCP server, from the settings. */
  get mcpArguments(): string[] {
    return mcpArguments(this.#settings.now, this.#engines);
  }

  /** Answers without the editor. @throws Failure of any kind */
  answer(request: AnswerRequest): Promise<AnswerResult> {
    return answer(this.#answerer, request);
  }

  ask(request: AskRequest): Promise<AskOutcome | undefined> {
    return this.#asker.askDocument(request);
  }

  answers(uri: vscode.Uri): DocumentAnswers | undefined {
    return this.store.ofUri(uri);
  }

  showBestGuess(uri: vscode.Uri): DocumentAnswers | undefined {
    return this.#asker.showBestGuess(documentOf(uri));
  }

  /** The tree "Answers". */
  get view(): ResultsView {
    return this.#view;
  }

  results(): (Run & { message: string }) | undefined {
    return this.#view.current && { ...this.#view.current, message: this.#view.message };
  }

  /** From the explorer or a tab: one file is opened and asked, several are asked as a folder is. */
  async #askFile(args: unknown[]): Promise<unknown> {
    const { uris = [], question } = manyRequestOf(args);
    const [uri, ...others] = uris;
    if (!uri) return this.#asker.askDocument({ question, whole: true });
    if (others.length > 0) return this.#many.askScope({ kind: 'folder', uris }, question);
    if (this.pages.isOpen(uri)) return this.#files.askAboutFile(uri, question);
    // VS Code shows no binary file; its text is opened when it is asked about.
    if (!isExtracted(uri)) await vscode.commands.executeCommand('vscode.open', uri);
    return this.#asker.askDocument({ uri, question, whole: true });
  }

  async #restart(): Promise<void> {
    try {
      await this.sidecar.restart();
      flash(vscode.l10n.t('Ask BERT: server restarted'), 5000);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      tell(failure);
    }
  }

  #updateContext(): void {
    const document = vscode.window.activeTextEditor?.document;
    const entry = this.store.of(document);
    const none = this.#none.of(document);
    const set = (key: string, value: boolean) => void vscode.commands.executeCommand('setContext', key, value);
    set('askBert.hasAnswers', entry !== undefined || this.pages.activeHasAnswers);
    set('askBert.hasNoAnswer', none !== undefined);
    set('askBert.hasGuess', (none?.guesses.length ?? 0) > 0);
    set('askBert.isPartlyRead', (entry ?? none)?.result.read !== undefined);
  }

  /** The sidecar ends with the window. */
  stop(): Promise<void> {
    return this.sidecar.stop();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** A menu passes (uri, ...), a keybinding or a test an object; anything else is ignored. */
function requestOf([first]: unknown[]): AskRequest {
  if (first instanceof vscode.Uri) return { uri: first };
  const { question, uri, range } = (first ?? {}) as Partial<AskRequest>;
  const request: AskRequest = {};
  if (typeof question === 'string') request.question = question;
  if (uri instanceof vscode.Uri) request.uri = uri;
  if (range instanceof vscode.Range) request.range = range;
  return request;
}

/** The document that a link in a hover names, or the active one. */
function documentOfLink([reference]: unknown[]): vscode.TextDocument | undefined {
  const { uri } = (reference ?? {}) as { uri?: unknown };
  return typeof uri === 'string' ? documentOf(vscode.Uri.parse(uri)) : vscode.window.activeTextEditor?.document;
}

const openWalkthrough = ({ extension }: vscode.ExtensionContext) =>
  vscode.commands.executeCommand('workbench.action.openWalkthrough', `${extension.id}#start`, false);

/** Tests replace it with a fake; an installed extension ignores the variable. */
function sidecarModule(context: vscode.ExtensionContext): string {
  const fake = context.extensionMode === vscode.ExtensionMode.Test ? process.env.ASK_BERT_TEST_SIDECAR : undefined;
  return fake ?? path.join(context.extensionPath, 'dist', 'sidecar.js');
}
