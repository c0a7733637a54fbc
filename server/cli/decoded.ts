/** Answers of a mail on the command line: what is encoded for a transport is no words that anybody can read. */
import type { Answer } from '../protocol.js';

/** The words of an answer: those that an encoding stands for, else the exact characters. */
export const wordsOfAnswer = ({ text, prose, decoded }: Answer): string => (decoded ? (prose ?? text) : text);

/** As `--json` prints it: `text` is what the answer says, `raw` the characters of the file where they are others. */
export function asPrinted<A extends Answer>(answer: A): A & { raw?: string } {
  return answer.decoded ? { ...answer, text: wordsOfAnswer(answer), raw: answer.text } : answer;
}
