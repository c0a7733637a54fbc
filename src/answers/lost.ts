/** Answers whose words were edited, by document: they come back when the edit is undone, or the words are typed again. */
import type * as vscode from 'vscode';
import type { DocumentAnswers, ShownAnswer } from './store.js';
import { type Edit, EditsSince, type Place } from './tracking.js';

/** What one edit took. */
interface Taken {
  readonly answers: readonly ShownAnswer[];
  readonly since: EditsSince;
  /** Rank of the answer that was current, and of the one that became current instead. */
  readonly current: number;
  readonly instead: number | undefined;
}

export class LostAnswers {
  readonly #documents = new Map<vscode.TextDocument, { entry: DocumentAnswers; taken: Taken[] }>();

  /** The answers that are lost now and then. */
  of(document: vscode.TextDocument): DocumentAnswers | undefined {
    return this.#documents.get(document)?.entry;
  }

  /** @param edits those that took the answers, which are at their places before them */
  add(entry: DocumentAnswers, edits: readonly Edit[], taken: Omit<Taken, 'since'>): void {
    const held = this.#documents.get(entry.document) ?? { entry, taken: [] };
    held.taken.push({ ...taken, since: new EditsSince(edits) });
    this.#documents.set(entry.document, held);
  }

  /**
   * Takes the edits of a document, and gives back what stands there again.
   * @param placed the answer at such a place, if its words are there
   * @returns the answers in no order, and the rank that is current again
   */
  follow(
    document: vscode.TextDocument,
    edits: readonly Edit[],
    placed: (answer: ShownAnswer, place: Place) => ShownAnswer | undefined,
  ): { answers: ShownAnswer[]; current?: Pick<Taken, 'current' | 'instead'> } {
    const held = this.#documents.get(document);
    const found: ShownAnswer[] = [];
    let current: Pick<Taken, 'current' | 'instead'> | undefined;
    if (!held) return { answers: found };
    held.taken = held.taken.flatMap((each) => {
      for (const edit of edits) each.since.apply(edit);
      const left = each.answers.filter((answer) => {
        const place = each.since.placeOf(answer);
        const again = place && placed(answer, place);
        if (!again) return true;
        found.push(again);
        if (again.rank === each.current) current = each;
        return false;
      });
      return left.length > 0 ? [{ ...each, answers: left }] : [];
    });
    if (held.taken.length === 0) this.#documents.delete(document);
    return { answers: found, ...(current && { current }) };
  }

  forget(document: vscode.TextDocument): void {
    this.#documents.delete(document);
  }
}
