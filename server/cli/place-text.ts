/** Where an answer is, for display. */
import { originText } from '../documents/origin-text.js';
import type { Answer } from '../protocol.js';
import { oneLine } from '../text/one-line.js';

/** `lease.pdf, page 3`; of a text `file:line:column`, one-based, as editors and terminals expect. */
export function placeText(file: string, answer: Answer): string {
  const origin = originText(answer);
  if (origin !== '') return `${oneLine(file)}, ${origin}`;
  return `${oneLine(file)}:${answer.line + 1}:${answer.character + 1}`;
}
