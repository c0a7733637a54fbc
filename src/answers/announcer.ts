/** Announces the current answer: a line in the status bar, and a message for screen readers. */
import * as vscode from 'vscode';
import { flash, inform } from '../shared/messages.js';
import { announcement } from './hover.js';
import { goTo, reveal } from './reveal.js';
import type { AnswerStore, DocumentAnswers } from './store.js';

const SHOWN_MS = 8000;

export class Announcer implements vscode.Disposable {
  #line: vscode.Disposable | undefined;
  #about: vscode.TextDocument | undefined;
  /** Documents whose answers came while another one was in front. */
  readonly #unseen = new WeakSet<vscode.TextDocument>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(store: AnswerStore) {
    // Only an answer that is still highlighted, in the active editor, is announced.
    this.#subscriptions = [
      store.onDidChange((document) => {
        if (document === this.#about && !store.of(document)) this.#hush();
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (!editor) return;
        if (editor.document !== this.#about) this.#hush();
        const entry = store.of(editor.document);
        if (this.#unseen.delete(editor.document) && entry) this.present(entry);
      }),
    ];
  }

  /**
   * Announces the current answer and brings it into view.
   * @param how `go`: the cursor goes there; `scroll`: only the view; `stay`: neither
   */
  present(entry: DocumentAnswers, how: 'go' | 'scroll' | 'stay' = 'go'): void {
    if (how === 'go') goTo(entry);
    if (how === 'scroll') reveal(entry);
    this.#about = entry.document;
    this.say(announcement(entry));
  }

  /** Shows the current answer when the user returns to its document. */
  later({ document }: DocumentAnswers): void {
    this.#unseen.add(document);
  }

  /** Announces something that is also shown elsewhere. */
  say(text: string): void {
    this.#hush();
    this.#line = flash(text, SHOWN_MS);
    const support = vscode.workspace.getConfiguration('editor').get('accessibilitySupport');
    if (support === 'on') void inform(text);
  }

  #hush(): void {
    this.#line?.dispose();
    this.#line = undefined;
  }

  dispose(): void {
    this.#hush();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
