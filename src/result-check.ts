/** Is what came over the wire a result? A damaged one must become an error, never a wrong highlight. Pure. */
import type { Answer, AskResult } from '../server/protocol.js';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function isAnswer(value: unknown): value is Answer {
  return (
    isObject(value) &&
    Number.isInteger(value.start) &&
    Number.isInteger(value.end) &&
    (value.start as number) >= 0 &&
    (value.end as number) > (value.start as number) &&
    typeof value.text === 'string' &&
    isNumber(value.probability)
  );
}

export function isAskResult(value: unknown): value is AskResult {
  return (
    isObject(value) &&
    typeof value.question === 'string' &&
    Array.isArray(value.answers) &&
    value.answers.every(isAnswer) &&
    isObject(value.noAnswer) &&
    isNumber(value.noAnswer.probability) &&
    typeof value.noAnswer.chosen === 'boolean' &&
    isObject(value.engine) &&
    typeof value.engine.name === 'string' &&
    isObject(value.timing) &&
    isNumber(value.timing.totalMs) &&
    Array.isArray(value.warnings)
  );
}
