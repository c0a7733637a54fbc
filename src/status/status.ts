/**
 * One item in the status bar: which answer is shown, what the sidecar does, and, in its tooltip, with which engine and
 * model.
 */
import * as vscode from 'vscode';
import { confidence } from '../answers/grade.js';
import { announcement, readShare } from '../answers/hover.js';
import type { NoAnswers } from '../answers/no-answer.js';
import type { AnswerStore, DocumentAnswers } from '../answers/store.js';
import { asMarkdown } from '../shared/markdown.js';
import { flash } from '../shared/messages.js';
import { notebookInFront } from '../shared/notebook-in-front.js';
import { documentName, wholePercent } from '../shared/texts.js';
import type { SidecarState } from './state.js';
import { backgroundText, checkText, latencyText, sentText, stateText, statusActions } from './status-text.js';

/** How long the status bar announces that an engine took over. */
const NOTICE_MS = 8000;

/** The answers in the page view that is in front. */
export interface ShownOnPages {
  uri: vscode.Uri;
  question: string;
  /** Place of the current answer among all, from 1. */
  rank: number;
  /** Number of answers. */
  found: number;
  confidence: string;
  /** One sentence about the current answer. */
  label: string;
}

/** Where answers are shown besides text editors. */
export interface Pages {
  readonly onDidChange: vscode.Event<void>;
  readonly inFront: ShownOnPages | undefined;
}

export class StatusItem implements vscode.Disposable {
  readonly #store: AnswerStore;
  readonly #none: NoAnswers;
  readonly #state: SidecarState;
  readonly #pages: Pages;
  readonly #item: vscode.StatusBarItem;
  readonly #subscriptions: vscode.Disposable[];

