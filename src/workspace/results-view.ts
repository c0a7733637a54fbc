/** The tree "Answers" of the view container Ask BERT: what was found so far and where, and what was not read. */
import * as vscode from 'vscode';
import { asMessage } from '../shared/markdown.js';
import { oneLine } from '../shared/texts.js';
import { keepRun, keptRun } from './kept-run.js';
import { childrenOf, type ResultNode, type Run, roots } from './results.js';
import { tooltipOf, treeItemOf } from './results-item.js';
import { messageText } from './results-text.js';
import type { ShownSection } from './shown-section.js';

export const VIEW = 'askBert.results';
const FLAT_KEY = 'askBert.resultsFlat';
/** Minimum time between refreshes while reading: a tree that keeps changing cannot be read. */
const REFRESH_MS = 300;

export class ResultsView implements vscode.TreeDataProvider<ResultNode>, vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #tree: vscode.TreeView<ResultNode>;
  readonly #section: ShownSection;
  readonly #isKept: () => boolean;
  readonly #subscription: vscode.Disposable;
  #run: Run | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFlat: boolean;

  /**
   * @param section the answers of the document that was asked last
   * @param isKept whether the last answers are kept for the next time that the window is loaded
   */
  constructor(memory: vscode.Memento, section: ShownSection, isKept: () => boolean) {
    this.#memory = memory;
    this.#section = section;
    this.#isKept = isKept;
    if (isKept()) this.#run = keptRun(memory);
    else keepRun(memory, undefined);
    this.#isFlat = memory.get(FLAT_KEY) === true;
    this.#tree = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.#subscription = section.onDidChange(() => this.#soon());
    this.#refresh();
  }

  get current(): Run | undefined {
    return this.#run;
  }

  get flat(): boolean {
    return this.#isFlat;
  }

  set flat(flat: boolean) {
    this.#isFlat = flat;
    void this.#memory.update(FLAT_KEY, flat);
    this.#refresh();
  }

  /** The counts above the tree. */
  get message(): string {
    return this.#run ? messageText(this.#run) : '';
  }

  /** Shows a run; undefined clears the view. */
  show(run: Run | undefined): void {
    this.#run = run;
    keepRun(this.#memory, undefined);
    this.#refresh();
  }

  /** Questions that the user has removed are not kept. */
  forget(questions: readonly string[]): void {
    if (this.#run && questions.includes(this.#run.question)) keepRun(this.#memory, undefined);
  }

  /** The run has changed: refreshes now if it has ended, otherwise soon. */
  update(run: Run): void {
    if (run !== this.#run) return;
    if (run.phase === 'finding' || run.phase === 'reading') this.#soon();
    else {
      this.#refresh();
      if (this.#isKept()) keepRun(this.#memory, run);
    }
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#refresh(), REFRESH_MS);
  }

  focus(): void {
    void vscode.commands.executeCommand(`${VIEW}.focus`);
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tree.description = oneLine(this.#run?.question ?? '', 500);
    // The description is not shown if the view is alone in its container.
    this.#tree.message = this.#run ? asMessage(`${oneLine(this.#run.question, 120)} – ${messageText(this.#run)}`) : '';
    this.#updateContext();
    this.#changed.fire(undefined);
  }

  #updateContext(): void {
    const { phase } = this.#run ?? {};
    const set = (key: string, value: unknown) => void vscode.commands.executeCommand('setContext', key, value);
    set('askBert.isReading', phase === 'finding' || phase === 'reading');
    set('askBert.hasResults', this.#run !== undefined || this.#section.current !== undefined);
    set('askBert.resultsFlat', this.#isFlat);
  }

  getChildren(node?: ResultNode): ResultNode[] {
    if (node) return childrenOf(node);
    const section = this.#section.current;
    const asked: ResultNode[] = section ? [{ kind: 'question', section }] : [];
    return this.#run ? [...asked, ...roots(this.#run, this.#isFlat)] : asked;
  }

  getTreeItem(node: ResultNode): vscode.TreeItem {
    return treeItemOf(node);
  }

  /** The sentence around an answer is looked up on hover. */
  async resolveTreeItem(item: vscode.TreeItem, node: ResultNode): Promise<vscode.TreeItem> {
    if (node.kind === 'place') item.tooltip = await tooltipOf(node.place);
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
    this.#section.dispose();
    this.#tree.dispose();
    this.#changed.dispose();
  }
}
