/** Answers from a mail on the command line: text encoded for transport is not readable. */
import type { Answer } from '../protocol.js';

/** The words of an answer: decoded if they are encoded, the items of a list, otherwise the exact characters. */
export const wordsOfAnswer = ({ text, prose, decoded, ranges }: Answer): string =>
  decoded || ranges ? (prose ?? text) : text;

/** As `--json` prints it: `text` is what the answer says, `raw` the characters of the file if they differ. */
export function asPrinted<A extends Answer>(answer: A): A & { raw?: string } {
  return answer.decoded ? { ...answer, text: wordsOfAnswer(answer), raw: answer.text } : answer;
}
