/** Several parts of documents that are asked about together: the selections of a document, the cells of a notebook. */
import type * as vscode from 'vscode';
import type { AskManyResult, DocumentRef, PlacedAnswer } from '../../server/protocol.js';
import { type ShownAnswer, Snapshot } from '../answers/store.js';
import { worthHighlighting } from '../answers/worth-showing.js';
import type { Part } from './target.js';

export class AskedParts implements vscode.Disposable {
  readonly #snapshots = new Map<string, Snapshot>();
  readonly documents: readonly DocumentRef[];

  constructor(parts: readonly Part[]) {
    this.documents = parts.map(({ document, range }, i) => {
      // A document may have several parts.
      const uri = document.uri.with({ fragment: `${document.uri.fragment}part${i}` }).toString();
      const snapshot = new Snapshot(document, range, true);
      this.#snapshots.set(uri, snapshot);
      return { uri, text: snapshot.text, languageId: document.languageId };
    });
  }

  /** UTF-16 units to be read. */
  get length(): number {
    return [...this.#snapshots.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * The answers at their current places, by document; each place of the same words is one of them. Ranks count over
   * all of them.
   */
  place({ answers }: Pick<AskManyResult, 'answers'>, least: number): Map<vscode.TextDocument, ShownAnswer[]> {
    const placed = new Map<vscode.TextDocument, ShownAnswer[]>();
    let rank = 0;
    const places: PlacedAnswer[] = answers.flatMap(({ also, ...best }) => [best, ...also]);
    for (const place of worthHighlighting(places, least)) {
      const snapshot = this.#snapshots.get(place.uri);
      const [answer] = snapshot?.place([place]) ?? [];
      if (!snapshot || !answer) continue;
      rank++;
      placed.set(snapshot.document, [...(placed.get(snapshot.document) ?? []), { ...answer, rank }]);
    }
    return placed;
  }

  dispose(): void {
    for (const snapshot of this.#snapshots.values()) snapshot.dispose();
  }
}
