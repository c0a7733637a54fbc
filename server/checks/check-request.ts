/**
 * Parameters from a client, checked field by field before anything uses them.
 * Every failure is a BadRequest that names the field, what was found and what was expected.
 */

import path from 'node:path';
import { fileUriToPath } from '../documents/decode.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import {
  type AskOptions,
  MAX_PASSWORD_UNITS,
  MAX_QUESTION_UNITS,
  type OffsetRange,
  optionLimits,
  type PrepareParams,
  type SidecarSettings,
} from '../protocol.js';
import type { FileOrder, Question } from './requests.js';

const DEFAULT_IDLE_MINUTES = 10;
/** At most a day. */
const MAX_BUDGET_SECONDS = 24 * 3600;

export const checkBudget = number(0, MAX_BUDGET_SECONDS);

/** Settings with their defaults filled in; no `modelPath`: the embedded model. A missing path: the usual places. */
export type CompleteSettings = SidecarSettings & {
  [key in 'engine' | 'precision' | 'threads' | 'idleUnloadMinutes']: NonNullable<SidecarSettings[key]>;
};

export type ProgressToken = string | number;

export interface CheckedAsk {
  source?: string | undefined;
  question: Question;
  progressToken?: ProgressToken | undefined;
}

/** Parameters of `askBert/ask`. @throws AskBertError BadRequest */
export function checkAsk(params: unknown): CheckedAsk {
  const given = object(params, 'params');
  const source = optional(given, 'source', string);
  const text = optional(given, 'text', string);
  const uri = optional(given, 'uri', string);
  if (text !== undefined && uri !== undefined) {
    throw bad('text, uri', t('both'), t('exactly one of them'));
  }
  if (text === undefined && uri === undefined) {
    throw bad('text, uri', t('neither'), t('exactly one of them'));
  }
  const progressToken = optional(given, 'progressToken', checkToken);
  const range = optional(given, 'range', checkRange);
  if (range && text !== undefined) checkRangeWithin(range, text.length);
  return {
    source,
    question: {
      text,
      path: uri === undefined ? undefined : fileUriToPath(uri),
      range,
      question: checkQuestion(given.question),
      options: optional(given, 'options', checkOptions),
      budgetSeconds: optional(given, 'budgetSeconds', checkBudget),
      languageId: optional(given, 'languageId', string) || undefined,
      fileName: optional(given, 'fileName', string) || undefined,
      // The source identifies the document if nothing else does; a cache compares the text in any case.
      key: uri ?? source,
      soFar: progressToken !== undefined,
      password: optional(given, 'password', password),
    },
    progressToken,
  };
}

/** Parameters of `askBert/readFile`. @throws AskBertError BadRequest */
export function checkReadFile(params: unknown): { file: FileOrder; progressToken?: ProgressToken | undefined } {
  const given = object(params, 'params');
  return {
    file: { path: fileUriToPath(string(given.uri, 'uri')), password: optional(given, 'password', password) },
    progressToken: optional(given, 'progressToken', checkToken),
  };
}

/** It is part of no message. */
function password(value: unknown, field: string): string {
  if (typeof value !== 'string') throw bad(field, t('something else'), t('a string'));
  if (value.length > MAX_PASSWORD_UNITS) {
    throw bad(field, t('{0} characters', value.length), t('at most {0}', MAX_PASSWORD_UNITS));
  }
  return value;
}

/** Parameters of `askBert/prepare`, which may be missing. @throws AskBertError BadRequest */
export function checkPrepare(params: unknown): PrepareParams {
  if (params === undefined || params === null) return {};
  return { progressToken: optional(object(params, 'params'), 'progressToken', checkToken) };
}

/**
 * Complete settings: missing ones get their default. Unknown keys are ignored, so that a newer client works
 * with an older sidecar.
 * @param names names of fields in error messages, if not their keys (the CLI's flags)
 * @throws AskBertError BadRequest
 */
export function checkSettings(
  params: unknown,
  names: Partial<Record<keyof SidecarSettings, string>> = {},
): CompleteSettings {
  const given = params === undefined || params === null ? {} : object(params, 'settings');
  return {
    modelPath: optional(given, 'modelPath', string, names.modelPath) || undefined,
    engine:
      optional(given, 'engine', oneOf('auto', 'cpu', 'tensorrt', 'tensorrt-rtx', 'remote'), names.engine) ?? 'auto',
    precision:
      optional(given, 'precision', oneOf('auto', 'fp32', 'fp16', 'bf16', 'int8', 'fp8'), names.precision) ?? 'auto',
    threads: optional(given, 'threads', integer(0, 1024), names.threads) ?? 0,
    tensorRtPath: optional(given, 'tensorRtPath', string, names.tensorRtPath) || undefined,
    cacheFolder: optional(given, 'cacheFolder', absolutePath, names.cacheFolder) || undefined,
    remoteUrl: optional(given, 'remoteUrl', secret, names.remoteUrl) || undefined,
    remoteModel: optional(given, 'remoteModel', string, names.remoteModel) || undefined,
    remoteToken: optional(given, 'remoteToken', secret) || undefined,
    remoteProxy: optional(given, 'remoteProxy', secret) || undefined,
    remoteFallback: optional(given, 'remoteFallback', boolean) ?? false,
    // At most a week; a timer cannot count much further than three.
    idleUnloadMinutes: optional(given, 'idleUnloadMinutes', number(0, 7 * 24 * 60)) ?? DEFAULT_IDLE_MINUTES,
    languages: optional(given, 'languages', filesByName),
    locale: optional(given, 'locale', string),
  };
}

