/** The tree "History" of the view container Ask BERT: questions by document, with their best answers. */
import * as vscode from 'vscode';
import { grouped } from '../history/entries.js';
import type { AskedHistory } from '../history/store.js';
import { type HistoryNode, historyItem } from './item.js';

export const HISTORY_VIEW = 'askBert.history';

export class HistoryView implements vscode.TreeDataProvider<HistoryNode>, vscode.Disposable {
  readonly #history: AskedHistory;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(history: AskedHistory) {
    this.#history = history;
    this.#subscriptions = [this.#changed, history.onDidChange(() => this.#changed.fire(undefined))];
  }

  /** Shows the tree; until then it only answers queries. */
  open(): this {
    const options = { treeDataProvider: this, showCollapseAll: true };
    this.#subscriptions.push(vscode.window.createTreeView(HISTORY_VIEW, options));
    return this;
  }

  getChildren(node?: HistoryNode): HistoryNode[] {
    if (!node) return grouped(this.#history.entries).map((group) => ({ group }));
    return 'group' in node ? node.group.entries.map((entry) => ({ entry })) : [];
  }

  getTreeItem(node: HistoryNode): vscode.TreeItem {
    return historyItem(node);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
