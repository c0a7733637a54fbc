/** The sample of the walkthrough: a short contract that comes with the extension, opened read-only and asked. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { AskRequest } from '../asking/flow.js';
import type { AskOutcome } from '../asking/outcome.js';
import { readText } from '../asking/read-text.js';
import { Failure, tell } from '../sidecar/failure.js';
import { SAMPLE_FILE, SAMPLE_QUESTION } from './table.js';

/** Of the document with the sample: nothing can be saved into the extension's folder. */
export const SAMPLE_SCHEME = 'ask-bert-sample';
const MAX_BYTES = 1024 * 1024;

export class Sample implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #file: vscode.Uri;
  readonly #ask: (request: AskRequest) => Promise<AskOutcome | undefined>;
  readonly #provider: vscode.Disposable;

  /** @param extension its folder */
  constructor(extension: vscode.Uri, ask: (request: AskRequest) => Promise<AskOutcome | undefined>) {
    this.#file = vscode.Uri.joinPath(extension, ...SAMPLE_FILE.split('/'));
    this.#ask = ask;
    this.#provider = vscode.workspace.registerTextDocumentContentProvider(SAMPLE_SCHEME, this);
  }

  async provideTextDocumentContent(): Promise<string> {
    const text = await readText(this.#file, MAX_BYTES);
    if (typeof text !== 'string') throw new Failure('InputUnreadable', text.message);
    return text;
  }

  /** Opens and asks. @returns undefined when the file is missing; the user was told */
  async show(): Promise<AskOutcome | undefined> {
    const text = await readText(this.#file, MAX_BYTES);
    if (typeof text !== 'string') {
      tell(new Failure('InputUnreadable', text.message, vscode.l10n.t('Install Ask BERT again.')));
      return undefined;
    }
    const uri = vscode.Uri.from({ scheme: SAMPLE_SCHEME, path: `/${path.posix.basename(SAMPLE_FILE)}` });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
    return this.#ask({ uri, question: SAMPLE_QUESTION, whole: true });
  }

  dispose(): void {
    this.#provider.dispose();
  }
}
