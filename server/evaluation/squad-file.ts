/** SQuAD files: reading one, and going through its questions article by article. */
import { readDocument } from '../documents/decode.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

export interface SquadQuestion {
  id: string;
  question: string;
  context: string;
  /** Texts of the gold answers. */
  golds: string[];
}

export interface SquadFile {
  questions: number;
  /** Questions in file order; checked as they come. @throws AskBertError InputUnreadable, with the place */
  all(): Generator<SquadQuestion>;
}

/** @throws AskBertError InputUnreadable: no file, no JSON */
export async function readJson(file: string): Promise<unknown> {
  const text = await readDocument(file, { special: true });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AskBertError('InputUnreadable', t('{0} is not JSON: {1}', file, (error as Error).message));
  }
}

/** @param root the JSON in `file` @throws AskBertError InputUnreadable: no `data` */
export function squadFile(file: string, root: unknown): SquadFile {
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

  function* all(): Generator<SquadQuestion> {
    for (const [a, article] of articles.entries()) {
      const inArticle = `data[${a}].paragraphs`;
      for (const [p, paragraph] of list(article.paragraphs, inArticle).entries()) {
        const inParagraph = `${inArticle}[${p}]`;
        const context = string(paragraph.context, `${inParagraph}.context`);
        for (const [q, qa] of list(paragraph.qas, `${inParagraph}.qas`).entries()) {
          const inQuestion = `${inParagraph}.qas[${q}]`;
          // Files without gold answers (a blind test set) can be predicted, if not scored.
          const answers = qa.answers === undefined ? [] : list(qa.answers, `${inQuestion}.answers`);
          yield {
            id: string(qa.id, `${inQuestion}.id`),
            question: string(qa.question, `${inQuestion}.question`),
            context,
            golds: answers.map((answer, i) => string(answer.text, `${inQuestion}.answers[${i}].text`)),
          };
        }
      }
    }
  }

  let questions = 0;
  for (const article of articles) {
    for (const paragraph of Array.isArray(article.paragraphs) ? article.paragraphs : []) {
      questions += Array.isArray(paragraph?.qas) ? paragraph.qas.length : 0;
    }
  }
  return { questions, all };
}
