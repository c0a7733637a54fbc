/**
 * Question files, YAML or JSON (which is YAML): a list of {name, question, threshold?}, or an object with that list
 * as `questions`.
 */
import { Composer, type Document, isMap, isScalar, isSeq, LineCounter, type Node, type YAMLMap } from 'yaml';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { MAX_QUESTION_UNITS, type NamedQuestion } from '../protocol.js';
import { FileFault } from '../storage/open-file.js';
import { YamlTooDeep, yamlTokens } from '../text/yaml-tokens.js';
import { asUnreadable, decodeDocument, readNamed } from './decode.js';
import { MAX_NAME_UNITS, MAX_QUESTIONS, MAX_SET_BYTES } from './limits.js';

/** A list of maps in a map: any more is an error. */
const MAX_DEPTH = 50;

/** Units of a wrong key or value in a message. */
const MAX_SHOWN = 100;

const KEYS = ['name', 'question', 'threshold'];

/** @throws AskBertError InputUnreadable: no such file and so on; BadRequest: an error in it, with line and column */
export async function readQuestionSet(file: string): Promise<NamedQuestion[]> {
  let text: string;
  try {
    text = decodeDocument(await readNamed(file, MAX_SET_BYTES), file);
  } catch (error) {
    if (error instanceof FileFault && error.kind === 'tooLarge') {
      throw tooLarge(file);
    }
    throw asUnreadable(error, file);
  }
  return parseQuestionSet(text, file);
}

/**
 * @param file name in error messages
 * @throws AskBertError BadRequest, with line and column
 */
export function parseQuestionSet(text: string, file: string): NamedQuestion[] {
  const lines = new LineCounter();
  const wrong = (offset: number, message: string) => {
    const { line, col } = lines.linePos(offset);
    return new AskBertError('BadRequest', `${file}:${line}:${col}: ${message}`, t('See "ask-bert extract --help".'));
  };
  // An editor's text has not been measured yet.
  if (text.length > MAX_SET_BYTES || Buffer.byteLength(text) > MAX_SET_BYTES) throw tooLarge(file);
  let parsed: Document.Parsed;
  try {
    // Whether keys are unique the library finds out in quadratic time: only the few keys that are allowed are compared.
    const composer = new Composer({ prettyErrors: false, schema: 'core', logLevel: 'silent', uniqueKeys: false });
    [parsed] = composer.compose(yamlTokens(text, MAX_DEPTH, lines), true, text.length);
  } catch (error) {
    if (!(error instanceof YamlTooDeep)) throw error;
    throw wrong(0, t('it is nested too deeply for a question set: more than {0} levels.', MAX_DEPTH));
  }
  const [error] = parsed.errors;
  if (error) throw wrong(error.pos[0], error.message);

  let list: unknown = parsed.contents;
  if (isMap(list)) {
    const { items } = list;
    const other = items.find(({ key }) => !isScalar(key) || key.value !== 'questions');
    if (other) throw wrong(offsetOf(other.key), t('found {0}, expected only "questions".', shortOf(other.key)));
    if (items.length > 1) throw wrong(offsetOf(items[1].key), t('{0} occurs twice.', 'questions'));
    list = items.at(0)?.value;
  }
  if (!isSeq(list)) throw wrong(offsetOf(list), t('expected a list of questions.'));
  if (list.items.length === 0) throw wrong(offsetOf(list), t('the list of questions is empty.'));
  if (list.items.length > MAX_QUESTIONS) {
    throw wrong(offsetOf(list), t('found {0} questions, expected at most {1}.', list.items.length, MAX_QUESTIONS));
  }
  const names = new Set<string>();
  return list.items.map((item) => {
    if (!isMap(item)) throw wrong(offsetOf(item), t('expected a question: {name, question, threshold}.'));
    const question = questionOf(item, wrong);
    if (names.has(question.name)) {
      throw wrong(offsetOf(item.get('name', true)), t('the name {0} occurs twice.', JSON.stringify(question.name)));
    }
    names.add(question.name);
    return question;
  });
}

type Wrong = (offset: number, message: string) => AskBertError;

function questionOf(item: YAMLMap, wrong: Wrong): NamedQuestion {
  const seen = new Set<string>();
  for (const { key } of item.items) {
    if (!isScalar(key) || !KEYS.includes(String(key.value))) {
      throw wrong(offsetOf(key), t('found {0}, expected one of {1}.', shortOf(key), KEYS.join(', ')));
    }
    if (seen.has(String(key.value))) throw wrong(offsetOf(key), t('{0} occurs twice.', String(key.value)));
    seen.add(String(key.value));
  }
  const question: NamedQuestion = {
    name: textOf(item, 'name', MAX_NAME_UNITS, wrong),
    question: textOf(item, 'question', MAX_QUESTION_UNITS, wrong),
  };
  const threshold = item.get('threshold', true) as unknown;
  const value = isScalar(threshold) ? threshold.value : threshold;
  if (value === undefined || value === null) return question;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw wrong(offsetOf(threshold), t('threshold: found {0}, expected a number.', shortOf(threshold)));
  }
  return { ...question, noAnswerThreshold: value };
}

function textOf(item: YAMLMap, key: string, longest: number, wrong: Wrong): string {
  const node = item.get(key, true) as unknown;
  if (node === undefined) throw wrong(offsetOf(item), t('{0} is missing.', key));
  // A year or a number is also a valid name.
  const value = isScalar(node) && typeof node.value === 'number' ? String(node.source ?? node.value) : undefined;
  const text = value ?? (isScalar(node) ? node.value : node);
  if (typeof text !== 'string') throw wrong(offsetOf(node), t('{0}: expected text.', key));
  if (text.trim() === '') throw wrong(offsetOf(node), t('{0} is empty.', key));
  if (text.length > longest) {
    throw wrong(offsetOf(node), t('{0}: found {1} characters, expected at most {2}.', key, text.length, longest));
  }
  return text;
}

const offsetOf = (node: unknown): number => (node as Node | null | undefined)?.range?.[0] ?? 0;

/** For a message. */
function shortOf(node: unknown): string {
  const text = isScalar(node) ? String(node.value) : isMap(node) ? '{…}' : isSeq(node) ? '[…]' : String(node);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const tooLarge = (file: string): AskBertError =>
  new AskBertError('InputUnreadable', t('{0} is larger than 1 MB, too large for questions.', file));
