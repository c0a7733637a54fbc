/** The best answers so far on the pages of a PDF: when they are marked, and when the user's own place is kept. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer, AskProgress } from '../../../server/protocol.js';
import type { PageAnswers } from '../../../src/page-view/answers.js';
import { PagesSoFar } from '../../../src/page-view/so-far.js';

const answer = (text: string, probability: number) => ({ text, probability, page: 7, grade: 'unsure' }) as Answer;

const progress = (answers: Answer[], chosen = false) =>
  ({ stage: 'extract', done: 20, total: 90, answers, noAnswer: { chosen } }) as AskProgress;

function started() {
  const marked: { texts: string[]; reveal: boolean; soFar: boolean | undefined }[] = [];
  const pages = {
    isOpen: true,
    shown: undefined as PageAnswers | undefined,
    show(answers: PageAnswers, reveal: boolean) {
      this.shown = answers;
      marked.push({ texts: answers.answers.map(({ text }) => text), reveal, soFar: answers.soFar });
    },
  };
  const onPage = ({ text, probability, grade, page = 1 }: Answer) => ({ text, probability, grade, page, boxes: [] });
  return { marked, pages, soFar: new PagesSoFar(pages, 'Who?', 0.05, onPage) };
}

describe('the best answers so far on pages', () => {
  it('are marked as such; the first is scrolled to, later ones change without moving the page', () => {
    const { marked, soFar } = started();
    soFar.report({ stage: 'extract', done: 3, total: 90 });
    soFar.report(progress([answer('Ana', 0.8), answer('Bo', 0.01)]));
    soFar.report(progress([answer('Cy', 0.9), answer('Ana', 0.2)]));
    assert.deepEqual(marked, [
      { texts: ['Ana'], reveal: true, soFar: true },
      { texts: ['Cy', 'Ana'], reveal: false, soFar: true },
    ]);
  });

  it('are not marked if there is no answer, nothing is open, or the user has cleared them or gone on', () => {
    const { marked, pages, soFar } = started();
    soFar.report(progress([answer('Ana', 0.8)], true));
    pages.isOpen = false;
    soFar.report(progress([answer('Ana', 0.8)]));
    assert.deepEqual(marked, []);
    pages.isOpen = true;
    soFar.report(progress([answer('Ana', 0.8)]));
    const last = pages.shown!;
    pages.shown = undefined;
    soFar.report(progress([answer('Bo', 0.9)]));
    pages.shown = { ...last, current: 1 };
    soFar.report(progress([answer('Cy', 0.9)]));
    assert.equal(marked.length, 1);
    pages.shown = last;
    soFar.report(progress([answer('Dee', 0.9)]));
    assert.equal(marked.length, 2);
  });
});
