/** The page views of PDF: the custom editor `askBert.pdf`, the answers in it, and its commands. */
import * as vscode from 'vscode';
import type { Announcer } from '../answers/announcer.js';
import { copied } from '../answers/commands.js';
import { confidence } from '../answers/grade.js';
import { withSource } from '../answers/source-text.js';
import type { CommandTable } from '../shared/command-table.js';
import type { ShownOnPages } from '../status/status.js';
import { labelOf, marksOf, type PageAnswers, stepped } from './answers.js';
import type { PageCommand } from './messages.js';
import { PdfView } from './view.js';

export const PDF_VIEW = 'askBert.pdf';

export class PageViews implements vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #announcer: Announcer;
  readonly #views = new Set<PdfView>();
  /** By URI; kept while a view of the file is open. */
  readonly #answers = new Map<string, PageAnswers>();
  /** Their current answer is scrolled to as soon as there is a page. */
  readonly #toReveal = new Set<string>();
  /** The file that was answered last. */
  #last: vscode.Uri | undefined;
  readonly #changed = new vscode.EventEmitter<void>();
  /** Another view is active, or its answers have changed. */
  readonly onDidChange = this.#changed.event;
  readonly table: CommandTable;

  constructor(extension: vscode.Uri, announcer: Announcer) {
    this.#extension = extension;
    this.#announcer = announcer;
    const run = (command: PageCommand) => () => this.#active?.run(command);
    this.table = {
      openPageView: ([uri]) => this.open(uri instanceof vscode.Uri ? uri : activeFile()),
      pageFind: run('find'),
      pageZoomIn: run('zoomIn'),
      pageZoomOut: run('zoomOut'),
      pageFitWidth: run('fitWidth'),
      pageRotate: run('rotate'),
      goToPage: run('goToPage'),
    };
  }

  /** Commands about answers act on those of the active page view, if it has any and no other answer is named. */
  withPages(table: CommandTable): CommandTable {
    const onPages = (name: string, act: () => unknown) => ({
      [name]: (args: unknown[]) => (args[0] === undefined && this.activeHasAnswers ? act() : table[name]?.(args)),
    });
    return {
      ...table,
      ...onPages('nextAnswer', () => this.step(1)),
      ...onPages('previousAnswer', () => this.step(-1)),
      ...onPages('copyAnswer', () => this.copy(false)),
      ...onPages('copyAnswerWithSource', () => this.copy(true)),
      ...onPages('clearAnswers', () => this.clear()),
    };
  }

  /** Called by VS Code for a tab that is opened, or shown again after a restart. */
  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    const key = uri.toString();
    const view = new PdfView(uri, panel, this.#extension, {
      onReady: () => this.#post(key, this.#toReveal.delete(key), view),
      onAct: (act) => {
        if (act === 'clear') this.clear(uri);
        else if (act === 'copy') void this.copy(true, uri);
        else this.step(act === 'next' ? 1 : -1, uri);
      },
      onChanged: () => this.clear(uri),
      onActive: () => this.#changed.fire(),
      onClosed: () => {
        this.#views.delete(view);
        if (!this.#of(key).length) this.#answers.delete(key);
        this.#changed.fire();
      },
    });
    this.#views.add(view);
    await view.load();
    this.#changed.fire();
  }

  /** Opens the page view of a file, in the place where it is open already. */
  async open(uri: vscode.Uri | undefined): Promise<void> {
    if (!uri) return;
    const [open] = this.#of(uri.toString());
    await vscode.commands.executeCommand('vscode.openWith', uri, PDF_VIEW, open?.column ?? vscode.ViewColumn.Active);
  }

  /** Marks the answers on the pages of an open view, and scrolls to the current one. */
  showAnswers(uri: vscode.Uri, shown: PageAnswers, reveal = true): void {
    const key = uri.toString();
    this.#answers.set(key, shown);
    this.#last = uri;
    if (!reveal) {
      this.#post(key, false);
      this.#changed.fire();
      return;
    }
    if (this.#of(key).some(({ isReady }) => isReady)) this.#post(key, true);
    else this.#toReveal.add(key);
    this.#announcer.say(labelOf(shown));
    this.#changed.fire();
  }

  /** The file of the page view that has the focus, or had it last in its editor group. */
  get active(): vscode.Uri | undefined {
    return this.#active?.uri;
  }

  isOpen(uri: vscode.Uri): boolean {
    return this.#of(uri.toString()).length > 0;
  }

  answersOf(uri: vscode.Uri | undefined): PageAnswers | undefined {
    return uri && this.#answers.get(uri.toString());
  }

  /** The answers that were shown last, for a list of them; undefined: they are shown no longer. */
  get shown(): { uri: vscode.Uri; answers: PageAnswers } | undefined {
    const answers = this.answersOf(this.#last);
    return this.#last && answers && { uri: this.#last, answers };
  }

  /** Opens the pages at one of the answers. @param index 0 for the best */
  async goTo(uri: vscode.Uri, index: number): Promise<void> {
    const shown = this.answersOf(uri);
    if (!shown) return;
    await this.open(uri);
    this.showAnswers(uri, { ...shown, current: Math.min(Math.max(0, index), shown.answers.length - 1) });
  }

  /** What is shown in the view that is in front. */
  get inFront(): ShownOnPages | undefined {
    const uri = this.active;
    const shown = this.answersOf(uri);
    const answer = shown?.answers[shown.current ?? 0];
    if (!uri || !shown || !answer) return undefined;
    const rank = (shown.current ?? 0) + 1;
    const { question, answers } = shown;
    return { uri, question, rank, found: answers.length, confidence: confidence(answer), label: labelOf(shown) };
  }

  get activeHasAnswers(): boolean {
    return this.answersOf(this.active) !== undefined;
  }

  /** Pages that the views of a file show. */
  pagesOf(uri: vscode.Uri): number {
    return this.#of(uri.toString())[0]?.pages ?? 0;
  }

  step(step: 1 | -1, uri = this.active): void {
    const shown = this.answersOf(uri);
    if (uri && shown) this.showAnswers(uri, stepped(shown, step));
  }

  /** @returns what is in the clipboard now */
  async copy(source: boolean, uri = this.active): Promise<string | undefined> {
    const shown = this.answersOf(uri);
    const answer = shown?.answers[shown.current ?? 0];
    if (!uri || !answer) return undefined;
    return copied(source ? withSource({ ...answer, line: 0 }, uri) : answer.text);
  }

  clear(uri = this.active): void {
    if (!uri || !this.#answers.delete(uri.toString())) return;
    this.#post(uri.toString(), false);
    this.#changed.fire();
  }

  get #active(): PdfView | undefined {
    return [...this.#views].find(({ isActive }) => isActive);
  }

  #of(key: string): PdfView[] {
    return [...this.#views].filter(({ uri }) => uri.toString() === key);
  }

  #post(key: string, reveal: boolean, only?: PdfView): void {
    const shown = this.#answers.get(key);
    const marks = shown && marksOf(shown);
    for (const view of only ? [only] : this.#of(key)) view.post({ type: 'marks', marks, reveal });
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** The file of the active tab. */
function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const hasUri = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
  return hasUri ? input.uri : undefined;
}
