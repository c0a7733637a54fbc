/** The last answers of a question about many documents, kept in the state of the workspace. */
import type * as vscode from 'vscode';
import { append } from '../../server/text/arrays.js';
import { RESULTS_KEY } from '../history/entries.js';
import { isAskManyProgress, isAskManyResult } from '../sidecar/result-check.js';
import type { Run } from './results.js';

/** What is kept at most: other places of an answer, skipped files, characters in all. */
const MOST_ALSO = 20;
const MOST_SKIPPED = 200;
const MOST_UNITS = 500_000;

/** Stores a run that has ended; undefined: forgets what was stored. If it cannot be stored, it is not kept. */
export function keepRun(memory: vscode.Memento, run: Run | undefined, now = Date.now()): void {
  const kept = run && keptOf(run, now);
  memory.update(RESULTS_KEY, kept).then(undefined, () => {});
}

function keptOf(run: Run, now: number): unknown {
  const { question, scope, phase, done, total, skippedCount, beyond, filter } = run;
  const answers = run.answers.map((answer) => ({ ...answer, also: answer.also.slice(0, MOST_ALSO) }));
  const skipped = run.skipped.slice(0, MOST_SKIPPED);
  const result = run.result && { ...run.result, answers: [], skipped: [] };
  const kept = {
    question,
    scope,
    phase,
    done,
    total,
    skippedCount,
    beyond,
    filter,
    answers,
    skipped,
    result,
    asked: now,
  };
  return JSON.stringify(kept).length <= MOST_UNITS ? kept : undefined;
}

/** What was kept; undefined: nothing, or it is damaged or of another version. */
export function keptRun(memory: vscode.Memento): Run | undefined {
  const stored: unknown = memory.get(RESULTS_KEY);
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { question, scope, phase, done, total, skippedCount, beyond, filter, answers, skipped, result, asked } =
    stored as Record<string, unknown>;
  const isEnded = phase === 'done' || phase === 'cancelled' || phase === 'failed';
  const isText = (value: unknown): value is string => typeof value === 'string';
  const counts = { done, total, skipped: skippedCount, answers };
  if (!isText(question) || !isText(scope) || !isEnded || !isAskManyProgress(counts)) return undefined;
  if (!(Number.isInteger(beyond) && Number.isInteger(asked)) || !Array.isArray(skipped)) return undefined;
  if (filter !== undefined && !isText(filter)) return undefined;
  const run: Run = {
    question,
    scope,
    phase,
    done: counts.done,
    total: counts.total,
    skippedCount: counts.skipped,
    beyond: beyond as number,
    answers: counts.answers,
    skipped: [],
    asked: asked as number,
    ...(filter !== undefined && { filter }),
  };
  if (result !== undefined) {
    const whole = { ...(result as object), skipped };
    if (!isAskManyResult(whole)) return undefined;
    run.result = { ...whole, answers: [...run.answers] };
    append(run.skipped, whole.skipped);
  }
  return run;
}
