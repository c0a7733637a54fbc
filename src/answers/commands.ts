/** Commands for the answers of a document: step through them, peek, copy, clear. */
import * as vscode from 'vscode';
import type { CommandTable } from '../shared/command-table.js';
import { flash } from '../shared/messages.js';
import type { Announcer } from './announcer.js';
import type { AnswerReference } from './hover.js';
import { peek } from './open-place.js';
import type { AnswerStore, DocumentAnswers, ShownAnswer } from './store.js';

export class AnswerCommands {
  readonly #store: AnswerStore;
  readonly #announcer: Announcer;
  readonly #peekMany: () => Promise<number>;
  readonly #cancel: (document: vscode.TextDocument) => void;
  readonly table: CommandTable = {
    nextAnswer: (args) => this.#step(args, 1),
    previousAnswer: (args) => this.#step(args, -1),
    copyAnswer: (args) => this.#copy(args),
    clearAnswers: (args) => this.#clear(args),
    peekAnswers: () => this.#peek(),
  };

  /**
   * @param peekMany the answers of the last question about many documents; returns how many
   * @param cancel stops reading a document
   */
  constructor(
    store: AnswerStore,
    announcer: Announcer,
    peekMany: () => Promise<number>,
    cancel: (document: vscode.TextDocument) => void,
  ) {
    this.#store = store;
    this.#announcer = announcer;
    this.#peekMany = peekMany;
    this.#cancel = cancel;
  }

  #step(args: unknown[], step: 1 | -1): ShownAnswer | undefined {
    const { entry, rank } = this.#referenced(args);
    if (!entry) return undefined;
    // From a hover: the neighbour of the answer under the mouse.
    if (rank !== undefined) this.#store.move(entry.document, { rank });
    this.#store.move(entry.document, { step });
    this.#announcer.present(entry);
    return entry.current;
  }

  async #copy(args: unknown[]): Promise<string | undefined> {
    const { entry, rank } = this.#referenced(args);
    const answer = entry?.answers.find((each) => each.rank === rank) ?? entry?.current;
    return answer && copied(exactText(answer.text, answer.items));
  }

  #clear(args: unknown[]): void {
    const { entry } = this.#referenced(args);
    if (!entry) return;
    if (entry.soFar?.phase === 'reading') this.#cancel(entry.document);
    this.#store.clear(entry.document);
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

/** The exact characters of an answer; each item of a list on its own line. */
export const exactText = (text: string, items: readonly { text: string }[] | undefined): string =>
  items ? items.map((item) => item.text).join('\n') : text;

/** @returns what is in the clipboard now: the exact characters */
export async function copied(text: string): Promise<string> {
  await vscode.env.clipboard.writeText(text);
  flash(vscode.l10n.t('Answer copied'), 3000);
  return text;
}
