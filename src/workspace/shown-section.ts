/**
 * The answers that are highlighted in the document that was asked last, for the tree "Answers". They follow its edits,
 * and go when its highlights go.
 */
import * as vscode from 'vscode';
import type { AnswerStore, DocumentAnswers, ShownAnswer } from '../answers/store.js';
import { originalOf } from '../shared/extracted-uri.js';
import { documentName, oneLine } from '../shared/texts.js';
import type { Section, TreePlace } from './results.js';

/** UTF-16 units of a sentence in the tree. */
const MOST = 300;

export class ShownSection implements vscode.Disposable {
  readonly #store: AnswerStore;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #subscription: vscode.Disposable;
  #document: vscode.TextDocument | undefined;
  /** Answers that have been seen: a new object is that of a new question, or of more that was read. */
  readonly #known = new WeakSet<DocumentAnswers>();

  constructor(store: AnswerStore) {
    this.#store = store;
    this.#subscription = store.onDidChange((document) => this.#follow(document));
  }

  get current(): Section | undefined {
    const entry = this.#store.of(this.#document);
    if (!entry) return undefined;
    const { document, question, guess, soFar, group = [document] } = entry;
    const all = group.flatMap((each) => {
      const here = this.#store.of(each);
      return here && here.group === entry.group ? here.answers.map((answer) => ({ document: each, answer })) : [];
    });
    all.sort((a, b) => a.answer.rank - b.answer.rank);
    return {
      question,
      name: documentName(document.uri),
      guess,
      reading: soFar?.phase === 'reading',
      places: all.map(({ document: each, answer }) => ({ ...placeOf(each, answer), asked: question })),
    };
  }

  /** Removes the highlights. */
  clear(): void {
    const entry = this.#store.of(this.#document);
    for (const document of entry?.group ?? (entry ? [entry.document] : [])) this.#store.clear(document);
  }

  #follow(document: vscode.TextDocument): void {
    const entry = this.#store.of(document);
    if (entry && !this.#known.has(entry)) {
      this.#known.add(entry);
      // What was opened from a list is in that list.
      if (!entry.listed) this.#document = document;
      else if (document === this.#document) this.#document = undefined;
      this.#changed.fire();
    } else if (document === this.#document) this.#changed.fire();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

function placeOf({ uri }: vscode.TextDocument, answer: ShownAnswer): TreePlace {
  const { start, end, text, prose, path, items, range, probability, grade, where, sentence } = answer;
  return {
    ...where,
    uri: (originalOf(uri) ?? uri).toString(),
    start,
    end,
    text,
    prose,
    path: path && [...path],
    line: range.start.line,
    character: range.start.character,
    endLine: range.end.line,
    endCharacter: range.end.character,
    probability,
    grade,
    ...(items && { items }),
    ...(sentence && { excerpt: oneLine(sentence.text, MOST) }),
  };
}
