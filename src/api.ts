/**
 * `answer` of the public API (api/ask-bert.d.ts): checks requests, which any extension may send, and gives exact
 * places.
 */
import * as vscode from 'vscode';
import type { AnswerRequest, AnswerResult, ExactAnswer } from '../api/ask-bert.js';
import type { Answer, OffsetRange } from '../server/protocol.js';
import { LineIndex } from '../server/text/positions.js';
import type { Answerer, TextToRead } from './asking/answerer.js';
import { lineEnd, lineStarts } from './shared/lines.js';
import { Failure } from './sidecar/failure.js';

const { l10n } = vscode;

/** @throws Failure of any kind */
export async function answer(answerer: Answerer, request: AnswerRequest): Promise<AnswerResult> {
  if (typeof request !== 'object' || request === null) throw bad('request', l10n.t('nothing'), l10n.t('an object'));
  const { question, text, uri, range, options, languageId, fileName, token } = request;
  if ((text === undefined) === (uri === undefined)) {
    const found = text === undefined ? l10n.t('neither') : l10n.t('both');
    throw bad('text, uri', found, l10n.t('exactly one of them'));
  }
  if (uri !== undefined && !(uri instanceof vscode.Uri)) throw bad('uri', typeof uri, l10n.t('a {0}', 'vscode.Uri'));
  if (text !== undefined && typeof text !== 'string') throw bad('text', typeof text, l10n.t('a string'));
  const reading: TextToRead = uri ? await answerer.read(uri) : { text: text ?? '', languageId, fileName };
  const result = await answerer.answerText(question, reading, options, offsetsOf(reading.text, range), token);
  const { noAnswer, engine, timing, warnings } = result;
  const lines = new LineIndex(reading.text);
  return {
    question: result.question,
    ...(result.correctedQuestion !== undefined && { correctedQuestion: result.correctedQuestion }),
    uri,
    documentVersion: reading.version,
    answers: result.answers.map((each) => exact(each, reading.text, lines)),
    noAnswer: { chosen: noAnswer.chosen, probability: noAnswer.probability },
    engine,
    totalMs: timing.totalMs,
    warnings: warnings.map(({ message }) => message),
  };
}

function exact(answer: Answer, all: string, lines: LineIndex): ExactAnswer {
  const { start, end, text, probability, grade, prose, path, sentence, ranges, also } = answer;
  const position = (offset: number) => {
    const { line, character } = lines.at(offset);
    return new vscode.Position(line, character);
  };
  const rangeOf = (place: OffsetRange) => new vscode.Range(position(place.start), position(place.end));
  const found: ExactAnswer = { start, end, text, probability, grade, range: rangeOf(answer) };
  return {
    ...found,
    ...(prose !== undefined && { prose }),
    ...(path && { path }),
    ...(ranges && {
      ranges: ranges.map((item) => ({
        start: item.start,
        end: item.end,
        text: item.text,
        range: rangeOf(item),
        ...(item.prose !== undefined && { prose: item.prose }),
      })),
    }),
    ...(also && { also: also.map((each) => exact(each, all, lines)) }),
    ...(sentence && { sentence: { ...sentence, text: all.slice(sentence.start, sentence.end) } }),
  };
}

/** Offsets are checked by the sidecar; a range of lines and characters must be inside the text. */
function offsetsOf(text: string, range: AnswerRequest['range']): OffsetRange | undefined {
  if (!(range instanceof vscode.Range)) return range;
  const starts = lineStarts(text);
  const offset = ({ line, character }: vscode.Position, field: string) => {
    const start = starts[line];
    if (start === undefined)
      throw bad(`${field}.line`, String(line), l10n.t('less than {0}, the number of lines', starts.length));
    // As in editors, a character beyond the end of a line means that end.
    return Math.min(start + character, lineEnd(text, starts, line));
  };
  return { start: offset(range.start, 'range.start'), end: offset(range.end, 'range.end') };
}

const bad = (field: string, found: string, expected: string) =>
  new Failure('BadRequest', l10n.t('{0}: found {1}, expected {2}.', field, found, expected));
