/**
 * What an evaluation counts, for each group of questions: how good the spans are (exact match, F1, best F1 of several
 * answers, place) and, separately, how good the decision "no answer" is. Words are compared as in SQuAD.
 */
import { largest } from '../text/arrays.js';
import { exactScore, f1Score, normalizeAnswer } from './squad-metrics.js';

/** A text and, if different, the same words without markup; the better of the two counts. */
export interface Forms {
  text: string;
  prose?: string | undefined;
}

export interface Span extends Forms {
  /** UTF-16 units; missing: places are not compared. */
  start?: number | undefined;
  /** In another document or outside every acceptable span, if places count: wrong, whatever it says. */
  misplaced?: boolean | undefined;
}

/** One question that was asked. */
export interface Outcome {
  /** Acceptable spans; none: the text has no answer. */
  golds: readonly Span[];
  /** Best first; also filled if "no answer" was decided. */
  answers: readonly Span[];
  /** "No answer" was decided. */
  noAnswer: boolean;
  /** Among other documents: the best answer is in one of them. */
  elsewhere?: boolean;
}

/** Scores of one question, 0..1. */
export interface Score {
  exact: number;
  f1: number;
  /** Best F1 of all answers. */
  f1Any: number;
  /** The best answer overlaps an acceptable span; undefined: places unknown. */
  place?: number | undefined;
  /** With the decision: "no answer" counts as the empty text, as in SQuAD v2.0. */
  exactDecided: number;
  f1Decided: number;
}

/** Percentages; null: nothing to count. */
export interface Figures {
  questions: number;
  answerable: number;
  /** Over the answerable questions, regardless of the decision. */
  exact: number | null;
  f1: number | null;
  f1Any: number | null;
  place: number | null;
  /** Over the answerable questions: the best answer is in another document; null: there were none. */
  elsewhere: number | null;
  /** Of the questions decided to have no answer, those that have none. */
  noAnswerPrecision: number | null;
  /** Of the questions without an answer, those decided so. */
  noAnswerRecall: number | null;
  /** Over all questions, with the decision. */
  exactDecided: number | null;
  f1Decided: number | null;
}

const forms = ({ text, prose }: Forms): string[] => (prose === undefined ? [text] : [text, prose]);

/** @param version2 SQuAD v2.0's handling of texts without words; see {@link f1Score} */
export function scoreOf({ golds, answers, noAnswer }: Outcome, version2: boolean): Score {
  let expected = golds.flatMap(forms);
  if (version2) expected = expected.filter((gold) => normalizeAnswer(gold) !== '');
  const unanswerable = golds.length === 0;
  if (expected.length === 0) expected = [''];
  const best = (found: Span | undefined, score: (text: string, gold: string) => number): number =>
    found?.misplaced
      ? 0
      : largest(forms(found ?? { text: '' }).flatMap((text) => expected.map((gold) => score(text, gold))));
  const f1 = (text: string, gold: string) => f1Score(text, gold, version2);
  const top = answers[0];
  const decided = noAnswer ? undefined : top;
  return {
    exact: best(top, exactScore),
    f1: best(top, f1),
    f1Any: Math.max(best(top, f1), ...answers.slice(1).map((answer) => best(answer, f1))),
    place: unanswerable ? undefined : top?.misplaced ? 0 : placed(top, golds),
    exactDecided: best(decided, exactScore),
    f1Decided: best(decided, f1),
  };
}

/** Whether an answer overlaps an acceptable span (0 or 1); undefined: no place is known. */
export function placed(answer: Span | undefined, golds: readonly Span[]): number | undefined {
  const known = golds.flatMap(({ start, text }) => (start === undefined ? [] : [{ start, end: start + text.length }]));
  if (known.length === 0) return undefined;
  if (answer?.start === undefined) return 0;
  const { start } = answer;
  const end = start + answer.text.length;
  return known.some((gold) => start < gold.end && gold.start < end) ? 1 : 0;
}

interface EvaluatedQuestion extends Score {
  group: string;
  answerable: boolean;
  noAnswer: boolean;
  elsewhere: number | undefined;
}

/** Collects questions one by one. */
export class Evaluation {
  readonly #version2: boolean;
  readonly #rows: EvaluatedQuestion[] = [];

  constructor(version2: boolean) {
    this.#version2 = version2;
  }

  get total(): number {
    return this.#rows.length;
  }

  add(group: string, outcome: Outcome): Score {
    const score = scoreOf(outcome, this.#version2);
    const { golds, noAnswer, elsewhere } = outcome;
    const row = { group, answerable: golds.length > 0, noAnswer };
    this.#rows.push({ ...score, ...row, elsewhere: elsewhere === undefined ? undefined : Number(elsewhere) });
    return score;
  }

  overall(): Figures {
    return figuresOf(this.#rows);
  }

  /** In the order of their first question. */
  groups(): Map<string, Figures> {
    const groups = new Map<string, EvaluatedQuestion[]>();
    for (const row of this.#rows) {
      const rows = groups.get(row.group);
      if (rows) rows.push(row);
      else groups.set(row.group, [row]);
    }
    return new Map([...groups].map(([name, rows]) => [name, figuresOf(rows)]));
  }
}

function figuresOf(rows: readonly EvaluatedQuestion[]): Figures {
  const answerable = rows.filter((row) => row.answerable);
  const known = (key: 'place' | 'elsewhere') => answerable.flatMap((row) => row[key] ?? []);
  const [places, elsewhere] = [known('place'), known('elsewhere')];
  const decided = rows.filter((row) => row.noAnswer);
  const right = decided.filter((row) => !row.answerable).length;
  const mean = (part: readonly EvaluatedQuestion[], key: 'exact' | 'f1' | 'f1Any' | 'exactDecided' | 'f1Decided') =>
    percentage(sum(part.map((row) => row[key])), part.length);
  return {
    questions: rows.length,
    answerable: answerable.length,
    exact: mean(answerable, 'exact'),
    f1: mean(answerable, 'f1'),
    f1Any: mean(answerable, 'f1Any'),
    place: percentage(sum(places), places.length),
    elsewhere: percentage(sum(elsewhere), elsewhere.length),
    noAnswerPrecision: percentage(right, decided.length),
    noAnswerRecall: percentage(right, rows.length - answerable.length),
    exactDecided: mean(rows, 'exactDecided'),
    f1Decided: mean(rows, 'f1Decided'),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const percentage = (part: number, whole: number): number | null => (whole === 0 ? null : (100 * part) / whole);

/** Question words by which questions are grouped; the first one in a question decides. */
const QUESTION_WORDS = new Map(
  Object.entries({
    who: 'who',
    whom: 'who',
    whose: 'who',
    what: 'what',
    when: 'when',
    where: 'where',
    how: 'how',
    which: 'which',
    why: 'why',
  }),
);
const COUNTED = new Set(['many', 'much']);

/** `who`, `what`, `when`, `where`, `how many` (and much), `how`, `which`, `why` or `other`. */
export function questionType(question: string): string {
  const words = question.toLowerCase().match(/\p{L}+/gu) ?? [];
  const at = words.findIndex((word) => QUESTION_WORDS.has(word));
  if (at < 0) return 'other';
  const type = QUESTION_WORDS.get(words[at])!;
  return type === 'how' && COUNTED.has(words[at + 1]) ? 'how many' : type;
}
