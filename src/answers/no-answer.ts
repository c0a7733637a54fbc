/**
 * "No answer", where the question was asked: a line behind the cursor's line, with its actions in a hover. There is one
 * for each document; it goes with the next question, with an edit, and when it is cleared, so that nothing stale is
 * left.
 */
import * as vscode from 'vscode';
import { asMarkdown } from '../shared/markdown.js';
import type { ShownAnswer, ShownResult } from './store.js';

export interface NoAnswerHere {
  readonly document: vscode.TextDocument;
  readonly result: ShownResult;
  /** What "no answer" was preferred to. */
  readonly guesses: readonly ShownAnswer[];
  /** A sentence with question and document. */
  readonly text: string;
  /** The part that was asked about; undefined: all of it. */
  readonly part?: vscode.Range | undefined;
  /** Commands that help, besides those for the guesses. */
  readonly actions: readonly { readonly title: string; readonly command: string }[];
}

/** Where it is shown, and for which version of the document it is true. */
interface Held {
  readonly entry: NoAnswerHere;
  readonly line: number;
}

export class NoAnswers implements vscode.Disposable {
  readonly #held = new Map<vscode.TextDocument, Held>();
  #type: vscode.TextEditorDecorationType | undefined;
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor() {
    this.#subscriptions = [
      this.#changed,
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.clear(document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.clear(document)),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) if (this.#held.has(editor.document)) this.#apply(editor);
      }),
    ];
  }

  of(document: vscode.TextDocument | undefined): NoAnswerHere | undefined {
    return document && this.#held.get(document)?.entry;
  }

  /** Replaces what is said about this document. */
  set(entry: NoAnswerHere): void {
    const { document, part } = entry;
    const active = vscode.window.activeTextEditor;
    const asked = active?.document === document ? active.selection.active.line : (part?.end.line ?? 0);
    this.#held.set(document, { entry, line: asked });
    this.#update(document);
  }

  clear(document: vscode.TextDocument): void {
    if (this.#held.delete(document)) this.#update(document);
  }

  #update(document: vscode.TextDocument): void {
    for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) this.#apply(editor);
    this.#changed.fire(document);
  }

  #apply(editor: vscode.TextEditor): void {
    const held = this.#held.get(editor.document);
    if (!held && !this.#type) return;
    this.#type ??= vscode.window.createTextEditorDecorationType({
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      after: { color: new vscode.ThemeColor('editorCodeLens.foreground'), fontStyle: 'italic', margin: '0 0 0 2em' },
    });
    editor.setDecorations(this.#type, held ? [decorationOf(editor.document, held)] : []);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#type?.dispose();
    this.#held.clear();
  }
}

function decorationOf(document: vscode.TextDocument, { entry, line }: Held): vscode.DecorationOptions {
  const { range } = document.lineAt(Math.min(line, document.lineCount - 1));
  return {
    range: new vscode.Range(range.end, range.end),
    hoverMessage: noAnswerHover(entry),
    renderOptions: { after: { contentText: entry.text } },
  };
}

/** The sentence and its actions. Everything from the document or the question is inserted as text. */
export function noAnswerHover(entry: NoAnswerHere): vscode.MarkdownString {
  const text = new vscode.MarkdownString(undefined, false);
  text.supportHtml = false;
  const actions = actionsOf(entry);
  text.isTrusted = { enabledCommands: actions.map(({ command }) => command) };
  const links = actions.map(({ title, command }) => `[${asMarkdown(title)}](command:${command})`);
  return text.appendMarkdown(`${asMarkdown(entry.text)}\n\n${links.join(' | ')}`);
}

export function actionsOf({ guesses, actions }: NoAnswerHere): { title: string; command: string }[] {
  const { l10n } = vscode;
  const guess = { title: l10n.t('Show Best Guess'), command: 'askBert.showBestGuess' };
  const clear = { title: l10n.t('Clear'), command: 'askBert.clearAnswers' };
  return [...(guesses.length > 0 ? [guess] : []), ...actions, clear];
}
