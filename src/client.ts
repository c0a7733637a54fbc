/** The heavy bundle, loaded at the first command: puts the parts together and runs the commands. */
import path from 'node:path';
import * as vscode from 'vscode';
import { Announcer } from './announce.js';
import { AnswerStore, type DocumentAnswers, type PlacedAnswer } from './answers.js';
import { Asker, type AskOutcome, type AskRequest } from './ask.js';
import { failureOf, tell } from './failure.js';
import { Highlights } from './highlights.js';
import { AnswerHover, type AnswerReference } from './hover.js';
import { ManyAsker } from './many/ask-many.js';
import { peek } from './many/open-place.js';
import { chooseFolders, QuestionSets } from './many/question-set.js';
import type { Run } from './many/results.js';
import { ResultsView } from './many/results-view.js';
import { manyRequestOf, placeOf } from './many/request.js';
import { QuestionBox } from './question-box.js';
import { SettingsReader } from './settings.js';
import { Sidecar } from './sidecar.js';
import { StatusItem } from './status.js';

export type { DocumentAnswers, PlacedAnswer } from './answers.js';
export type { AskOutcome, AskRequest } from './ask.js';
export type { ManyOutcome } from './many/ask-many.js';
export type { Run } from './many/results.js';

export class Client implements vscode.Disposable {
  private readonly log = vscode.window.createOutputChannel('Ask BERT', { log: true });
  private readonly settings = new SettingsReader(this.log);
  readonly store = new AnswerStore();
  readonly sidecar: Sidecar;
  private readonly box: QuestionBox;
  private readonly asker: Asker;
  private readonly many: ManyAsker;
  private readonly view: ResultsView;
  private readonly sets: QuestionSets;
  private readonly announcer = new Announcer(this.store);
  private readonly subscriptions: vscode.Disposable[];

  constructor(context: vscode.ExtensionContext) {
    const engines = vscode.Uri.joinPath(context.globalStorageUri, 'engines').fsPath;
    this.sidecar = new Sidecar(() => sidecarModule(context), this.settings, this.log, engines);
    this.box = new QuestionBox(context.workspaceState, this.settings);
    const status = new StatusItem(this.store, this.sidecar);
    const { store, announcer, sidecar, box, settings, log } = this;
    this.asker = new Asker({ store, announcer, sidecar, box, status, settings, log });
    this.view = new ResultsView(context.workspaceState);
    this.many = new ManyAsker({ store, announcer, sidecar, box, settings, view: this.view, log });
    this.sets = new QuestionSets({ store, announcer, sidecar, settings, log }, context.extensionUri);
    this.subscriptions = [
      this.view,
      this.sets,
      new Highlights(store),
      new AnswerHover(store),
      announcer,
      status,
      store,
      sidecar,
      settings,
      log,
      store.onDidChange(() => this.updateContext()),
      vscode.window.onDidChangeActiveTextEditor(() => this.updateContext()),
    ];
  }

  /** Runs the command `askBert.<name>`; what came with it (a URI from a menu, arguments of a keybinding) is checked here. */
  async run(name: string, args: unknown[]): Promise<unknown> {
    switch (name) {
      case 'ask':
        return this.asker.ask(requestOf(args));
      case 'askAgain':
        return this.asker.ask({ ...requestOf(args), question: this.box.last });
      case 'nextAnswer':
        return this.step(args, 1);
      case 'previousAnswer':
        return this.step(args, -1);
      case 'copyAnswer':
        return this.copy(args);
      case 'clearAnswers':
        return this.clear(args);
      case 'peekAnswers':
        return this.peek();
      case 'askWorkspace':
        return this.many.ask({ kind: 'workspace' }, manyRequestOf(args).question);
      case 'askOpenEditors':
        return this.many.ask({ kind: 'editors' }, manyRequestOf(args).question);
      case 'askFolder':
        return this.askFolder(args);
      case 'cancelReading':
        return this.many.cancel();
      case 'showResultsFlat':
      case 'showResultsByFile':
        this.view.flat = name === 'showResultsFlat';
        return;
      case 'clearResults':
        this.many.cancel();
        return this.view.show(undefined);
      case 'openResult':
      case 'peekResult':
      case 'copyResult':
        return this.withResult(name, args);
      case 'runQuestionSet':
        return this.sets.run(args);
      case 'restartServer':
        return this.restart();
      case 'showLog':
        return this.log.show(true);
      default:
        throw new Error(`Unknown command: ${name}`);
    }
  }

