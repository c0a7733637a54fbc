/**
 * Which cells of tables somebody has checked, in the state of the workspace. A mark belongs to document, question and
 * words of the answer: another answer has to be checked again. It is kept as a digest, without any of their text.
 */
import { createHash } from 'node:crypto';
import type * as vscode from 'vscode';
import type { ExtractCell } from '../../server/protocol.js';

/** Where the marks are kept in the state of the workspace. */
export const CHECKED_KEY = 'askBert.checked';
/** Marks beyond this replace the oldest ones. */
export const MAX_MARKS = 20_000;
const DIGEST = /^[\w-]{22}$/;

export class CheckedMarks {
  readonly #memory: vscode.Memento;
  /** Oldest first. */
  readonly #digests: Set<string>;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    const stored: unknown = memory.get(CHECKED_KEY);
    const list: unknown[] = Array.isArray(stored) ? stored : [];
    this.#digests = new Set(list.filter((each): each is string => typeof each === 'string' && DIGEST.test(each)));
  }

  /** @param answer null: there is none in this document */
  has(uri: string, question: string, answer: ExtractCell | null): boolean {
    return this.#digests.has(digestOf(uri, question, answer));
  }

  set(uri: string, question: string, answer: ExtractCell | null, checked: boolean): void {
    const digest = digestOf(uri, question, answer);
    this.#digests.delete(digest);
    if (checked) this.#digests.add(digest);
    for (const oldest of this.#digests) {
      if (this.#digests.size <= MAX_MARKS) break;
      this.#digests.delete(oldest);
    }
    const kept = this.#digests.size > 0 ? [...this.#digests] : undefined;
    // If it cannot be stored, VS Code keeps it while the window is open.
    this.#memory.update(CHECKED_KEY, kept).then(undefined, () => {});
  }
}

const digestOf = (uri: string, question: string, answer: ExtractCell | null): string =>
  createHash('sha256')
    .update(JSON.stringify([uri, question, answer?.text ?? null]))
    .digest('base64url')
    .slice(0, 22);
