/**
 * The best answers so far of a question about a long document: highlighted while it is read, and kept, marked as such,
 * if reading ends without a result. They change as better ones are found; only the first is scrolled to.
 */
import type { Answer, AskProgress } from '../../server/protocol.js';
import { reveal } from './reveal.js';
import type { AnswerStore, DocumentAnswers, ReadSoFar, Snapshot } from './store.js';
import { worthHighlighting } from './worth-showing.js';

export class SoFarAnswers {
  readonly #store: AnswerStore;
  readonly #snapshot: Snapshot;
  readonly #question: string;
  readonly #leastProbability: () => number;
  readonly #mayScroll: () => boolean;
  readonly #read: ReadSoFar = { phase: 'reading', done: 0, total: 0 };
  /** What was highlighted last. */
  #last: DocumentAnswers | undefined;
  /** What was scrolled to, at its place in the text that is read. */
  #revealed: Answer | undefined;

  /**
   * @param leastProbability of the answers shown, except the best
   * @param mayScroll whether the user is still where the question was asked
   */
  constructor(
    store: AnswerStore,
    snapshot: Snapshot,
    question: string,
    leastProbability: () => number,
    mayScroll: () => boolean = () => true,
  ) {
    this.#store = store;
    this.#snapshot = snapshot;
    this.#question = question;
    this.#leastProbability = leastProbability;
    this.#mayScroll = mayScroll;
  }

  /** Takes progress from the sidecar; progress after the end is ignored. */
  report({ stage, done, total, answers = [], noAnswer }: AskProgress): void {
    const read = this.#read;
    const snapshot = this.#snapshot;
    const store = this.#store;
    const question = this.#question;
    if (read.phase !== 'reading') return;
    if (stage === 'engine') Object.assign(read, { done, total });
    // While a file is extracted, answers have no exact place in its text.
    if (stage !== 'engine' || !noAnswer || noAnswer.chosen || !this.#mayShow()) return;
    const wanted = worthHighlighting(answers, this.#leastProbability());
    const placed = snapshot.place(wanted);
    if (placed.length === 0) return;
    this.#last = store.set(snapshot.document, { question, noAnswer }, placed, false, { soFar: read });
    if (this.#revealed) return;
    if (!this.#mayScroll()) return;
    this.#revealed = this.#firstPlaced(wanted);
    reveal(this.#last);
  }

  /** Reading ended without a result. @returns what stays highlighted */
  stop(phase: 'cancelled' | 'failed'): DocumentAnswers | undefined {
    this.#read.phase = phase;
    const entry = this.#highlighted;
    if (entry) this.#store.touch(entry.document);
    return entry;
  }

  /** The result takes over: nothing more is shown. @returns whether its best answer is where the view already is */
  finish(answers: readonly Answer[]): boolean {
    this.#read.phase = 'done';
    const best = this.#revealed && this.#firstPlaced(answers);
    return best !== undefined && best.start < this.#revealed!.end && this.#revealed!.start < best.end;
  }

  /** Answers of this question, if they are what is highlighted now. */
  get #highlighted(): DocumentAnswers | undefined {
    const entry = this.#store.of(this.#snapshot.document);
    return entry?.soFar === this.#read ? entry : undefined;
  }

  /** Not if the user has since cleared them or is looking at other answers; edits alone do not count. */
  #mayShow(): boolean {
    if (!this.#last || this.#highlighted) return true;
    return this.#last.answers.length === 0 && !this.#store.of(this.#snapshot.document);
  }

  #firstPlaced(answers: readonly Answer[]): Answer | undefined {
    return answers.find((answer) => this.#snapshot.place([answer]).length > 0);
  }
}