  constructor(store: AnswerStore, none: NoAnswers, state: SidecarState, pages: Pages) {
    this.#store = store;
    this.#none = none;
    this.#state = state;
    this.#pages = pages;
    this.#item = vscode.window.createStatusBarItem('askBert.status', vscode.StatusBarAlignment.Right, 1);
    this.#item.name = 'Ask BERT';
    this.#subscriptions = [
      this.#item,
      store.onDidChange(() => this.#show()),
      none.onDidChange(() => this.#show()),
      pages.onDidChange(() => this.#show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#show()),
      vscode.window.onDidChangeActiveNotebookEditor(() => this.#show()),
      vscode.window.onDidChangeNotebookEditorSelection(() => this.#show()),
      state.onNotice((notice) => flash(`Ask BERT: ${notice}`, NOTICE_MS)),
      state.onDidChange(() => this.#show()),
    ];
    this.#show();
    this.#item.show();
  }

  #show(): void {
    const item = this.#item;
    const { status } = this.#state;
    const document = this.#document();
    const entry = this.#store.of(document);
    const none = this.#none.of(document);
    const onPages = this.#onPages();
    let label = 'Ask BERT';
    item.command = 'askBert.ask';
    if (status.state === 'error') {
      item.text = '$(warning) Ask BERT';
      item.command = 'askBert.showLog';
      label = `Ask BERT: ${status.message ?? stateText(status)}`;
    } else if (entry) {
      const reading = entry.soFar?.phase === 'reading';
      const icon = reading ? '$(loading~spin)' : '$(question)';
      const parts = [`${entry.current.rank}/${entry.found}`, confidence(entry.current), ...shareOf(entry)];
      item.text = `${icon} ${parts.join(' · ')}`;
      item.command = 'askBert.nextAnswer';
      // Answers change while reading: a screen reader announces only the last ones.
      label = `Ask BERT: ${reading ? vscode.l10n.t('reading, the best answer so far is highlighted') : announcement(entry)}`;
    } else if (onPages) {
      item.text = `$(question) ${onPages.rank}/${onPages.found} · ${onPages.confidence}`;
      item.command = 'askBert.nextAnswer';
      label = `Ask BERT: ${onPages.label}`;
    } else if (none) {
      item.text = `$(circle-slash) ${vscode.l10n.t('not found')}`;
      item.command = none.guesses.length > 0 ? 'askBert.showBestGuess' : 'askBert.askAgain';
      label = `Ask BERT: ${none.text}`;
    } else {
      item.text = status.state === 'loading' ? '$(loading~spin) Ask BERT' : '$(question) Ask BERT';
      const background = backgroundText(status);
      if (status.building && background) label = `Ask BERT: ${background}`;
    }
    item.accessibilityInformation = { label, role: 'status' };
    item.tooltip = this.#tooltip();
  }

  #tooltip(): vscode.MarkdownString {
    const { l10n } = vscode;
    const { info, latencies, status } = this.#state;
    const text = new vscode.MarkdownString(undefined, false);
    const actions = statusActions();
    text.isTrusted = { enabledCommands: actions.map(({ command }) => command) };
    const about = this.#about();
    const lines = [...(about ? [about] : []), `**Ask BERT** – ${asMarkdown(status.message ?? stateText(status))}`];
    const background = backgroundText(status);
    if (background) lines.push(asMarkdown(background));
    if (info?.engine) {
      const { name, device, precision, model, threads, check } = info.engine;
      lines.push(asMarkdown(l10n.t('Engine: {0}, {1}', name, device)));
      const on = threads === 1 ? l10n.t('1 thread') : l10n.t('{0} threads', threads);
      lines.push(asMarkdown(l10n.t('Model: {0}, {1}, {2}', model, precision, on)));
      if (check) lines.push(asMarkdown(checkText(check)));
      const sent = sentText(info.engine);
      if (sent) lines.push(asMarkdown(sent));
    }
    if (info) lines.push(asMarkdown(l10n.t('Memory: {0} MB', Math.round(info.residentBytes / 1e6))));
    const latency = latencyText(latencies);
    if (latency) lines.push(asMarkdown(latency));
    const links = actions.map(({ title, command }) => `[${asMarkdown(title)}](command:${command})`);
    lines.push(links.join(' | '));
    return text.appendMarkdown(lines.join('\n\n'));
  }

  #onPages(): ShownOnPages | undefined {
    return vscode.window.activeTextEditor ? undefined : this.#pages.inFront;
  }

  /** The one in front; of a notebook in which no cell is edited, the cell with the current answer. */
  #document(): vscode.TextDocument | undefined {
    const { activeTextEditor } = vscode.window;
    if (activeTextEditor) return activeTextEditor.document;
    const editor = notebookInFront();
    if (!editor) return undefined;
    const cells = editor.notebook.getCells().map(({ document }) => document);
    const selected = cells[editor.selection.start];
    const isSaid = (each: vscode.TextDocument) =>
      this.#store.of(each) !== undefined || this.#none.of(each) !== undefined;
    return selected && isSaid(selected) ? selected : cells.find(isSaid);
  }

  /** Question, document and answer of what is shown. */
  #about(): string | undefined {
    const onPages = this.#onPages();
    if (onPages) {
      const { question, uri, label } = onPages;
      return `**${asMarkdown(question)}** – ${asMarkdown(documentName(uri))}\n\n${asMarkdown(label)}`;
    }
    const document = this.#document();
    const entry = this.#store.of(document);
    if (!entry) {
      const none = this.#none.of(document);
      return none && asMarkdown(none.text);
    }
    const name = documentName(entry.document.uri);
    return `**${asMarkdown(entry.question)}** – ${asMarkdown(name)}\n\n${asMarkdown(announcement(entry))}`;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** How much of a long text was read, or is by now: "12 % of the text read". */
function shareOf({ soFar, result }: DocumentAnswers): string[] {
  const { l10n } = vscode;
  if (soFar && soFar.phase !== 'done' && soFar.total > 0) {
    return [l10n.t('{0} of the text read', wholePercent(soFar.done / soFar.total))];
  }
  return result.read ? [l10n.t('{0} of the text read', readShare(result.read))] : [];
}
