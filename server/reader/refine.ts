/** Between the n-best spans of a document and its answers: removes echoes of the question, completes lists. */
import { stemOf, stemsOfQuestion, wordsOf } from '../text/stems.js';
import type { ReadingView } from '../views/base/reading-view.js';
import { answersFromLists, type ListedAnswer } from './list-answers.js';
import { listsOf } from './lists.js';
import type { ProjectedAnswer, Projection } from './projection.js';

export interface Refined {
  answers: ListedAnswer[];
  nullScore: number;
  nullProbability: number;
}

/**
 * @param file the text that `view` is of
 * @param within the part of the view that was read
 */
export function refine(
  { answers: found, nullScore, nullProbability }: ReturnType<Projection['finish']>,
  question: string,
  view: ReadingView,
  file: string,
  within: { start: number; end: number },
): Refined {
  const answering = withoutEchoes(found, question, view);
  const answers = answersFromLists(answering, question, { text: view.text, lists: listsOf(view, file), within });
  const [best] = answers;
  if (best === undefined) return { answers, nullScore, nullProbability };
  // Removed and reweighted spans change the probabilities of all.
  const sum = answers.reduce((total, { probability }) => total + probability, nullProbability);
  return {
    answers: answers.map((answer) => ({
      ...answer,
      probability: Math.min(answer.atMost ?? 1, answer.probability / sum),
    })),
    nullScore: best.score - best.margin,
    nullProbability: nullProbability / sum,
  };
}

/**
 * Drops spans of headings, lead-ins and questions that only repeat the question: the answer is below them. So does the
 * cell of a table by which the question names the row, unless it asks which of several, or for the cell's column: "the
 * SPDX identifier of the 3-clause BSD License" is "BSD-3-Clause". Keeps all spans if nothing else was found.
 */
export function withoutEchoes(
  found: readonly ProjectedAnswer[],
  question: string,
  view: ReadingView,
): ProjectedAnswer[] {
  const asked = new Set([...wordsOf(question).map(stemOf), ...stemsOfQuestion(question)]);
  const kind = kindAskedFor(question);
  const isChoice = /\b(?:or|oder)\b/iu.test(question);
  const field = fieldAskedFor(question);
  const kept = found.filter(({ start, end }) => {
    const stems = wordsOf(view.text.slice(start, end)).map(stemOf);
    if (kind !== undefined && stems.length > 0 && stems.every((stem) => stem === kind)) return false;
    if (!stems.every((stem) => asked.has(stem))) return true;
    return !leadsOn(view, start, end) && (isChoice || !isCell(view, start, end) || isColumn(view, start, field));
  });
  return kept.length > 0 ? kept : [...found];
}

/** "Which header is sent?" asks for a header: the word "header" alone does not answer it. */
function kindAskedFor(question: string): number | undefined {
  const [, noun] = /\b(?:which|what)\s+(\p{L}+)/iu.exec(question) ?? [];
  return noun === undefined ? undefined : stemOf(noun.toLowerCase());
}

const FIELD =
  /^\s*(?:in )?(?:(?:what|which|who|wer|was|wie)\s+(?:is|are|was|were|ist|sind|war|waren|lautet|lauten|heißt|heißen)(?:\s+(?:the|its|an?|der|die|das|ein|eine))?|what|which|welche[rsmn]?)\s+(.*)/isu;

/** Stems of what a question asks for, in its order: of "What is the SPDX identifier of X?" those from "SPDX". */
const fieldAskedFor = (question: string): readonly number[] => wordsOf(FIELD.exec(question)?.[1] ?? '').map(stemOf);

/** Whether the question asks for the column of a cell: its name stands before the cell. */
function isColumn(view: ReadingView, start: number, field: readonly number[]): boolean {
  const name = stemsBefore(view, start);
  return name.length > 0 && name.every((stem, i) => stem === field[i]);
}

/** Stems of what stands before a place in its cell: the name of the column. */
export function stemsBefore(view: ReadingView, place: number): number[] {
  const unit = view.unitAt(place);
  return unit && unit.start < place ? wordsOf(view.text.slice(unit.start, place)).map(stemOf) : [];
}

/** Whether a span is all that a cell of a table says. */
function isCell(view: ReadingView, start: number, end: number): boolean {
  if (view.blockAt(start)?.kind !== 'tableRow') return false;
  const unit = view.unitAt(start);
  const said = unit && view.withoutInserted(unit, { start, end });
  return (
    said !== undefined && !/[\p{L}\p{N}]/u.test(view.text.slice(said.start, start) + view.text.slice(end, said.end))
  );
}

/** Units after a span in which the end of its line is searched. */
const REACH = 300;

/** Whether a span is in a heading, or in a line that ends with a colon or a question mark. */
function leadsOn(view: ReadingView, start: number, end: number): boolean {
  const block = view.blockAt(start);
  if (block?.kind === 'heading') return true;
  const line = view.text.slice(end, Math.min(block?.end ?? view.text.length, end + REACH));
  return /^[^\n.!]*[:?]["'”’)*_]*\s*(?:\n|$)/.test(line);
}
