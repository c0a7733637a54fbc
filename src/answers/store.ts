/**
 * The answers of each document: where they are now, and which one is current. Places follow every edit; an
 * answer whose own text was edited is dropped, and comes back when the edit is undone. Text and place are compared
 * after each change, so what is kept is correct.
 */

import * as vscode from 'vscode';
import type { Answer, AskResult, Grade, OffsetRange } from '../../server/protocol.js';
import { LostAnswers } from './lost.js';
import { type Edit, EditLog, followAll, type Place } from './tracking.js';
import { type Where, whereOf } from './where.js';

/** One answer at its current place. */
export interface ShownAnswer extends Place {
  readonly text: string;
  readonly probability: number;
  readonly grade: Grade;
  /** 1 for the best. */
  readonly rank: number;
  readonly range: vscode.Range;
  /** The parts of `range` that are read: without the markup and comment markers between its words. At least one. */
  readonly parts: readonly vscode.Range[];
  /** The words as a reader sees them, where that is not `text`. */
  readonly prose?: string | undefined;
  /** Headings or keys above it, outermost first. */
  readonly path?: readonly string[] | undefined;
  /** The items of a list that is the answer as a whole: the exact characters, and the words as a reader sees them. */
  readonly items?: readonly { readonly text: string; readonly prose?: string | undefined }[] | undefined;
  /** The sentence around it as it was read, and how many characters of it are before the answer. */
  readonly sentence?: { readonly text: string; readonly lead: number } | undefined;
  /** In the file that the text was extracted from; without members in any other text. */
  readonly where?: Where | undefined;
  /** In how many places of the document the same words answer. Default: one. */
  readonly count?: number | undefined;
}

/** An answer as it is found in a document by its place and words: scores say nothing there. */
export type Located = Omit<Answer, 'score' | 'margin'>;

/** What is shown of a result besides its answers; engine and time are unknown while reading continues. */
export type ShownResult = Pick<AskResult, 'question' | 'noAnswer'> & {
  [key in 'engine' | 'timing' | 'correctedQuestion' | 'read' | 'otherLanguage']?: AskResult[key] | undefined;
};

/** How much of a document has been read while its best answers so far are shown, in windows. */
export interface ReadSoFar {
  phase: 'reading' | 'cancelled' | 'failed' | 'done';
  done: number;
  total: number;
}

/** What is highlighted in one document. */
export interface DocumentAnswers {
  readonly document: vscode.TextDocument;
  readonly question: string;
  readonly result: ShownResult;
  /** The model prefers "no answer": these are only its best guesses. */
  readonly guess: boolean;
  /** The best answers of what was read so far; undefined: of everything. */
  readonly soFar?: Readonly<ReadSoFar> | undefined;
  /** The part that was asked about; undefined: all of it. */
  readonly part?: vscode.Range | undefined;
  /** Documents that were asked about together, such as the cells of a notebook; undefined: this one alone. */
  readonly group?: readonly vscode.TextDocument[] | undefined;
  /** They were opened from a list of their own: the answers of many documents, a table, the history. */
  readonly listed?: boolean | undefined;
  /** Answers that were found, including those dropped since by edits. */
  readonly found: number;
  /** In the order of their rank. */
  answers: ShownAnswer[];
  current: ShownAnswer;
}

/** What belongs to the answers of a document besides the result. */
export type AnswersOf = Partial<Pick<DocumentAnswers, 'soFar' | 'part' | 'group' | 'listed' | 'found'>>;

/** UTF-16 units of the largest document that is sent whole when only a part of it is to be read. */
const WHOLE_UNITS = 4 * 1024 * 1024;

/** A text as it was when it was taken, and every change to its document since. */
export class Snapshot implements vscode.Disposable {
  readonly text: string;
  /** The part of `text` to be read; undefined: all of it. */
  readonly range: OffsetRange | undefined;
  /** Where `text` starts in the document. */
  readonly #base: number;
  readonly #edits = new EditLog();
  readonly #eol: vscode.EndOfLine;
  readonly #subscription: vscode.Disposable;