  ask(request: AskRequest): Promise<AskOutcome | undefined> {
    return this.asker.ask(request);
  }

  answers(uri: vscode.Uri): DocumentAnswers | undefined {
    return this.store.ofUri(uri);
  }

  showBestGuess(uri: vscode.Uri): DocumentAnswers | undefined {
    const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
    return this.asker.showBestGuess(document);
  }

  results(): (Run & { message: string }) | undefined {
    return this.view.current && { ...this.view.current, message: this.view.message };
  }

  private async askFolder(args: unknown[]) {
    const { uris, question } = manyRequestOf(args);
    const given = uris ?? (await chooseFolders());
    return given?.length ? this.many.ask({ kind: 'folder', uris: given }, question) : undefined;
  }

  private withResult(name: string, [node]: unknown[]): unknown {
    const place = placeOf(node);
    if (!place) return undefined;
    if (name === 'openResult') return this.many.open(place);
    return name === 'peekResult' ? this.many.peek(place) : copied(place.text);
  }

  /** The answers of this document in the editor's own peek view; without any, those of the last many. */
  private async peek(): Promise<number> {
    const entry = this.store.of(vscode.window.activeTextEditor?.document);
    if (!entry) return this.many.peek();
    const { uri } = entry.document;
    const locations = entry.answers.map(({ range }) => new vscode.Location(uri, range));
    await peek(new vscode.Location(uri, entry.current.range), locations);
    return locations.length;
  }

  private step(args: unknown[], step: 1 | -1): PlacedAnswer | undefined {
    const { entry, rank } = this.meant(args);
    if (!entry) return undefined;
    // From a hover: the neighbour of the answer that the mouse is on.
    if (rank !== undefined) this.store.move(entry.document, { rank });
    this.store.move(entry.document, { step });
    this.announcer.present(entry);
    return entry.current;
  }

  private async copy(args: unknown[]): Promise<string | undefined> {
    const { entry, rank } = this.meant(args);
    const answer = entry?.answers.find((each) => each.rank === rank) ?? entry?.current;
    if (!answer) return undefined;
    return copied(answer.text);
  }

  private clear(args: unknown[]): void {
    const { entry } = this.meant(args);
    if (entry) this.store.clear(entry.document);
  }

  /** The document and answer that a link names, else those of the active editor. */
  private meant([reference]: unknown[]): { entry?: DocumentAnswers; rank?: number } {
    const { uri, rank } = (reference ?? {}) as Partial<AnswerReference>;
    if (typeof uri === 'string') {
      return { entry: this.store.ofUri(vscode.Uri.parse(uri)), rank: typeof rank === 'number' ? rank : undefined };
    }
    return { entry: this.store.of(vscode.window.activeTextEditor?.document) };
  }

  private async restart(): Promise<void> {
    try {
      await this.sidecar.restart();
      vscode.window.setStatusBarMessage(vscode.l10n.t('Ask BERT: server restarted'), 5000);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      tell(failure);
    }
  }

  private updateContext(): void {
    const has = this.store.of(vscode.window.activeTextEditor?.document) !== undefined;
    void vscode.commands.executeCommand('setContext', 'askBert.hasAnswers', has);
  }

  /** The sidecar ends with the window. */
  stop(): Promise<void> {
    return this.sidecar.stop();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** @returns what is in the clipboard now: the exact characters */
async function copied(text: string): Promise<string> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Answer copied'), 3000);
  return text;
}

/** A menu gives (uri, ...), a keybinding or a test an object; anything else means nothing. */
function requestOf([first]: unknown[]): AskRequest {
  if (first instanceof vscode.Uri) return { uri: first };
  const { question, uri, range } = (first ?? {}) as Partial<AskRequest>;
  const request: AskRequest = {};
  if (typeof question === 'string') request.question = question;
  if (uri instanceof vscode.Uri) request.uri = uri;
  if (range instanceof vscode.Range) request.range = range;
  return request;
}

/** Tests put a fake in its place; an installed extension takes no notice of the variable. */
function sidecarModule(context: vscode.ExtensionContext): string {
  const fake = context.extensionMode === vscode.ExtensionMode.Test ? process.env.ASK_BERT_TEST_SIDECAR : undefined;
  return fake ?? path.join(context.extensionPath, 'dist', 'sidecar.js');
}
