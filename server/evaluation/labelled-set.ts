/** What can be evaluated: SQuAD files (v1.1, v2.0), and sets of questions about accompanying files (test/documents). */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { note } from '../cli/print.js';
import { readContent } from '../documents/content.js';
import { isFlat, usable } from '../documents/question-files.js';
import { readJson, squadFile } from '../documents/squad-file.js';
import { AskBertError } from '../errors.js';
import type { Extracted } from '../formats/extracted.js';
import { t } from '../l10n.js';
import type { ReadingView } from '../views/base/reading-view.js';
import { viewOf } from '../views/choose-view.js';
import { questionType, type Span } from './metrics.js';

export interface EvaluationQuestion {
  id: string;
  question: string;
  text: string;
  /** If it was extracted from a binary format. */
  extracted?: Extracted | undefined;
  /** Determines how `text` is read; missing: plain text. */
  fileName?: string | undefined;
  /** Identity of its text. Missing: the file name. */
  key?: string | undefined;
  /** Name of its group in the results. */
  group: string;
  golds: Span[];
  /** Other documents of the set that answer it, too. */
  alsoIn?: readonly string[] | undefined;
}

/** A document of a set. */
export interface EvaluationDocument {
  name: string;
  uri: string;
  split: 'dev' | 'test';
}

export interface EvaluationSet {
  questions: number;
  /** Questions without an answer are part of it: texts are compared as in SQuAD v2.0. */
  version2: boolean;
  /** The documents of the questions, in the order of the file; undefined: the set is not about files. */
  documents?: EvaluationDocument[];
  /** Every question with its text, in the order of the file. @throws AskBertError InputUnreadable */
  all(): AsyncGenerator<EvaluationQuestion>;
}

export const splits = ['dev', 'test', 'all'] as const;
export const groupings = ['kind', 'type', 'file', 'block'] as const;
export interface EvaluationChoice {
  /** Half of a document set. Default all. */
  split?: (typeof splits)[number];
  /** Groups of a document set. Default kind. */
  by?: (typeof groupings)[number];
}

/** A question of a document set, as in the file. */
export interface DocumentQuestion {
  id: string;
  /** The document, relative to the folder of the set. */
  file: string;
  /** Kind of document: markdown, code, ... */
  kind: string;
  split: 'dev' | 'test';
  question: string;
  answerable: boolean;
  /** `text` is the file's slice at `start` (UTF-16 units), `prose` the same as a reader sees it, if different. */
  answers: { text: string; start: number; prose?: string }[];
  /** Other documents that answer it, too: they are excluded from the other documents. */
  alsoIn?: string[] | undefined;
}

/** @throws AskBertError InputUnreadable: no file, no JSON, neither of the two forms */
export async function readEvaluationSet(file: string, choice: EvaluationChoice = {}): Promise<EvaluationSet> {
  const root = await readJson(file);
  return Array.isArray(root) && !isFlat(root) ? documentSet(file, root, choice) : squadSet(file, root);
}

/** @throws AskBertError InputUnreadable: no file, no JSON, not a SQuAD file */
export async function readSquadSet(file: string): Promise<EvaluationSet> {
  return squadSet(file, await readJson(file));
}

function squadSet(file: string, root: unknown): EvaluationSet {
  const squad = squadFile(file, root, note);
  let version2 = false;
  for (const { golds } of squad.all()) version2 ||= golds.length === 0;
  async function* all(): AsyncGenerator<EvaluationQuestion> {
    let text = '';
    let paragraph = 0;
    for (const { id, question, context, golds } of squad.all()) {
      if (context !== text) paragraph++;
      text = context;
      const key = `paragraph ${paragraph}`;
      yield { id, question, text, key, group: questionType(question), golds: golds.map((text) => ({ text })) };
    }
  }
  return { questions: squad.questions, version2, all };
}

function documentSet(file: string, list: unknown[], { split = 'all', by = 'kind' }: EvaluationChoice): EvaluationSet {
  const entries = list.map((entry, i) => ({ place: `[${i}]`, question: checkedQuestion(file, entry, `[${i}]`) }));
  const questions = [...usable(file, entries, note)].filter((question) => split === 'all' || question.split === split);
  const group = (question: DocumentQuestion, view: ReadingView | undefined): string => {
    if (by === 'type') return questionType(question.question);
    if (by === 'file') return question.file;
    return view ? `${question.kind}: ${blockOf(question, view)}` : question.kind;
  };
  async function* all(): AsyncGenerator<EvaluationQuestion> {
    let last:
      | { name: string; text: string; extracted?: Extracted | undefined; view: ReadingView | undefined }
      | undefined;
    for (const entry of questions) {
      const { id, file: name, question, answers, alsoIn } = entry;
      // Questions of one document follow each other: only the last text is kept.
      if (last?.name !== name) {
        const { text, extracted } = await readContent(path.resolve(path.dirname(file), name));
        last = {
          name,
          text,
          extracted,
          view: by === 'block' ? viewOf(text, { fileName: name, extracted }) : undefined,
        };
      }
      const { text, extracted, view } = last;
      for (const { start, text: answer } of answers) {
        if (text.slice(start, start + answer.length) !== answer) {
          throw new AskBertError('InputUnreadable', t('{0}: the answer of {1} is not at {2}.', name, id, start));
        }
      }
      yield { id, question, text, extracted, fileName: name, group: group(entry, view), golds: answers, alsoIn };
    }
  }
  const uri = (name: string) => pathToFileURL(path.resolve(path.dirname(file), name)).href;
  const documents = new Map(questions.map(({ file: name, split }) => [name, { name, split, uri: uri(name) }]));
  return { questions: questions.length, version2: true, documents: [...documents.values()], all };
}

/** The block of the first answer in the reading view: comment, code, tableRow, ... */
function blockOf({ answers }: DocumentQuestion, view: ReadingView): string {
  if (answers.length === 0) return 'no answer';
  const [{ start, text }] = answers;
  const seen = view.fromFile(start, start + text.length);
  return (seen && view.blockAt(seen.start)?.kind) ?? 'hidden';
}

/** @throws AskBertError InputUnreadable, with the place */
function checkedQuestion(file: string, entry: unknown, place: string): DocumentQuestion {
  const fault = (field: string, expected: string) =>
    new AskBertError(
      'InputUnreadable',
      t('{0} is not a set of questions: {1} is not {2}.', file, place + field, expected),
    );
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(entry)) throw fault('', t('an object'));
  for (const key of ['id', 'file', 'kind', 'question']) {
    if (typeof entry[key] !== 'string') throw fault(`.${key}`, t('a string'));
  }
  if (entry.split !== 'dev' && entry.split !== 'test') throw fault('.split', t('dev or test'));
  if (!Array.isArray(entry.answers)) throw fault('.answers', t('a list of objects'));
  for (const [i, answer] of entry.answers.entries()) {
    if (!isObject(answer)) throw fault(`.answers[${i}]`, t('an object'));
    if (typeof answer.text !== 'string' || answer.text === '') throw fault(`.answers[${i}].text`, t('a string'));
    if (!Number.isSafeInteger(answer.start)) throw fault(`.answers[${i}].start`, t('an integer'));
    if (answer.prose !== undefined && typeof answer.prose !== 'string') {
      throw fault(`.answers[${i}].prose`, t('a string'));
    }
  }
  const names: unknown = entry.alsoIn ?? [];
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw fault('.alsoIn', t('a list of strings'));
  }
  if (entry.answerable !== entry.answers.length > 0)
    throw fault('.answerable', t('true exactly when there are answers'));
  return entry as unknown as DocumentQuestion;
}
