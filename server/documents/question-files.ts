/** Common to evaluation files in all layouts: iterating over the questions, and errors with their place. */
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

export interface SquadQuestion {
  id: string;
  question: string;
  context: string;
  /** Texts of the gold answers. */
  golds: string[];
}

/** A question of a file with its place in it. */
export interface PlacedQuestion {
  place: string;
  question: SquadQuestion;
}

/** JSON, or JSON lines: one value per non-empty line. @throws AskBertError InputUnreadable */
export function parseJsonOrLines(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const lines = text.split(/\r?\n/);
    const first = lines.findIndex((line) => line.trim() !== '');
    // Several values, the first one complete on its line: JSON lines.
    if (first < 0 || !isJson(lines[first])) {
      throw new AskBertError('InputUnreadable', t('{0} is not JSON: {1}', file, (error as Error).message));
    }
    return lines.flatMap((line, i) => {
      if (line.trim() === '') return [];
      try {
        return [JSON.parse(line)];
      } catch (failure) {
        const message = t('{0}: line {1} is not JSON: {2}', file, i + 1, (failure as Error).message);
        throw new AskBertError('InputUnreadable', message);
      }
    });
  }
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

/** Whether a file is a list of questions with their contexts, as the datasets of Hugging Face are. */
export const isFlat = (root: unknown): root is unknown[] =>
  Array.isArray(root) && root.length > 0 && typeof root[0]?.context === 'string' && root[0]?.file === undefined;

/**
 * The questions of the flat layout: id, context, question, and answers as {text: [...], answer_start: [...]}.
 * @throws AskBertError InputUnreadable, with the place
 */
export function* flatQuestions(file: string, root: readonly unknown[]): Generator<PlacedQuestion> {
  for (const [i, entry] of root.entries()) {
    const place = `[${i}]`;
    const fault = (field: string, expected: string) =>
      new AskBertError('InputUnreadable', t('{0} is not a SQuAD file: {1} is not {2}.', file, place + field, expected));
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw fault('', t('an object'));
    const { id, context, question, answers } = entry as Record<string, unknown>;
    for (const [key, value] of Object.entries({ id, context, question })) {
      if (typeof value !== 'string') throw fault(`.${key}`, t('a string'));
    }
    const texts = answers === undefined || answers === null ? [] : (answers as { text?: unknown }).text;
    if (!Array.isArray(texts) || texts.some((text) => typeof text !== 'string')) {
      throw fault('.answers.text', t('a list of strings'));
    }
    yield {
      place,
      question: {
        id: id as string,
        question: question as string,
        context: context as string,
        golds: texts as string[],
      },
    };
  }
}

/**
 * Leaves out questions that cannot be asked or counted: those without a word, and those whose id came before.
 * @param onLeftOut called for each, with a sentence that names its place
 */
export function* usable<Q extends { id: string; question: string }>(
  file: string,
  all: Iterable<{ place: string; question: Q }>,
  onLeftOut: (message: string) => void,
): Generator<Q> {
  const places = new Map<string, string>();
  for (const { place, question } of all) {
    const first = places.get(question.id);
    if (!/[\p{L}\p{N}]/u.test(question.question)) {
      onLeftOut(t('{0}: {1}.question has no words; the question is left out.', file, place));
    } else if (first !== undefined) {
      const id = JSON.stringify(question.id);
      onLeftOut(t('{0}: {1}.id is {2}, the same as {3}; the question is left out.', file, place, id, first));
    } else {
      places.set(question.id, place);
      yield question;
    }
  }
}
