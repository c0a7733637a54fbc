/**
 * The best answers so far of a question about a PDF: marked on its pages, if they are open, until the result is there,
 * and kept, named as such, if there is none. They change as better ones are found; only the first is scrolled to.
 */
import type { Answer, AskProgress } from '../../server/protocol.js';
import { worthHighlighting } from '../answers/worth-showing.js';
import type { PageAnswer, PageAnswers } from './answers.js';

/** The open pages of the file. */
export interface OpenPages {
  readonly isOpen: boolean;
  readonly shown: PageAnswers | undefined;
  show(answers: PageAnswers, reveal: boolean): void;
}

export class PagesSoFar {
  readonly #pages: OpenPages;
  readonly #question: string;
  readonly #leastProbability: number;
  readonly #onPage: (answer: Answer) => PageAnswer;
  #last: PageAnswers | undefined;

  /** @param leastProbability of the answers shown, except the best */
  constructor(pages: OpenPages, question: string, leastProbability: number, onPage: (answer: Answer) => PageAnswer) {
    this.#pages = pages;
    this.#question = question;
    this.#leastProbability = leastProbability;
    this.#onPage = onPage;
  }

  report({ answers = [], noAnswer }: AskProgress): void {
    if (!noAnswer || noAnswer.chosen || answers.length === 0 || !this.#pages.isOpen) return;
    // Not if the user has cleared them, or has gone to another one.
    if (this.#last && this.#pages.shown !== this.#last) return;
    const reveal = !this.#last;
    const wanted = worthHighlighting(answers, this.#leastProbability).map(this.#onPage);
    this.#last = { question: this.#question, answers: wanted, guess: false, soFar: true };
    this.#pages.show(this.#last, reveal);
  }
}
