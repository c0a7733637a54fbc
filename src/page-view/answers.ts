/** The answers to a question about a PDF, and what is said about them. */
import * as vscode from 'vscode';
import type { Grade } from '../../server/protocol.js';
import { confidence } from '../answers/grade.js';
import { oneLine } from '../shared/texts.js';
import type { Marks, PageBox } from './messages.js';

export interface PageAnswer {
  /** The exact words. */
  text: string;
  /** The words as a reader sees them, if that is not `text`. */
  prose?: string | undefined;
  probability: number;
  grade: Grade;
  /** From 1: where it begins. */
  page: number;
  /** One for each word or line; empty: it is known only that it is on this page. */
  boxes: readonly PageBox[];
}

export interface PageAnswers {
  question: string;
  /** Best first, at least one. */
  answers: readonly PageAnswer[];
  /** The model prefers "no answer": these are only its best guesses. */
  guess: boolean;
  /** The file is still read, or reading it ended without a result: there may be better ones. */
  soFar?: true;
  /** Index of the answer that is shown. Default: the best. */
  current?: number | undefined;
}

const currentOf = ({ answers, current = 0 }: PageAnswers): PageAnswer | undefined => answers[current];

/** What the page is told. */
export const marksOf = (shown: PageAnswers): Marks => ({
  answers: shown.answers.map(({ boxes, grade }) => ({ boxes, grade })),
  current: shown.current ?? 0,
  label: labelOf(shown),
});

/** "Answer 1 of 3, page 7: twelve months (sure, 87 %)" */
export function labelOf(shown: PageAnswers): string {
  const { l10n } = vscode;
  const answer = currentOf(shown);
  if (!answer) return '';
  const { text, prose, page } = answer;
  const rank = (shown.current ?? 0) + 1;
  const count = shown.answers.length;
  const which = shown.guess
    ? l10n.t('Guess {0} of {1}, page {2}', rank, count, page)
    : shown.soFar
      ? l10n.t('Answer {0} of {1} so far, page {2}', rank, count, page)
      : l10n.t('Answer {0} of {1}, page {2}', rank, count, page);
  return `${which}: ${oneLine(prose ?? text, 80)} (${confidence(answer)})`;
}

/** The neighbour of the current answer, around the ends. */
export function stepped(shown: PageAnswers, step: 1 | -1): PageAnswers {
  const count = shown.answers.length;
  return { ...shown, current: ((shown.current ?? 0) + step + count) % count };
}
