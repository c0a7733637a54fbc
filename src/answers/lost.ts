/** Answers whose words were edited: they come back when the edit is undone, or the words are typed again. Pure. */
import { type Edit, EditsSince, type Place } from './tracking.js';

/** An answer at its place before the edit that took it. */
interface Ranked extends Place {
  readonly rank: number;
}

/** What one edit took. */
interface Taken<Answer> {
  readonly answers: readonly Answer[];
  readonly since: EditsSince;
  /** Rank of the answer that was current, and of the one that became current instead. */
  readonly current: number;
  readonly instead: number | undefined;
}

export class LostAnswers<Document, Entry extends { readonly document: Document }, Answer extends Ranked> {
  readonly #documents = new Map<Document, { entry: Entry; taken: Taken<Answer>[] }>();

  /** The answers that are lost now and then. */
  of(document: Document): Entry | undefined {
    return this.#documents.get(document)?.entry;
  }

  /** @param edits those that took the answers, which are at their places before them */
  add(entry: Entry, edits: readonly Edit[], taken: Omit<Taken<Answer>, 'since'>): void {
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
    document: Document,
    edits: readonly Edit[],
    placed: (answer: Answer, place: Place) => Answer | undefined,
  ): { answers: Answer[]; current?: Pick<Taken<Answer>, 'current' | 'instead'> } {
    const held = this.#documents.get(document);
    const found: Answer[] = [];
    let current: Pick<Taken<Answer>, 'current' | 'instead'> | undefined;
    if (!held) return { answers: found };
    held.taken = held.taken.flatMap((each) => {
      each.since.apply(edits);
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

  forget(document: Document): void {
    this.#documents.delete(document);
  }
}
