/** The tree "Answers" of the view container Ask BERT: what was found so far and where, and what was not read. */
import * as vscode from 'vscode';
import { asMessage } from '../shared/markdown.js';
import { oneLine } from '../shared/texts.js';
import { childrenOf, type ResultNode, type Run, roots } from './results.js';
import { tooltipOf, treeItemOf } from './results-item.js';
import { messageText } from './results-text.js';

export const VIEW = 'askBert.results';
const FLAT_KEY = 'askBert.resultsFlat';
/** Minimum time between refreshes while reading: a tree that keeps changing cannot be read. */
const REFRESH_MS = 300;

export class ResultsView implements vscode.TreeDataProvider<ResultNode>, vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #tree: vscode.TreeView<ResultNode>;
  #run: Run | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFlat: boolean;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    this.#isFlat = memory.get(FLAT_KEY) === true;
    this.#tree = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.#updateContext();
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
    this.#refresh();
  }

  /** The run has changed: refreshes now if it has ended, otherwise soon. */
  update(run: Run): void {
    if (run !== this.#run) return;
    if (run.phase !== 'finding' && run.phase !== 'reading') this.#refresh();
    else this.#timer ??= setTimeout(() => this.#refresh(), REFRESH_MS);
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
    set('askBert.hasResults', this.#run !== undefined);
    set('askBert.resultsFlat', this.#isFlat);
  }

  getChildren(node?: ResultNode): ResultNode[] {
    if (node) return childrenOf(node);
    return this.#run ? roots(this.#run, this.#isFlat) : [];
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
    this.#tree.dispose();
    this.#changed.dispose();
  }
}