  /** @param alone a part is taken without its surroundings */
  constructor(
    readonly document: vscode.TextDocument,
    range?: vscode.Range,
    alone = false,
  ) {
    const place = range && { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    // How to read a part depends on its surroundings, which are sent as long as that is cheap.
    const fits = () => document.offsetAt(document.lineAt(document.lineCount - 1).range.end) <= WHOLE_UNITS;
    const whole = !place || (!alone && fits());
    this.text = document.getText(whole ? undefined : range);
    this.range = whole ? place : undefined;
    this.#base = whole ? 0 : place.start;
    this.#eol = document.eol;
    this.#subscription = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document) this.#edits.add(editsOf(event));
    });
  }

  /** The answers at their current places; those that are gone or whose text differs are left out. */
  place(answers: readonly Answer[]): ShownAnswer[] {
    if (this.document.isClosed || this.document.eol !== this.#eol) return [];
    const placed: ShownAnswer[] = [];
    for (const answer of answers) {
      const before = { start: this.#base + answer.start, end: this.#base + answer.end };
      const now = this.#edits.placeOf(before);
      const range = now && verified(this.document, now, answer.text);
      if (now && range) placed.push(placedAt(this.document, answer, now, range, placed.length + 1, this.text));
    }
    return placed;
  }

  /** UTF-16 units to be read. */
  get length(): number {
    return this.range ? this.range.end - this.range.start : this.text.length;
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}

export class AnswerStore implements vscode.Disposable {
  readonly #documents = new Map<vscode.TextDocument, { answers: DocumentAnswers; eol: vscode.EndOfLine }>();
  readonly #lost = new LostAnswers<vscode.TextDocument, DocumentAnswers, ShownAnswer>();
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly #subscriptions: vscode.Disposable[];
  /** Answers of this document were added, moved or removed, or the current one changed. */
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscriptions = [
      this.#changed,
      vscode.workspace.onDidChangeTextDocument((event) => this.#follow(event)),
      // A change of language also arrives as closing and opening; the document still exists afterwards.
      vscode.workspace.onDidCloseTextDocument((document) => {
        setTimeout(() => {
          if (!vscode.workspace.textDocuments.includes(document)) this.clear(document);
        });
      }),
    ];
  }

  get isEmpty(): boolean {
    return this.#documents.size === 0;
  }

  of(document: vscode.TextDocument | undefined): DocumentAnswers | undefined {
    return document && this.#documents.get(document)?.answers;
  }

  ofUri(uri: vscode.Uri): DocumentAnswers | undefined {
    const key = uri.toString();
    for (const { answers } of this.#documents.values()) {
      if (answers.document.uri.toString() === key) return answers;
    }
    return undefined;
  }

  /**
   * Replaces the answers of a document.
   * @param placed at least one
   * @param of `soFar` is the same object for one question: the answer that the user went to stays current
   */
  set(
    document: vscode.TextDocument,
    result: ShownResult,
    placed: ShownAnswer[],
    guess: boolean,
    { soFar, part, group, listed, found = placed.length }: AnswersOf = {},
  ): DocumentAnswers {
    const before = this.of(document);
    const current = soFar && before?.soFar === soFar ? before.current : undefined;
    const chosen =
      current && current.rank > 1
        ? placed.find(({ start, end }) => start === current.start && end === current.end)
        : undefined;
    const answers: DocumentAnswers = {
      document,
      question: result.question,
      result,
      guess,
      soFar,
      part,
      group,
      listed,
      found,
      answers: placed,
      current: chosen ?? placed[0]!,
    };
    this.#documents.set(document, { answers, eol: document.eol });
    this.#lost.forget(document);
    this.#changed.fire(document);
    return answers;
  }

  /** The description of the answers of a document has changed. */
  touch(document: vscode.TextDocument): void {
    if (this.#documents.has(document)) this.#changed.fire(document);
  }

  clear(document: vscode.TextDocument): void {
    this.#lost.forget(document);
    if (this.#documents.delete(document)) this.#changed.fire(document);
  }

  /** Makes another answer current: by steps from the current one (wrapping around), or by rank. */
  move(document: vscode.TextDocument, to: { step: number } | { rank: number }): DocumentAnswers | undefined {
    const entry = this.of(document);
    if (!entry) return undefined;
    const { answers } = entry;
    const next =
      'rank' in to
        ? answers.find((answer) => answer.rank === to.rank)
        : answers[(answers.indexOf(entry.current) + to.step + answers.length) % answers.length];
    entry.current = next ?? entry.current;
    this.#changed.fire(document);
    return entry;
  }

  #follow(event: vscode.TextDocumentChangeEvent): void {
    const { document } = event;
    const held = this.#documents.get(document);
    const entry = held?.answers ?? this.#lost.of(document);
    if (!entry || (event.contentChanges.length === 0 && held?.eol === document.eol)) return;
    const edits = editsOf(event);
    const otherEol = held !== undefined && held.eol !== document.eol;
    // Every offset is another one.
    if (otherEol) this.#lost.forget(document);
    const back = this.#lost.follow(document, edits, (answer, place) => movedTo(document, answer, place));
    if (!held && back.answers.length === 0) return;
    const { rank } = entry.current;
    const gone: ShownAnswer[] = [];
    const kept = entry.answers.flatMap((answer) => {
      const place = otherEol ? undefined : followAll(answer, edits);
      const moved = otherEol ? atSamePosition(document, answer) : place && movedTo(document, answer, place);
      if (!moved) gone.push(answer);
      return moved ? [moved] : [];
    });
    entry.answers = [...kept, ...back.answers].toSorted((a, b) => a.rank - b.rank);
    // The current one if it still exists, or exists again; otherwise the next better one.
    const wanted = back.current && (!held || back.current.instead === rank) ? back.current.current : rank;
    const current = entry.answers.findLast((answer) => answer.rank <= wanted) ?? entry.answers[0];
    if (gone.length > 0 && !otherEol) {
      this.#lost.add(entry, edits, { answers: gone, current: rank, instead: current?.rank });
    }
    if (current) {
      entry.current = current;
      this.#documents.set(document, { answers: entry, eol: document.eol });
    } else this.#documents.delete(document);
    this.#changed.fire(document);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#documents.clear();
  }
}

function editsOf(event: vscode.TextDocumentChangeEvent): Edit[] {
  return event.contentChanges.map(({ rangeOffset, rangeLength, text }) => ({
    start: rangeOffset,
    end: rangeOffset + rangeLength,
    inserted: text.length,
  }));
}

function movedTo(document: vscode.TextDocument, answer: ShownAnswer, place: Place): ShownAnswer | undefined {
  const range = verified(document, place, answer.text);
  if (!range) return undefined;
  const by = place.start - answer.start;
  // Nothing inside was touched: every part has moved as the whole has.
  const parts = answer.parts.map((part) => {
    if (part.isEqual(answer.range)) return range;
    const lines = range.start.line - answer.range.start.line;
    const moved = (position: vscode.Position) =>
      position.line === answer.range.start.line
        ? range.start.translate(0, position.character - answer.range.start.character)
        : position.translate(lines);
    return new vscode.Range(moved(part.start), moved(part.end));
  });
  return { ...answer, start: answer.start + by, end: answer.end + by, range, parts };
}

/**
 * A change of line ends moves every offset but no position: it arrives as one edit of the whole text, but nothing was
 * edited.
 */
function atSamePosition(document: vscode.TextDocument, answer: ShownAnswer): ShownAnswer | undefined {
  const text = document.getText(answer.range);
  if (text.replaceAll('\r\n', '\n') !== answer.text.replaceAll('\r\n', '\n')) return undefined;
  const start = document.offsetAt(answer.range.start);
  return { ...answer, text, start, end: start + text.length };
}

/**
 * An answer whose words were found at `place`, the range `range`.
 * @param read the text that was read, for the sentence
 */
export function placedAt(
  document: vscode.TextDocument,
  answer: Located,
  place: Place,
  range: vscode.Range,
  rank: number,
  read?: string,
): ShownAnswer {
  const { text, probability, grade, prose, path, ranges, also = [], sentence } = answer;
  const by = place.start - answer.start;
  const parts = partsOf(answer).map(
    ({ start, end }) => new vscode.Range(document.positionAt(start + by), document.positionAt(end + by)),
  );
  const placed = { start: place.start, end: place.end, text, probability, grade, rank, range, where: whereOf(answer) };
  const around = read !== undefined && sentence ? read.slice(sentence.start, sentence.end) : undefined;
  return {
    ...placed,
    parts: parts.length > 0 ? parts : [range],
    prose,
    path,
    ...(ranges && { items: ranges.map((item) => ({ text: item.text, prose: item.prose })) }),
    ...(around && sentence && { sentence: { text: around, lead: answer.start - sentence.start } }),
    ...(also.length > 0 && { count: also.length + 1 }),
  };
}

/** The parts of an answer, in order; none if they are not inside it. */
function partsOf({ start, end, parts = [] }: Located): OffsetRange[] {
  let from = start;
  for (const part of parts) {
    if (part.start < from || part.end <= part.start || part.end > end) return [];
    from = part.end;
  }
  return parts;
}

/** The range of a place, if the text there is what it should be. */
function verified(document: vscode.TextDocument, place: Place, text: string): vscode.Range | undefined {
  const range = new vscode.Range(document.positionAt(place.start), document.positionAt(place.end));
  return document.getText(range) === text ? range : undefined;
}
