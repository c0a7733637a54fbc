/** Announces the current answer: a line in the status bar, and a message for screen readers. */
import * as vscode from 'vscode';
import { flash, inform } from '../shared/messages.js';
import { reveal } from './highlights.js';
import { announcement } from './hover.js';
import type { AnswerStore, DocumentAnswers } from './store.js';

const SHOWN_MS = 8000;

export class Announcer implements vscode.Disposable {
  #line: vscode.Disposable | undefined;
  #about: vscode.TextDocument | undefined;
  readonly #subscriptions: vscode.Disposable[];

  constructor(store: AnswerStore) {
    // Only an answer that is still highlighted, in the active editor, is announced.
    this.#subscriptions = [
      store.onDidChange((document) => {
        if (document === this.#about && !store.of(document)) this.#hush();
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor && editor.document !== this.#about) this.#hush();
      }),
    ];
  }

  /** Announces the current answer and scrolls to it. @param moves false: does not scroll */
  present(entry: DocumentAnswers, moves = true): void {
    if (moves) reveal(entry);
    this.#about = entry.document;
    this.say(announcement(entry));
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
