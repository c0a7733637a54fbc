/**
 * The text of PDF, Office and other binary files as read-only documents, so that answers are highlighted in them like
 * in any text, with an outline of headings and pages, and folding by headings.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { DocumentText } from '../../server/protocol.js';
import { globbed, originalOf, TEXT_SCHEME } from '../shared/extracted-uri.js';
import { flash } from '../shared/messages.js';
import { type Failure, failureOf, tell } from '../sidecar/failure.js';
import type { Sidecar } from '../sidecar/supervisor.js';

/** Texts whose headings and pages are kept. */
const MOST_KEPT = 20;
const NOTES_MS = 10_000;

export class TextDocuments
  implements
    vscode.TextDocumentContentProvider,
    vscode.FoldingRangeProvider,
    vscode.DocumentSymbolProvider,
    vscode.Disposable
{
  readonly #sidecar: Pick<Sidecar, 'readFile'>;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  /** By document, the one read last at the end. */
  readonly #texts = new Map<string, DocumentText>();
  readonly #watchers = new Map<string, vscode.Disposable>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(sidecar: Pick<Sidecar, 'readFile'>) {
    this.#sidecar = sidecar;
    const selector = { scheme: TEXT_SCHEME };
    this.#subscriptions = [
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(TEXT_SCHEME, this),
      vscode.languages.registerFoldingRangeProvider(selector, this),
      vscode.languages.registerDocumentSymbolProvider(selector, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri.toString())),
    ];
  }

  /** @throws Failure; the user was told */
  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const file = originalOf(uri);
    if (!file) return '';
    const read = await this.#read(file, token);
    const key = uri.toString();
    this.#texts.delete(key);
    this.#texts.set(key, read);
    for (const oldest of this.#texts.keys()) if (this.#texts.size > MOST_KEPT) this.#texts.delete(oldest);
    this.#watch(uri, file);
    if (read.notes.length > 0) flash(`Ask BERT: ${read.notes.join(' ')}`, NOTES_MS);
    return read.text;
  }

  provideFoldingRanges(document: vscode.TextDocument): vscode.FoldingRange[] {
    const { headings = [] } = this.#texts.get(document.uri.toString()) ?? {};
    return headings.flatMap(({ start, level }, i) => {
      const next = headings.slice(i + 1).find((each) => each.level <= level);
      const first = document.positionAt(start).line;
      const last = next ? document.positionAt(next.start).line - 1 : document.lineCount - 1;
      return last > first ? [new vscode.FoldingRange(first, last, vscode.FoldingRangeKind.Region)] : [];
    });
  }

  provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    const { headings = [], places = [] } = this.#texts.get(document.uri.toString()) ?? {};
    const { l10n, SymbolKind } = vscode;
    const symbol = (name: string, kind: vscode.SymbolKind, start: number, end: number) => {
      const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
      return new vscode.DocumentSymbol(name, '', kind, range, range);
    };
    const symbols = headings.map(({ start, end }) =>
      symbol(document.getText().slice(start, end).trim() || '…', SymbolKind.String, start, end),
    );
    let last = '';
    for (const [i, { start, page, slide }] of places.entries()) {
      const name =
        page !== undefined ? l10n.t('Page {0}', page) : slide !== undefined ? l10n.t('Slide {0}', slide) : '';
      if (name === '' || name === last) continue;
      last = name;
      symbols.push(symbol(name, SymbolKind.File, start, places[i + 1]?.start ?? document.getText().length));
    }
    return symbols.sort((a, b) => a.range.start.compareTo(b.range.start));
  }

  dispose(): void {
    for (const each of [...this.#subscriptions, ...this.#watchers.values()]) each.dispose();
  }

  /** The password of a file that needs one is asked for, and kept nowhere. */
  async #read(file: vscode.Uri, token: vscode.CancellationToken): Promise<DocumentText> {
    let password: string | undefined;
    for (;;) {
      try {
        return await this.#sidecar.readFile({ uri: file.toString(), password }, token);
      } catch (error) {
        const failure = failureOf(error);
        if (!failure) throw error;
        if (failure.code === 'PasswordNeeded') {
          password = await askPassword(file, failure);
          if (password !== undefined) continue;
        } else if (!failure.silent) tell(failure);
        throw failure;
      }
    }
  }

  /** The document follows its file. */
  #watch(uri: vscode.Uri, file: vscode.Uri): void {
    const key = uri.toString();
    if (this.#watchers.has(key)) return;
    const folder = vscode.Uri.joinPath(file, '..');
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, globbed(path.posix.basename(file.path))),
    );
    watcher.onDidChange(() => this.#changed.fire(uri));
    watcher.onDidCreate(() => this.#changed.fire(uri));
    this.#watchers.set(key, watcher);
  }

  #forget(key: string): void {
    this.#texts.delete(key);
    this.#watchers.get(key)?.dispose();
    this.#watchers.delete(key);
  }
}

async function askPassword(file: vscode.Uri, { message }: Failure): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.workspace.asRelativePath(file),
    prompt: vscode.l10n.t('{0} The password is not kept.', message),
    password: true,
    ignoreFocusOut: true,
  });
}
