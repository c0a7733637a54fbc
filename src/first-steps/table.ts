/** The first steps: which sample is asked what, and what completes a step of the walkthrough. */

export const SAMPLE_FILE = 'samples/service-agreement.md';
/** In the language of the model. */
export const SAMPLE_QUESTION = 'How much is the monthly fee?';

/** Steps that a command completes; the others follow keys that exist anyway. */
export type Step = 'answers' | 'many' | 'gpu';

/** Commands by the step that they complete. */
export const STEP_OF: Readonly<Record<string, Step>> = {
  nextAnswer: 'answers',
  previousAnswer: 'answers',
  peekAnswers: 'answers',
  copyAnswer: 'answers',
  copyAnswerWithSource: 'answers',
  askWorkspace: 'many',
  askFolder: 'many',
  askOpenEditors: 'many',
  runQuestionSet: 'many',
  reportDiagnostics: 'gpu',
};

/** An outcome of a question has a status, a table has a phase; anything else says by being there that it was done. */
export function succeeded(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return Boolean(result);
  const { status, phase } = result as { status?: unknown; phase?: unknown };
  if (status !== undefined) return status === 'answered' || status === 'noAnswer';
  return phase === undefined || phase === 'done';
}
