/** Checks results received from the sidecar. A damaged one must become an error, never a wrong highlight. Pure. */
import type {
  Answer,
  AnswerRange,
  AskManyProgress,
  AskManyResult,
  AskProgress,
  AskResult,
  DocumentText,
  ExtractCell,
  ExtractProgress,
  ExtractResult,
  ExtractRow,
  FoundAnswer,
  Grade,
  OffsetRange,
  PartRead,
  PlacedAnswer,
} from '../../server/protocol.js';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isString = (value: unknown): value is string => typeof value === 'string';
const isMissingOr = (value: unknown, is: (value: unknown) => boolean) => value === undefined || is(value);
const isListOf = (value: unknown, is: (value: unknown) => boolean) => Array.isArray(value) && value.every(is);

const isGrade = (value: unknown): value is Grade => value === 'sure' || value === 'unsure' || value === 'guess';

const isRange = (value: unknown): value is OffsetRange =>
  isObject(value) && isCount(value.start) && isCount(value.end) && value.end > value.start;

const isAnswerRange = (value: unknown): value is AnswerRange =>
  isRange(value) && isString((value as AnswerRange).text) && isMissingOr((value as AnswerRange).prose, isString);

const isBox = (value: unknown) =>
  isObject(value) && isCount(value.page) && ['x', 'y', 'width', 'height'].every((key) => isNumber(value[key]));

function isAnswer(value: unknown): value is Answer {
  return (
    isObject(value) &&
    isRange(value) &&
    isString(value.text) &&
    isNumber(value.probability) &&
    isGrade(value.grade) &&
    isMissingOr(value.prose, isString) &&
    isMissingOr(value.parts, (parts) => isListOf(parts, isRange)) &&
    isMissingOr(value.ranges, (ranges) => isListOf(ranges, isAnswerRange)) &&
    isMissingOr(value.also, (also) => isListOf(also, isAnswer)) &&
    isMissingOr(value.path, (path) => isListOf(path, isString)) &&
    isMissingOr(value.sentence, isRange) &&
    isMissingOr(value.page, isCount) &&
    isMissingOr(value.slide, isCount) &&
    [value.sheet, value.cell, value.chapter, value.section].every((name) => isMissingOr(name, isString)) &&
    isMissingOr(value.boxes, (boxes) => isListOf(boxes, isBox))
  );
}

const isNoAnswer = (value: unknown) =>
  isObject(value) && isNumber(value.probability) && typeof value.chosen === 'boolean';
const isEngine = (value: unknown) => isObject(value) && isString(value.name);
const isTiming = (value: unknown) => isObject(value) && isNumber(value.totalMs);

const isTextPlace = (value: unknown): boolean => isObject(value) && isCount(value.start);
const isTextHeading = (value: unknown): boolean =>
  isRange(value) && isNumber((value as unknown as Record<string, unknown>).level);

export function isDocumentText(value: unknown): value is DocumentText {
  return (
    isObject(value) &&
    isString(value.text) &&
    isListOf(value.places, isTextPlace) &&
    isListOf(value.headings, isTextHeading) &&
    isListOf(value.notes, isString)
  );
}

export function isAskResult(value: unknown): value is AskResult {
  return (
    isObject(value) &&
    isString(value.question) &&
    isMissingOr(value.correctedQuestion, isString) &&
    isListOf(value.answers, isAnswer) &&
    isNoAnswer(value.noAnswer) &&
    isMissingOr(value.read, isPartRead) &&
    isMissingOr(value.otherLanguage, isObject) &&
    isEngine(value.engine) &&
    isTiming(value.timing) &&
    Array.isArray(value.warnings)
  );
}

const isPartRead = (value: unknown): value is PartRead =>
  isObject(value) && isCount(value.characters) && isCount(value.ofCharacters) && isString(value.ended);

export function isAskProgress(value: unknown): value is AskProgress {
  return (
    isObject(value) &&
    isString(value.stage) &&
    isCount(value.done) &&
    isCount(value.total) &&
    isMissingOr(value.answers, (answers) => isListOf(answers, isAnswer)) &&
    isMissingOr(value.noAnswer, isNoAnswer)
  );
}

/** An answer of many documents is opened by its line: it needs one. */
const isPlaced = (value: unknown): value is PlacedAnswer =>
  isAnswer(value) && isString((value as PlacedAnswer).uri) && isCount(value.line) && isCount(value.character);
const isFound = (value: unknown): value is FoundAnswer =>
  isPlaced(value) && isListOf((value as FoundAnswer).also, isPlaced);
const isSkipped = (value: unknown) =>
  isObject(value) && isString(value.uri) && isString(value.reason) && isString(value.message);

export function isAskManyResult(value: unknown): value is AskManyResult {
  return (
    isObject(value) &&
    isString(value.question) &&
    isMissingOr(value.correctedQuestion, isString) &&
    isListOf(value.answers, isFound) &&
    isNoAnswer(value.noAnswer) &&
    isObject(value.read) &&
    isCount(value.read.documents) &&
    isCount(value.read.ofDocuments) &&
    isMissingOr(value.otherLanguage, isObject) &&
    isListOf(value.skipped, isSkipped) &&
    isEngine(value.engine) &&
    isTiming(value.timing) &&
    Array.isArray(value.warnings)
  );
}

const isShare = (value: unknown) => isObject(value) && isCount(value.characters) && isCount(value.ofCharacters);

export function isAskManyProgress(value: unknown): value is AskManyProgress {
  return (
    isObject(value) &&
    isCount(value.done) &&
    isCount(value.total) &&
    isCount(value.skipped) &&
    isMissingOr(value.left, isNumber) &&
    isMissingOr(value.read, isShare) &&
    isListOf(value.answers, isFound)
  );
}

const isCell = (value: unknown): value is ExtractCell | null =>
  value === null ||
  (isAnswer(value) &&
    isCount(value.line) &&
    isCount(value.character) &&
    isMissingOr((value as ExtractCell).sentenceText, isString));
const isCells = (value: unknown, columns: number) => isListOf(value, isCell) && (value as unknown[]).length === columns;
const isRow = (value: unknown, columns: number): value is ExtractRow =>
  isObject(value) &&
  isString(value.uri) &&
  isCells(value.cells, columns) &&
  isMissingOr(value.guesses, (guesses) => isCells(guesses, columns));

/** @param columns questions that were asked */
export function isExtractResult(value: unknown, columns: number): value is ExtractResult {
  return (
    isObject(value) &&
    isListOf(value.rows, (row) => isRow(row, columns)) &&
    isListOf(value.skipped, isSkipped) &&
    isEngine(value.engine)
  );
}

export function isExtractProgress(value: unknown, columns: number): value is ExtractProgress {
  return isObject(value) && isCount(value.done) && isCount(value.total) && isRow(value.row, columns);
}
