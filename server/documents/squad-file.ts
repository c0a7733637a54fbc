/** SQuAD files: reading one, and going through its questions article by article. */
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { readContent } from './content.js';
import {
  flatQuestions,
  isFlat,
  type PlacedQuestion,
  parseJsonOrLines,
  type SquadQuestion,
  usable,
} from './question-files.js';

export interface SquadFile {
  questions: number;
  /** Those that can be asked, in file order. */
  all(): Iterable<SquadQuestion>;
}

/** JSON, or JSON lines as a list. @throws AskBertError InputUnreadable: no file, no JSON */
export async function readJson(file: string): Promise<unknown> {
  return parseJsonOrLines((await readContent(file, { special: true })).text, file);
}

/**
 * Questions without words, and those with a duplicate id, are left out.
 * @param root the JSON in `file`: SQuAD's own layout, or the flat one of Hugging Face's datasets
 * @param onLeftOut called for each of them, with a sentence that names its place
 * @throws AskBertError InputUnreadable: no `data`; an invalid question, with its place
 */
export function squadFile(file: string, root: unknown, onLeftOut: (message: string) => void): SquadFile {
  const placed = isFlat(root) ? flatQuestions(file, root) : nestedQuestions(file, root);
  const questions = [...usable(file, placed, onLeftOut)];
  return { questions: questions.length, all: () => questions.values() };
}

function* nestedQuestions(file: string, root: unknown): Generator<PlacedQuestion> {
  const place = (path: string, expected: string) =>
    new AskBertError('InputUnreadable', t('{0} is not a SQuAD file: {1} is not {2}.', file, path, expected));
  const articles = list((root as { data?: unknown } | null)?.data, 'data');

  function list(value: unknown, path: string): Record<string, unknown>[] {
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'object' || item === null)) {
      throw place(path, t('a list of objects'));
    }
    return value;
  }
  function string(value: unknown, path: string): string {
    if (typeof value !== 'string') throw place(path, t('a string'));
    return value;
  }

  for (const [a, article] of articles.entries()) {
    const inArticle = `data[${a}].paragraphs`;
    for (const [p, paragraph] of list(article.paragraphs, inArticle).entries()) {
      const inParagraph = `${inArticle}[${p}]`;
      const context = string(paragraph.context, `${inParagraph}.context`);
      for (const [q, qa] of list(paragraph.qas, `${inParagraph}.qas`).entries()) {
        const place = `${inParagraph}.qas[${q}]`;
        // Files without gold answers (a blind test set) can be predicted, if not scored.
        const answers = qa.answers === undefined ? [] : list(qa.answers, `${place}.answers`);
        const question = {
          id: string(qa.id, `${place}.id`),
          question: string(qa.question, `${place}.question`),
          context,
          golds: answers.map((answer, i) => string(answer.text, `${place}.answers[${i}].text`)),
        };
        yield { place, question };
      }
    }
  }
}
