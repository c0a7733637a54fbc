/** One editor tab that shows the pages of a PDF: its page, the file, and what happens to the file. */
import { createHash, randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { globbed } from '../shared/extracted-uri.js';
import { oneLine } from '../shared/texts.js';
import { reasonOf } from '../sidecar/failure.js';
import { pageHtml } from '../workspace/page-html.js';
import {
  type ASSET_FOLDERS,
  type FromPage,
  messageFromPage,
  type PageCommand,
  type ToPage,
  type ViewState,
} from './messages.js';
import { pageStrings } from './strings.js';

/** Bytes of the largest file that is shown: the page needs a few times as much memory. */
const MAX_BYTES = 300 * 1024 * 1024;
/** A file that is being written is read when it has been still for this long. */
const STILL_MS = 300;

export interface ViewActs {
  onReady(view: PdfView): void;
  onAct(act: Exclude<Extract<FromPage, { type: 'act' }>['act'], 'reload'>): void;
  /** The contents are others than before: places in them are no longer right. */
  onChanged(): void;
  onActive(): void;
  onClosed(view: PdfView): void;
}

export class PdfView {
  readonly uri: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #extension: vscode.Uri;
  readonly #acts: ViewActs;
  readonly #subscriptions: vscode.Disposable[];
  #state: ViewState | undefined;
  /** Hash of what the page was given. */
  #given = '';
  #timer: NodeJS.Timeout | undefined;
  #reading = 0;
  /** The page has to get the file even if it is as before: a reading that overtakes another gives it instead. */
  #isOwed = false;
  #pages = 0;
  #isLoaded = false;

  constructor(uri: vscode.Uri, panel: vscode.WebviewPanel, extension: vscode.Uri, acts: ViewActs) {
    this.uri = uri;
    this.#panel = panel;
    this.#extension = extension;
    this.#acts = acts;
    const folder = vscode.Uri.joinPath(uri, '..');
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, globbed(this.name)));
    this.#subscriptions = [
      watcher,
      watcher.onDidChange(() => this.#fileChanged()),
      watcher.onDidCreate(() => this.#fileChanged()),
      watcher.onDidDelete(() => this.#fileDeleted()),
      panel.webview.onDidReceiveMessage((received: unknown) => void this.#receive(messageFromPage(received))),
      panel.onDidChangeViewState(() => acts.onActive()),
      panel.onDidDispose(() => this.#close()),
    ];
  }

  get name(): string {
    return this.uri.path.slice(this.uri.path.lastIndexOf('/') + 1);
  }

  get isActive(): boolean {
    return this.#panel.active;
  }

  /** The page is there and gets what is posted. */
  get isReady(): boolean {
    return this.#isLoaded && this.#panel.visible;
  }

  get column(): vscode.ViewColumn | undefined {
    return this.#panel.viewColumn;
  }

  /** Pages that the page says it shows; 0: none yet. */
  get pages(): number {
    return this.#pages;
  }

  /** Loads the page, which then asks for the file. */
  async load(): Promise<void> {
    const { webview } = this.#panel;
    const media = vscode.Uri.joinPath(this.#extension, 'media');
    const dist = vscode.Uri.joinPath(this.#extension, 'dist');
    webview.options = { enableScripts: true, localResourceRoots: [media, dist] };
    const at = (...path: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(this.#extension, ...path)).toString();
    const template = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(media, 'pdf-view.html'));
    webview.html = pageHtml(new TextDecoder().decode(template), {
      language: vscode.env.language,
      source: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      title: this.name,
      style: at('media', 'pdf-view.css'),
      script: at('dist', 'pdf-page.js'),
      fonts: `${at('dist', 'standard_fonts')}/`,
      strings: JSON.stringify(pageStrings(oneLine(this.name, 200))),
    });
  }

  /** VS Code hands over a `Uint8Array`, but not the `Buffer` that its file system may give. */
  post(message: ToPage): void {
    const bytes = 'bytes' in message && message.bytes ? { bytes: new Uint8Array(message.bytes) } : {};
    void this.#panel.webview.postMessage({ ...message, ...bytes });
  }

  run(command: PageCommand): void {
    this.post({ type: 'command', command });
  }

  async #receive(message: FromPage | undefined): Promise<void> {
    switch (message?.type) {
      case 'ready':
        this.#isLoaded = true;
        await this.#give(true);
        this.#acts.onReady(this);
        break;
      case 'state':
        this.#state = message.state;
        break;
      case 'opened':
        this.#pages = message.pages;
        break;
      case 'unreadable':
        this.#pages = 0;
        break;
      case 'asset':
        this.post({ type: 'asset', id: message.id, bytes: await this.#asset(message.folder, message.name) });
        break;
      case 'act':
        if (message.act === 'reload') await this.#give(true);
        else this.#acts.onAct(message.act);
        break;
    }
  }

  /** Gives the page the file, or says why not. @param always even if it has these contents already */
  async #give(always: boolean): Promise<void> {
    this.#isOwed ||= always;
    const reading = ++this.#reading;
    const read = await this.#read();
    if (reading !== this.#reading) return;
    const isOwed = this.#isOwed;
    this.#isOwed = false;
    if (typeof read === 'string') {
      this.#pages = 0;
      this.post({ type: 'failed', text: read });
      return;
    }
    const hash = createHash('sha256').update(read).digest('base64');
    const isChanged = this.#given !== '' && this.#given !== hash;
    if (!isOwed && !isChanged) {
      this.post({ type: 'notice', text: '' });
      return;
    }
    this.#given = hash;
    if (isChanged) this.#acts.onChanged();
    this.post({ type: 'open', bytes: read, state: this.#state });
  }

  /** The file, or why it cannot be shown, as a sentence. */
  async #read(): Promise<Uint8Array | string> {
    const { l10n, workspace } = vscode;
    const name = oneLine(this.name, 200);
    try {
      const { size } = await workspace.fs.stat(this.uri);
      const tooLarge = l10n.t('{0} is larger than {1} MB.', name, MAX_BYTES / 1024 / 1024);
      if (size > MAX_BYTES) return tooLarge;
      const bytes = await workspace.fs.readFile(this.uri);
      if (bytes.length > MAX_BYTES) return tooLarge;
      return bytes.length > 0 ? bytes : l10n.t('{0} is empty: get the file again.', name);
    } catch (error) {
      return l10n.t('{0} cannot be read ({1}).', name, oneLine(reasonOf(error), 300));
    }
  }

  async #asset(folder: (typeof ASSET_FOLDERS)[number], name: string): Promise<Uint8Array | undefined> {
    const file = vscode.Uri.joinPath(this.#extension, 'dist', folder, name);
    return vscode.workspace.fs.readFile(file).then(
      (bytes) => bytes,
      () => undefined,
    );
  }

  #fileChanged(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#give(false), STILL_MS);
  }

  #fileDeleted(): void {
    clearTimeout(this.#timer);
    const name = oneLine(this.name, 200);
    const text = vscode.l10n.t('{0} was deleted or moved: these are the pages that were read before.', name);
    // Programs that replace a file delete it for a moment.
    this.#timer = setTimeout(async () => {
      const isThere = await vscode.workspace.fs.stat(this.uri).then(
        () => true,
        () => false,
      );
      if (isThere) await this.#give(false);
      else this.post({ type: 'notice', text });
    }, STILL_MS);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#reading++;
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#acts.onClosed(this);
  }
}