/** A string that is part of no message: it is, or may hold, a password. */
function secret(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw bad(field, t('something else'), t('a string'));
}

/** Or empty. A relative path would mean a folder below that in which the process happens to run. */
function absolutePath(value: unknown, field: string): string {
  const given = string(value, field);
  if (given !== '' && !path.isAbsolute(given)) throw bad(field, describe(given), t('an absolute path'));
  return given;
}

/** Names with the path of a file each. */
function filesByName(value: unknown, field: string): Record<string, string> {
  const given = object(value, field);
  return Object.fromEntries(Object.entries(given).map(([key, file]) => [key, string(file, `${field}.${key}`)]));
}

export function checkQuestion(value: unknown, field = 'question'): string {
  const question = string(value, field);
  if (question.trim() === '') throw bad(field, t('only white space'), t('a question'));
  if (!/[\p{L}\p{N}]/u.test(question))
    throw bad(field, describe(question.trim()), t('a question with at least one word'));
  if (question.length > MAX_QUESTION_UNITS) {
    throw bad(field, t('{0} characters', question.length), t('at most {0}', MAX_QUESTION_UNITS));
  }
  return question;
}

/** The check of each option; the CLI applies them to its flags. */
export const optionChecks = {
  topK: integer(...optionLimits.topK),
  docStride: integer(...optionLimits.docStride),
  maxAnswerLength: integer(...optionLimits.maxAnswerLength),
  noAnswerThreshold: number(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
  readAs: oneOf('auto', 'raw'),
} satisfies { [K in keyof AskOptions]-?: Check<NonNullable<AskOptions[K]>> };

/** @throws AskBertError BadRequest: unknown options too, since a misspelt one would be ignored silently. */
export function checkOptions(value: unknown, field: string): AskOptions {
  const given = object(value, field);
  const options: AskOptions = {};
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(optionChecks, key)) {
      throw bad(`${field}.${key}`, t('an unknown option'), t('one of {0}', Object.keys(optionChecks).join(', ')));
    }
    const check: Check<unknown> = optionChecks[key as keyof AskOptions];
    Object.assign(options, { [key]: optional(given, key, check, `${field}.${key}`) });
  }
  return options;
}

/** @throws AskBertError BadRequest when the range is not inside a text of `length` UTF-16 units */
export function checkRangeWithin(range: OffsetRange, length: number): void {
  if (range.end > length) {
    throw bad('range.end', String(range.end), t('at most {0}, the length of the text in UTF-16 units', length));
  }
}

function checkRange(value: unknown, field: string): OffsetRange {
  const given = object(value, field);
  const offset = integer(0, Number.MAX_SAFE_INTEGER);
  const start = offset(given.start, `${field}.start`);
  const end = offset(given.end, `${field}.end`);
  if (end < start) throw bad(`${field}.end`, String(end), t('at least {0}', `${field}.start (${start})`));
  return { start, end };
}

export function checkToken(value: unknown, field: string): ProgressToken {
  if (typeof value === 'string' || Number.isSafeInteger(value)) return value as ProgressToken;
  throw bad(field, describe(value), t('a string or an integer'));
}

export type Check<T> = (value: unknown, field: string) => T;

/** A key that is missing or null is not checked: some JSON clients send null for "none". */
export function optional<T>(given: Record<string, unknown>, key: string, check: Check<T>, field = key): T | undefined {
  const value = given[key];
  return value === undefined || value === null ? undefined : check(value, field);
}

export function object(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw bad(field, describe(value), t('an object'));
}

export function string(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw bad(field, describe(value), t('a string'));
}

export function boolean(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value;
  throw bad(field, describe(value), t('true or false'));
}

export function number(low: number, high: number): Check<number> {
  const expected = Number.isFinite(low) ? t('a number from {0} to {1}', low, high) : t('a finite number');
  return (value, field) => {
    if (typeof value === 'number' && Number.isFinite(value) && value >= low && value <= high) return value;
    throw bad(field, describe(value), expected);
  };
}

/** An integer from `low` to `high`. */
export function integer(low: number, high: number): Check<number> {
  const expected =
    high === Number.MAX_SAFE_INTEGER ? t('an integer, at least {0}', low) : t('an integer from {0} to {1}', low, high);
  return (value, field) => {
    if (Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
    throw bad(field, describe(value), expected);
  };
}

export function oneOf<const T extends string>(...values: T[]): Check<T> {
  return (value, field) => {
    if (values.includes(value as T)) return value as T;
    throw bad(field, describe(value), t('one of {0}', values.join(', ')));
  };
}

export const bad = (field: string, found: string, expected: string) =>
  new AskBertError('BadRequest', t('{0}: found {1}, expected {2}.', field, found, expected));

export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return t('an array');
  if (typeof value === 'object') return t('an object');
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}
