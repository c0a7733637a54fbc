/** Colours of the answers in every visible editor of their document, and marks in the overview ruler. */
import * as vscode from 'vscode';
import type { AnswerStore, DocumentAnswers } from './store.js';

const color = (id: string) => new vscode.ThemeColor(`askBert.${id}`);
const closed = vscode.DecorationRangeBehavior.ClosedClosed;

/**
 * Best, best so far and alternatives differ in the style of their border, the current one has a second line: not by
 * colour alone.
 */
function decorationTypes() {
  const { createTextEditorDecorationType: create } = vscode.window;
  return {
    best: create({
      rangeBehavior: closed,
      backgroundColor: color('bestAnswerBackground'),
      borderColor: color('bestAnswerBorder'),
      borderStyle: 'solid',
      borderWidth: '1px',
      overviewRulerColor: color('overviewRulerBestAnswer'),
      overviewRulerLane: vscode.OverviewRulerLane.Full,
    }),
    soFar: create({
      rangeBehavior: closed,
      backgroundColor: color('bestAnswerBackground'),
      borderColor: color('bestAnswerBorder'),
      borderStyle: 'dotted',
      borderWidth: '1px',
      overviewRulerColor: color('overviewRulerBestAnswer'),
      overviewRulerLane: vscode.OverviewRulerLane.Full,
    }),
    alternative: create({
      rangeBehavior: closed,
      backgroundColor: color('alternativeAnswerBackground'),
      borderColor: color('alternativeAnswerBorder'),
      borderStyle: 'dashed',
      borderWidth: '1px',
      overviewRulerColor: color('overviewRulerAlternativeAnswer'),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    }),
    current: create({
      rangeBehavior: closed,
      outlineColor: color('currentAnswerOutline'),
      outlineStyle: 'solid',
      outlineWidth: '1px',
    }),
  };
}

/** What each kind of decoration covers: the words of the answers, not the markup between them. */
export function rangesOf(
  entry: DocumentAnswers | undefined,
): Record<'best' | 'soFar' | 'alternative' | 'current', vscode.Range[]> {
  const answers = entry?.answers ?? [];
  const best = answers.filter(({ rank }) => rank === 1).flatMap(({ parts }) => parts);
  return {
    best: entry?.soFar ? [] : best,
    soFar: entry?.soFar ? best : [],
    alternative: answers.filter(({ rank }) => rank > 1).flatMap(({ parts }) => parts),
    current: [...(entry?.current.parts ?? [])],
  };
}

export class Highlights implements vscode.Disposable {
  readonly #store: AnswerStore;
  #types: ReturnType<typeof decorationTypes> | undefined;
  readonly #subscriptions: vscode.Disposable[];

  constructor(store: AnswerStore) {
    this.#store = store;
    this.#subscriptions = [
      store.onDidChange((document) => this.#update(document)),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) if (store.of(editor.document)) this.#apply(editor);
      }),
    ];
  }

  #update(document: vscode.TextDocument): void {
    for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) this.#apply(editor);
  }

  #apply(editor: vscode.TextEditor): void {
    const entry = this.#store.of(editor.document);
    if (!entry && !this.#types) return;
    this.#types ??= decorationTypes();
    const { best, soFar, alternative, current } = this.#types;
    const ranges = rangesOf(entry);
    editor.setDecorations(best, ranges.best);
    editor.setDecorations(soFar, ranges.soFar);
    editor.setDecorations(alternative, ranges.alternative);
    editor.setDecorations(current, ranges.current);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const type of Object.values(this.#types ?? {})) type.dispose();
  }
}

/** Scrolls to the current answer where its document is visible; selection, cursor and focus stay where they are. */
export function reveal({ document, current }: DocumentAnswers): void {
  const active = vscode.window.activeTextEditor;
  const editor =
    active?.document === document
      ? active
      : vscode.window.visibleTextEditors.find((each) => each.document === document);
  editor?.revealRange(current.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
