/**
 * Where the user was when a question was asked: the cursor goes to the answer only if they are still there and have
 * not typed.
 */
import * as vscode from 'vscode';

export class Attention {
  readonly #document: vscode.TextDocument;
  readonly #editor: vscode.TextEditor | undefined;
  readonly #selections: readonly vscode.Selection[];
  readonly #version: number;

  constructor(document: vscode.TextDocument) {
    const active = vscode.window.activeTextEditor;
    this.#document = document;
    this.#editor = active?.document === document ? active : undefined;
    this.#selections = this.#editor?.selections ?? [];
    this.#version = document.version;
  }

  /** `elsewhere`: in another editor, or in none; `moved`: the cursor was moved, or the text was changed. */
  get now(): 'here' | 'moved' | 'elsewhere' {
    const active = vscode.window.activeTextEditor;
    if (!this.#editor || active?.document !== this.#document) return 'elsewhere';
    const stays =
      active.selections.length === this.#selections.length &&
      active.selections.every((selection, i) => selection.isEqual(this.#selections[i]!));
    return stays && this.#document.version === this.#version ? 'here' : 'moved';
  }
}
