/**
 * What the tools return to the model: compact JSON, described in docs/tools.md. Lines and columns are one-based there.
 * Pure.
 */
import type { Answer, AskManyResult, AskResult, OffsetRange, Origin, ReadingEnd } from '../protocol.js';
import { LineIndex } from '../text/positions.js';
import { likely } from './likely.js';

/** Maximum length of a sentence in UTF-16 units: a log may have endless lines. */
export const MAX_SENTENCE_UNITS = 600;
/** Maximum number of other files and folders listed for an answer. */
const MAX_ALSO = 5;

/** Without the rectangles, which are for a program that draws. */
export interface ToolAnswer extends Omit<Origin, 'boxes'> {
  answer: string;
  /** `uri:line:column`, or `text:line:column`. */
  place: string;
  start: number;
  end: number;
  probability: number;
  grade: Answer['grade'];
  sentence?: string;
  headings?: readonly string[];
  /** Of a list that is the answer as a whole. */
  items?: string[];
  also?: string[];
}

export interface ToolResult {
  question: string;
  /** The question as read, with typing errors corrected. */
  correctedQuestion?: string;
  answered: boolean;
  noAnswerProbability: number;
  answers?: ToolAnswer[];
  /** Unlikely answers: the model prefers "no answer". */
  guesses?: ToolAnswer[];
  read?: { documents: number; ofDocuments: number; ranked: boolean; ended?: ReadingEnd; skipped: number };
  notes?: string[];
}

type Result = Pick<AskResult, 'question' | 'correctedQuestion' | 'noAnswer' | 'warnings'>;

/** What could not be read of a document, and that only a part of a long one was read. */
export function notesOf({ notes = [], read }: Pick<AskResult, 'notes' | 'read'>): string[] {
  if (!read) return notes;
  const share = Math.round((100 * read.characters) / Math.max(1, read.ofCharacters));
  const why = read.ended === 'time' ? 'up to the time limit' : 'until more of them changed nothing';
  return [...notes, `${share}% of the text was read: the passages nearest to the question, ${why}.`];
}

/** @param source the document's URI, or `text` */
export function answerResult(result: AskResult, text: string, source: string, least: number): ToolResult {
  const lines = new LineIndex(text);
  const answers = likely(result.answers, least).map((answer) => {
    const { line, character } = lines.at(answer.start);
    const found = toolAnswer(answer, placeText(source, line, character), sentenceOf(text, answer));
    if (answer.also) {
      found.also = answer.also.slice(0, MAX_ALSO).map(({ start }) => {
        const place = lines.at(start);
        return placeText(source, place.line, place.character);
      });
    }
    return found;
  });
  const all = resultOf(result, answers);
  const notes = [...(all.notes ?? []), ...notesOf(result)];
  return notes.length > 0 ? { ...all, notes } : all;
}

/**
 * @param sentences of the answers, as far as available
 * @param beyond documents that were left out because there are too many
 */
export function manyResult(
  result: AskManyResult,
  sentences: readonly (string | undefined)[],
  least: number,
  notRead: { skipped: number; beyond: number },
): ToolResult {
  const answers = likely(result.answers, least).map((answer, i) => {
    const { uri, line, character, also } = answer;
    const found = toolAnswer(answer, placeText(uri, line, character), sentences[i]);
    if (also.length > 0)
      found.also = also.slice(0, MAX_ALSO).map((each) => placeText(each.uri, each.line, each.character));
    return found;
  });
  const { documents, ofDocuments, ranked, ended } = result.read;
  const skipped = result.skipped.length + notRead.skipped;
  const read = { documents, ofDocuments: ofDocuments + notRead.beyond, ranked, ...(ended && { ended }), skipped };
  return { ...resultOf(result, answers), read };
}

/** The sentence around an answer, shortened around it; undefined if there is none. */
export function sentenceOf(
  text: string,
  { start, end, sentence }: OffsetRange & Pick<Answer, 'sentence'>,
): string | undefined {
  if (!sentence || sentence.start > start || sentence.end < end) return undefined;
  const room = Math.max(0, MAX_SENTENCE_UNITS - (end - start));
  const before = Math.min(start - Math.floor(room / 2), sentence.end - MAX_SENTENCE_UNITS);
  const from = Math.max(sentence.start, before);
  const to = Math.min(sentence.end, Math.max(end, from + MAX_SENTENCE_UNITS));
  const cut = (yes: boolean) => (yes ? '…' : '');
  return cut(from > sentence.start) + text.slice(from, to) + cut(to < sentence.end);
}

/** `uri:line:column`, one-based. */
export const placeText = (source: string, line: number, character: number) => `${source}:${line + 1}:${character + 1}`;

/** Line and column of such a place, one-based. */
export function positionOf(place: string): { line: number; column: number } {
  const [line, column] = place.split(':').slice(-2).map(Number);
  return { line, column };
}

function toolAnswer(answer: Answer, place: string, sentence: string | undefined): ToolAnswer {
  const { text, start, end, path, grade } = answer;
  const found: ToolAnswer = { answer: text, place, start, end, probability: rounded(answer.probability), grade };
  Object.assign(found, originOf(answer));
  if (sentence !== undefined && sentence !== text) found.sentence = sentence;
  if (path && path.length > 0) found.headings = path;
  if (answer.ranges) found.items = answer.ranges.map((item) => item.prose ?? item.text);
  return found;
}

/** Page, slide, sheet and so on, as far as the format has them. */
export function originOf(answer: Origin): Omit<Origin, 'boxes'> {
  const { page, pageLabel, slide, sheet, cell, chapter, section, part } = answer;
  const all = { page, pageLabel, slide, sheet, cell, chapter, section, part };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function resultOf({ question, correctedQuestion, noAnswer, warnings }: Result, found: ToolAnswer[]): ToolResult {
  const answered = !noAnswer.chosen && found.length > 0;
  const result: ToolResult = { question, answered, noAnswerProbability: rounded(noAnswer.probability) };
  if (correctedQuestion !== undefined) result.correctedQuestion = correctedQuestion;
  // Not named `answers`: a model would take them for answers.
  if (answered) result.answers = found;
  else if (found.length > 0) result.guesses = found;
  if (warnings.length > 0) result.notes = warnings.map(({ message }) => message);
  return result;
}

export const rounded = (probability: number): number => Math.round(probability * 10_000) / 10_000;
