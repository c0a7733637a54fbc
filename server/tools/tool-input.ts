/**
 * Input of the tools for agents, checked field by field: neither VS Code nor MCP compares it with the schema. Errors
 * are reported to the model, in English like the schema, so that it can correct its input. Pure.
 */
import { MAX_QUESTION_UNITS, type NamedQuestion, optionLimits } from '../protocol.js';

/** A sentence for the model: what was found and what is expected. */
export class ToolInputError extends Error {}

/** Names one file or folder. */
export interface PlaceInput {
  /** Absolute, or relative to a folder of the workspace. */
  filePath?: string | undefined;
  uri?: string | undefined;
}

export interface AnswerInput extends PlaceInput {
  question: string;
  text?: string | undefined;
  /** One-based lines, both included. */
  range?: { startLine: number; endLine: number } | undefined;
  topK?: number | undefined;
}

export interface WorkspaceInput {
  question: string;
  /** Absolute, or relative to a folder of the workspace; missing: the whole workspace. */
  folder?: string | undefined;
  /** Patterns as in .gitignore; missing: every file. */
  include?: string[] | undefined;
  topK?: number | undefined;
}

export interface TableInput {
  questions: NamedQuestion[];
  folder?: string | undefined;
  include?: string[] | undefined;
}

/** Longest path or pattern, in UTF-16 units. */
const MAX_PATH_UNITS = 4096;
const MAX_PATTERNS = 50;
/** Wildcards in one part of a pattern: with more of them, comparing it with a long name can take minutes. */
const MAX_STARS = 3;
/** Questions of a table, and the longest name of one, in UTF-16 units. */
export const MAX_TABLE_QUESTIONS = 50;
export const MAX_NAME_UNITS = 200;

/** @throws ToolInputError */
export function checkAnswerInput(input: unknown): AnswerInput {
  const given = record(input, 'input', ['question', 'filePath', 'uri', 'text', 'range', 'topK']);
  const places = (['filePath', 'uri', 'text'] as const).filter((key) => given[key] !== undefined);
  if (places.length !== 1) {
    const found = places.length === 0 ? 'none' : places.join(' and ');
    throw wrong('filePath, uri, text', found, 'exactly one of them');
  }
  return {
    question: question(given.question),
    filePath: optional(given.filePath, path('filePath')),
    uri: optional(given.uri, path('uri')),
    text: optional(given.text, (value) => string(value, 'text')),
    range: optional(given.range, lines),
    topK: optional(given.topK, topK),
  };
}

/** @throws ToolInputError */
export function checkWorkspaceInput(input: unknown): WorkspaceInput {
  const given = record(input, 'input', ['question', 'folder', 'include', 'topK']);
  return {
    question: question(given.question),
    folder: optional(given.folder, path('folder')),
    include: optional(given.include, patterns),
    topK: optional(given.topK, topK),
  };
}

/** @throws ToolInputError */
export function checkTableInput(input: unknown): TableInput {
  const given = record(input, 'input', ['questions', 'folder', 'include']);
  return {
    questions: questions(given.questions),
    folder: optional(given.folder, path('folder')),
    include: optional(given.include, patterns),
  };
}

function record(value: unknown, field: string, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, kind(value), 'an object');
  // A misspelt one would be ignored silently.
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw wrong(field, `the unknown key ${shown(unknown)}`, `only ${keys.join(', ')}`);
  return value as Record<string, unknown>;
}

/** Some models send null for "none". */
const optional = <T>(value: unknown, check: (value: unknown) => T): T | undefined =>
  value === undefined || value === null ? undefined : check(value);

function string(value: unknown, field: string): string {
  if (typeof value !== 'string') throw wrong(field, kind(value), 'a string');
  return value;
}

function question(value: unknown, field = 'question'): string {
  const text = string(value, field);
  if (text.trim() === '') throw wrong(field, 'only white space', 'a question in words');
  if (text.length > MAX_QUESTION_UNITS) {
    throw wrong(field, `${text.length} characters`, `at most ${MAX_QUESTION_UNITS}`);
  }
  return text;
}

function questions(value: unknown): NamedQuestion[] {
  if (!Array.isArray(value)) throw wrong('questions', kind(value), 'an array of {name, question}');
  if (value.length === 0 || value.length > MAX_TABLE_QUESTIONS) {
    throw wrong('questions', `${value.length} of them`, `1 to ${MAX_TABLE_QUESTIONS}`);
  }
  const names = new Set<string>();
  return value.map((item: unknown, i) => {
    const field = `questions[${i}]`;
    const given = record(item, field, ['name', 'question', 'noAnswerThreshold']);
    const name = string(given.name, `${field}.name`);
    if (name.trim() === '') throw wrong(`${field}.name`, 'only white space', 'the name of a column');
    if (name.length > MAX_NAME_UNITS)
      throw wrong(`${field}.name`, `${name.length} characters`, `at most ${MAX_NAME_UNITS}`);
    if (names.has(name)) throw wrong(`${field}.name`, `${shown(name)} again`, 'each name once');
    names.add(name);
    return {
      name,
      question: question(given.question, `${field}.question`),
      noAnswerThreshold: optional(given.noAnswerThreshold, (number) => finite(number, `${field}.noAnswerThreshold`)),
    };
  });
}

function finite(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(field, kind(value), 'a finite number');
}

const path = (field: string) => (value: unknown) => {
  const text = string(value, field);
  if (text.trim() === '') throw wrong(field, 'only white space', 'a path');
  if (text.length > MAX_PATH_UNITS) throw wrong(field, `${text.length} characters`, `at most ${MAX_PATH_UNITS}`);
  if (text.includes('\0')) throw wrong(field, 'a zero character', 'a path');
  return text;
};

function integer(value: unknown, field: string, low: number, high: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
  const expected =
    high === Number.MAX_SAFE_INTEGER ? `an integer, at least ${low}` : `an integer from ${low} to ${high}`;
  throw wrong(field, kind(value), expected);
}

const topK = (value: unknown) => integer(value, 'topK', ...optionLimits.topK);

function lines(value: unknown): { startLine: number; endLine: number } {
  const given = record(value, 'range', ['startLine', 'endLine']);
  const startLine = integer(given.startLine, 'range.startLine', 1, Number.MAX_SAFE_INTEGER);
  const endLine = integer(given.endLine, 'range.endLine', 1, Number.MAX_SAFE_INTEGER);
  if (endLine < startLine) throw wrong('range.endLine', String(endLine), `at least range.startLine (${startLine})`);
  return { startLine, endLine };
}

function patterns(value: unknown): string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list)) throw wrong('include', kind(value), 'an array of patterns');
  if (list.length === 0 || list.length > MAX_PATTERNS) {
    throw wrong('include', `${list.length} patterns`, `1 to ${MAX_PATTERNS}`);
  }
  return list.map((each, i) => {
    const field = `include[${i}]`;
    const pattern = path(field)(each);
    const parts = pattern.split('/');
    const most = parts.reduce((stars, part) => Math.max(stars, part === '**' ? 0 : part.split('*').length - 1), 0);
    if (Math.max(most, parts.filter((part) => part === '**').length) > MAX_STARS) {
      throw wrong(field, `the pattern ${shown(pattern)}`, `at most ${MAX_STARS} wildcards (*) between two slashes`);
    }
    return pattern;
  });
}

export const wrong = (field: string, found: string, expected: string) =>
  new ToolInputError(`${field}: found ${found}, expected ${expected}.`);

function kind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return shown(value);
}

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
