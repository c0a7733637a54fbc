/**
 * The metrics of SQuAD v1.1 and v2.0, with the semantics of the official evaluation scripts: exact match and F1
 * over normalised words, best over the gold answers of a question; percentages over all questions.
 */
import { largest } from '../text/arrays.js';

/** ASCII punctuation, all of it is removed. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
// A word boundary as the official scripts (Python) have it: letters and digits of every script are word characters.
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// White space as in Python's str.split(), which differs slightly from JavaScript's \s.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the separators U+001C..U+001F are white space there.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/** Lower case, without punctuation and articles, one blank between words. */
export function normalizeAnswer(text: string): string {
  return words(text).join(' ');
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .replace(PUNCTUATION, '')
    .replace(ARTICLES, ' ')
    .split(SPACE)
    .filter((word) => word !== '');
}

/** 1 if both are equal after normalising, otherwise 0. */
export function exactScore(prediction: string, gold: string): number {
  return normalizeAnswer(prediction) === normalizeAnswer(gold) ? 1 : 0;
}

/**
 * Harmonic mean of precision and recall of the words (as bags), 0..1.
 * @param version2 two texts without words agree (1); in v1.1 nothing in common always gives 0
 */
export function f1Score(prediction: string, gold: string, version2: boolean): number {
  return f1OfWords(words(prediction), words(gold), version2);
}

function f1OfWords(found: readonly string[], expected: readonly string[], version2: boolean): number {
  if (version2 && (found.length === 0 || expected.length === 0)) {
    return found.length === expected.length ? 1 : 0;
  }
  const left = new Map<string, number>();
  for (const word of expected) left.set(word, (left.get(word) ?? 0) + 1);
  let same = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    same++;
  }
  if (same === 0) return 0;
  const precision = same / found.length;
  const recall = same / expected.length;
  return (2 * precision * recall) / (precision + recall);
}

/** One answered question. */
export interface Scored {
  /** Texts of the gold answers; none: the question has no answer in its text. */
  golds: string[];
  /** The prediction: "" for "no answer". */
  prediction: string;
  /** The best span, also where the prediction is "no answer". */
  guess: string;
  /** Null score - best score. */
  nullOdds: number;
}

/** Percentages, keyed as in the output of the official scripts; counts under `total`. */
export type Metrics = Record<string, number>;

interface SquadQuestion {
  hasAnswer: boolean;
  exact: number;
  f1: number;
  guessEmpty: boolean;
  guessExact: number;
  guessF1: number;
  nullOdds: number;
}

/** Collects questions one by one; stores a few numbers for each. */
export class SquadScorer {
  readonly #version2: boolean;
  readonly #rows: SquadQuestion[] = [];

  /** @param version2 metrics of SQuAD v2.0, otherwise v1.1 */
  constructor(version2: boolean) {
    this.#version2 = version2;
  }

  get total(): number {
    return this.#rows.length;
  }

  add({ golds, prediction, guess, nullOdds }: Scored): void {
    // Several people often gave the same answer.
    let expected = [...new Set(golds)].map(words);
    if (this.#version2) expected = expected.filter((gold) => gold.length > 0);
    if (expected.length === 0) expected = [[]];
    const scores = (text: string) => {
      const found = words(text);
      const said = found.join(' ');
      return {
        exact: expected.some((gold) => gold.join(' ') === said) ? 1 : 0,
        f1: largest(expected.map((gold) => f1OfWords(found, gold, this.#version2))),
      };
    };
    const predicted = scores(prediction);
    const guessed = guess === prediction ? predicted : scores(guess);
    this.#rows.push({
      hasAnswer: golds.length > 0,
      ...predicted,
      guessEmpty: guess === '',
      guessExact: guessed.exact,
      guessF1: guessed.f1,
      nullOdds,
    });
  }

  /** v1.1: `exact_match`, `f1`, `total`. v2.0: `exact`, `f1`, `total`, `HasAns_*`, `NoAns_*`, `best_*`. */
  metrics(): Metrics {
    const rows = this.#rows;
    if (!this.#version2) {
      return { exact_match: mean(rows, 'exact'), f1: mean(rows, 'f1'), total: rows.length };
    }
    const metrics: Metrics = { exact: mean(rows, 'exact'), f1: mean(rows, 'f1'), total: rows.length };
    for (const [name, part] of [
      ['HasAns', rows.filter((row) => row.hasAnswer)],
      ['NoAns', rows.filter((row) => !row.hasAnswer)],
    ] as const) {
      if (part.length === 0) continue;
      metrics[`${name}_exact`] = mean(part, 'exact');
      metrics[`${name}_f1`] = mean(part, 'f1');
      metrics[`${name}_total`] = part.length;
    }
    const sorted = [...rows].sort((a, b) => a.nullOdds - b.nullOdds);
    [metrics.best_exact, metrics.best_exact_thresh] = bestThreshold(sorted, 'guessExact');
    [metrics.best_f1, metrics.best_f1_thresh] = bestThreshold(sorted, 'guessF1');
    return metrics;
  }
}

function mean(rows: SquadQuestion[], key: 'exact' | 'f1'): number {
  if (rows.length === 0) return 0;
  return (100 * rows.reduce((sum, row) => sum + row[key], 0)) / rows.length;
}

/**
 * The threshold on the null odds that gives the best score: at or below it the best span is the prediction.
 * Starts from "no answer" everywhere, as the official script does.
 */
function bestThreshold(sorted: SquadQuestion[], key: 'guessExact' | 'guessF1'): [score: number, threshold: number] {
  let current = sorted.filter((row) => !row.hasAnswer).length;
  let best = current;
  let threshold = 0;
  for (const row of sorted) {
    current += row.hasAnswer ? row[key] : row.guessEmpty ? 0 : -1;
    if (current > best) {
      best = current;
      threshold = row.nullOdds;
    }
  }
  return [sorted.length === 0 ? 0 : (100 * best) / sorted.length, threshold];
}
