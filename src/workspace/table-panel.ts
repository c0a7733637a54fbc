/** The editor tab with the table of a question set. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { CheckedMarks } from './checked-marks.js';
import { pageHtml } from './page-html.js';
import { type PageMessage, pageMessage, type Table } from './table.js';
import { beginning, detailOf, pageRow, statusOf, titleOf } from './table-page.js';

/** Minimum time between updates of rows and counts. */
const SEND_MS = 250;

export class TablePanel implements vscode.Disposable {
  readonly #table: Table;
  readonly #marks: CheckedMarks;
  readonly #extension: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #subscriptions: vscode.Disposable[];
  /** URIs of rows that the page does not have yet. */
  readonly #unsent = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;

  constructor(
    table: Table,
    marks: CheckedMarks,
    extension: vscode.Uri,
    onMessage: (message: PageMessage) => void,
    onClosed: () => void,
  ) {
    this.#table = table;
    this.#marks = marks;
    this.#extension = extension;
    const media = vscode.Uri.joinPath(extension, 'media');
    const options = { enableScripts: true, localResourceRoots: [media], enableFindWidget: true };
    this.#panel = vscode.window.createWebviewPanel('askBert.table', titleOf(table), vscode.ViewColumn.Active, options);
    this.#panel.iconPath = vscode.Uri.joinPath(media, 'icon.png');
    this.#subscriptions = [
      this.#panel,
      this.#panel.onDidDispose(() => {
        this.#isReady = false;
        clearTimeout(this.#timer);
        onClosed();
      }),
      this.#panel.webview.onDidReceiveMessage((received: unknown) => {
        const message = pageMessage(received);
        // A page that was hidden is created again, and requests everything again.
        if (message?.type === 'ready') this.#begin();
        else if (message?.type === 'focus') this.detail(message.uri, message.column);
        else if (message) onMessage(message);
      }),
    ];
  }

  async load(): Promise<void> {
    const file = (name: string) => vscode.Uri.joinPath(this.#extension, 'media', name);
    const template = new TextDecoder().decode(await vscode.workspace.fs.readFile(file('question-set.html')));
    const { webview } = this.#panel;
    this.#panel.webview.html = pageHtml(template, {
      language: vscode.env.language,
      source: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      style: webview.asWebviewUri(file('question-set.css')).toString(),
      script: webview.asWebviewUri(file('question-set.js')).toString(),
    });
  }

  show(): void {
    this.#panel.reveal();
  }

  /** A row is new or has changed: sent soon. */
  row(uri: string): void {
    this.#unsent.add(uri);
    this.#timer ??= setTimeout(() => this.flush(), SEND_MS);
  }

  /** What is around the answer of the cell that has the focus. */
  detail(uri: string, column: number): void {
    const detail = detailOf(this.#table, this.#marks, uri, column);
    if (detail) this.#post(detail);
  }

  removed(uris: readonly string[]): void {
    for (const uri of uris) this.#unsent.delete(uri);
    if (uris.length > 0) this.#post({ type: 'remove', uris });
  }

  /** Sends pending rows and the counts now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = [...this.#unsent].flatMap((uri) => this.#table.rows.get(uri) ?? []);
    this.#unsent.clear();
    if (rows.length > 0) this.#post({ type: 'rows', rows: rows.map((row) => pageRow(row, this.#table, this.#marks)) });
    this.#post({ type: 'status', status: statusOf(this.#table) });
  }

  #begin(): void {
    this.#isReady = true;
    this.#unsent.clear();
    this.#post(beginning(this.#table, this.#marks));
  }

  #post(message: object): void {
    if (this.#isReady) void this.#panel.webview.postMessage(message);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
