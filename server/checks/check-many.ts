/** Parameters of the runs over many documents, checked field by field, as in check-request.ts. */

import { fileUriToPath } from '../documents/decode.js';
import { MAX_NAME_UNITS, MAX_QUESTIONS } from '../documents/limits.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { DocumentRef, NamedQuestion } from '../protocol.js';
import {
  bad,
  checkBudget,
  checkOptions,
  checkQuestion,
  checkToken,
  describe,
  object,
  optional,
  optionChecks,
  type ProgressToken,
  string,
} from './check-request.js';
import type { ManyQuestion, QuestionSet } from './requests.js';

/** More than are read: the surplus is skipped and counted, but messages are limited. */
const MAX_LISTED = 100_000;
interface Checked<P> {
  source?: string | undefined;
  params: P;
  progressToken?: ProgressToken | undefined;
}

/** Parameters of `askBert/askMany`. @throws AskBertError BadRequest */
export function checkAskMany(params: unknown): Checked<ManyQuestion> {
  const given = object(params, 'params');
  return {
    ...common(given),
    params: {
      question: checkQuestion(given.question),
      documents: checkDocuments(given.documents),
      options: optional(given, 'options', checkOptions),
      budgetSeconds: optional(given, 'budgetSeconds', checkBudget),
    },
  };
}

/** Parameters of `askBert/extract`. @throws AskBertError BadRequest */
export function checkExtract(params: unknown): Checked<QuestionSet> {
  const given = object(params, 'params');
  return {
    ...common(given),
    params: {
      questions: checkQuestions(given.questions),
      documents: checkDocuments(given.documents),
      options: optional(given, 'options', checkOptions),
    },
  };
}

const common = (given: Record<string, unknown>) => ({
  source: optional(given, 'source', string),
  progressToken: optional(given, 'progressToken', checkToken),
});

function list(value: unknown, field: string, most: number): unknown[] {
  if (!Array.isArray(value)) throw bad(field, describe(value), t('an array'));
  if (value.length > most) throw bad(field, t('{0} of them', value.length), t('at most {0}', most));
  return value;
}

const checkDocuments = (value: unknown): DocumentRef[] =>
  list(value, 'documents', MAX_LISTED).map((item, i) => checkDocument(item, `documents[${i}]`));

function checkDocument(value: unknown, field: string): DocumentRef {
  const given = object(value, field);
  const uri = string(given.uri, `${field}.uri`);
  const text = optional(given, 'text', string, `${field}.text`);
  if (text === undefined) inField(field, () => fileUriToPath(uri));
  else if (!URL.canParse(uri)) throw bad(`${field}.uri`, JSON.stringify(uri), t('an absolute URI'));
  return { uri, text, languageId: optional(given, 'languageId', string, `${field}.languageId`) };
}

function checkQuestions(value: unknown): NamedQuestion[] {
  const items = list(value, 'questions', MAX_QUESTIONS);
  if (items.length === 0) throw bad('questions', t('none'), t('at least one'));
  const names = new Set<string>();
  return items.map((item, i) => {
    const field = `questions[${i}]`;
    const given = object(item, field);
    const name = string(given.name, `${field}.name`);
    if (name.trim() === '') throw bad(`${field}.name`, t('only white space'), t('a name'));
    if (name.length > MAX_NAME_UNITS)
      throw bad(`${field}.name`, t('{0} characters', name.length), t('at most {0}', MAX_NAME_UNITS));
    if (names.has(name)) throw bad(`${field}.name`, t('{0} again', JSON.stringify(name)), t('each name once'));
    names.add(name);
    return {
      name,
      question: checkQuestion(given.question, `${field}.question`),
      noAnswerThreshold: optional(
        given,
        'noAnswerThreshold',
        optionChecks.noAnswerThreshold,
        `${field}.noAnswerThreshold`,
      ),
    };
  });
}

/** Errors of `work` refer to a part of `field`. */
function inField(field: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AskBertError)) throw error;
    throw new AskBertError(error.code, `${field}.${error.message}`, error.remedy);
  }
}
