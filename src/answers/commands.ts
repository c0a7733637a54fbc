/** Commands for the answers of a document: step through them, peek, copy, clear. */
import * as vscode from 'vscode';
import type { CommandTable } from '../shared/command-table.js';
import { flash } from '../shared/messages.js';
import type { Announcer } from './announcer.js';
import type { AnswerReference } from './hover.js';
import type { NoAnswers } from './no-answer.js';
import { peek } from './open-place.js';
import { withSource } from './source-text.js';
import type { AnswerStore, DocumentAnswers, ShownAnswer } from './store.js';

export class AnswerCommands {
  readonly #store: AnswerStore;
  readonly #announcer: Announcer;
  readonly #none: NoAnswers;
  readonly #peekMany: () => Promise<number>;
  readonly #cancel: (document: vscode.TextDocument) => void;
  readonly table: CommandTable = {
    nextAnswer: (args) => this.#step(args, 1),
    previousAnswer: (args) => this.#step(args, -1),
    copyAnswer: (args) => this.#copy(args, false),
    copyAnswerWithSource: (args) => this.#copy(args, true),
    clearAnswers: (args) => this.#clear(args),
    peekAnswers: () => this.#peek(),
  };

  /**
   * @param none what is said where there are no answers
   * @param peekMany the answers of the last question about many documents; returns how many
   * @param cancel stops reading a document
   */
  constructor(
    store: AnswerStore,
    announcer: Announcer,
    none: NoAnswers,
    peekMany: () => Promise<number>,
    cancel: (document: vscode.TextDocument) => void,
  ) {
    this.#store = store;
    this.#announcer = announcer;
    this.#none = none;
    this.#peekMany = peekMany;
    this.#cancel = cancel;
  }

  #step(args: unknown[], step: 1 | -1): ShownAnswer | undefined {
    const { entry, rank } = this.#referenced(args);
    if (!entry) return undefined;
    // From a hover: the neighbour of the answer under the mouse.
    if (rank !== undefined) this.#store.move(entry.document, { rank });
    const next = entry.group ? this.#stepIn(entry, entry.group, step) : this.#store.move(entry.document, { step });
    if (!next) return undefined;
    this.#announcer.present(next);
    if (rank !== undefined) void renewHover(true);
    return next.current;
  }

  /** Through all documents that were asked about together, best first. */
  #stepIn(
    { current, document }: DocumentAnswers,
    group: readonly vscode.TextDocument[],
    step: 1 | -1,
  ): DocumentAnswers | undefined {
    const all = group.flatMap((each) => {
      const entry = this.#store.of(each);
      return entry?.group === group ? entry.answers.map(({ rank }) => ({ document: each, rank })) : [];
    });
    all.sort((a, b) => a.rank - b.rank);
    const at = all.findIndex((each) => each.document === document && each.rank === current.rank);
    const next = all[(at + step + all.length) % all.length];
    return next && this.#store.move(next.document, { rank: next.rank });
  }

  async #copy(args: unknown[], source: boolean): Promise<string | undefined> {
    const { entry, rank } = this.#referenced(args);
    const answer = entry?.answers.find((each) => each.rank === rank) ?? entry?.current;
    if (!entry || !answer) return undefined;
    const { range, where } = answer;
    const quoted = { ...answer, ...where, line: range.start.line };
    return copied(source ? withSource(quoted, entry.document.uri) : exactText(answer.text, answer.items));
  }

  #clear(args: unknown[]): void {
    const { entry, rank } = this.#referenced(args);
    const active = vscode.window.activeTextEditor?.document;
    if (active) this.#none.clear(active);
    if (rank !== undefined) void renewHover(false);
    if (!entry) return;
    if (entry.soFar?.phase === 'reading') this.#cancel(entry.document);
    for (const document of entry.group ?? [entry.document]) this.#store.clear(document);
  }

  /**
   * The answers of this document in the peek view; if there are none, those of the last question about many documents.
   */
  async #peek(): Promise<number> {
    const entry = this.#store.of(vscode.window.activeTextEditor?.document);
    if (!entry) return this.#peekMany();
    const { uri } = entry.document;
    const locations = entry.answers.map(({ range }) => new vscode.Location(uri, range));
    await peek(new vscode.Location(uri, entry.current.range), locations);
    return locations.length;
  }

  /** The document and answer named by a link, or those of the active editor. */
  #referenced([reference]: unknown[]): { entry?: DocumentAnswers | undefined; rank?: number | undefined } {
    const { uri, rank } = (reference ?? {}) as Partial<AnswerReference>;
    if (typeof uri === 'string') {
      return { entry: this.#store.ofUri(vscode.Uri.parse(uri)), rank: typeof rank === 'number' ? rank : undefined };
    }
    return { entry: this.#store.of(vscode.window.activeTextEditor?.document) };
  }
}

/** A hover whose link was used shows what is no longer so. @param again shows that of the cursor's place */
async function renewHover(again: boolean): Promise<void> {
  await vscode.commands.executeCommand('editor.action.hideHover');
  if (again) await vscode.commands.executeCommand('editor.action.showHover', { focus: 'noAutoFocus' });
}

/** The exact characters of an answer; each item of a list on its own line. */
export const exactText = (text: string, items: readonly { text: string }[] | undefined): string =>
  items ? items.map((item) => item.text).join('\n') : text;

/** @returns what is in the clipboard now */
export async function copied(text: string): Promise<string> {
  await vscode.env.clipboard.writeText(text);
  flash(vscode.l10n.t('Answer copied'), 3000);
  return text;
}
