/**
 * The answers that are highlighted in the document that was asked last, for the tree "Answers". They follow its edits,
 * and go when its highlights go.
 */
import * as vscode from 'vscode';
import type { AnswerStore, DocumentAnswers, ShownAnswer } from '../answers/store.js';
import { originalOf } from '../shared/extracted-uri.js';
import { documentName, oneLine } from '../shared/texts.js';
import type { Section, TreePlace } from './results.js';

/** The answers that are marked on the pages of a PDF. */
export interface PageSource {
  readonly onDidChange: vscode.Event<void>;
  clear(file: vscode.Uri): void;
  readonly shown:
    | {
        uri: vscode.Uri;
        answers: {
          question: string;
          guess: boolean;
          /** Best first. */
          answers: readonly Pick<TreePlace, 'text' | 'prose' | 'probability' | 'grade' | 'page'>[];
        };
      }
    | undefined;
}

/** UTF-16 units of a sentence in the tree. */
const MOST = 300;

export class ShownSection implements vscode.Disposable {
  readonly #store: AnswerStore;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #pages: PageSource;
  readonly #subscriptions: vscode.Disposable[];
  #document: vscode.TextDocument | undefined;
  /** Answers that have been seen: a new object is that of a new question, or of more that was read. */
  readonly #known = new WeakSet<DocumentAnswers>();
  /** The answers on pages that were seen last. */
  #onPages: readonly object[] | undefined;
  /** A newer question was about many documents. */
  #isHidden = false;

  constructor(store: AnswerStore, pages: PageSource) {
    this.#store = store;
    this.#pages = pages;
    this.#subscriptions = [
      this.#changed,
      store.onDidChange((document) => this.#follow(document)),
      pages.onDidChange(() => this.#followPages()),
    ];
  }

  /** A question about many documents begins: the list has only its answers, until one document is asked again. */
  hide(): void {
    this.#isHidden = true;
    this.#changed.fire();
  }

  get current(): Section | undefined {
    if (this.#isHidden) return undefined;
    const entry = this.#store.of(this.#document);
    if (!entry) return this.#ofPages();
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
    const { shown } = this.#pages;
    if (shown) this.#pages.clear(shown.uri);
  }

  #ofPages(): Section | undefined {
    const { shown } = this.#pages;
    if (!shown) return undefined;
    const { question, guess, answers } = shown.answers;
    const uri = shown.uri.toString();
    const places = answers.map((answer, index): TreePlace => {
      const { text, prose, probability, grade, page } = answer;
      const place = { uri, start: index, end: index + 1, line: 0, character: 0, endLine: 0, endCharacter: 0 };
      return { ...place, text, prose, probability, grade, ...(page && { page }), asked: question, onPages: index };
    });
    return { question, name: documentName(shown.uri), guess, reading: false, places };
  }

  /** What was answered last is listed: the pages of a PDF, or a text. */
  #followPages(): void {
    const answers = this.#pages.shown?.answers.answers;
    if (answers === this.#onPages) return;
    this.#onPages = answers;
    if (answers) {
      this.#document = undefined;
      this.#isHidden = false;
    }
    this.#changed.fire();
  }

  #follow(document: vscode.TextDocument): void {
    const entry = this.#store.of(document);
    if (entry && !this.#known.has(entry)) {
      this.#known.add(entry);
      // What was opened from a list is in that list.
      if (!entry.listed) {
        this.#document = document;
        this.#isHidden = false;
      } else if (document === this.#document) this.#document = undefined;
      this.#changed.fire();
    } else if (document === this.#document) this.#changed.fire();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
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
