/** What a model is calibrated with: the questions of a SQuAD file, a text with our questions, or texts that ship. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readContent } from '../documents/content.js';
import { parseJsonOrLines } from '../documents/question-files.js';
import { squadFile } from '../documents/squad-file.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { Example } from './windows.js';

/** Next to `dist/` in every package. */
const SHIPPED = ['samples/service-agreement.md', 'CHANGELOG.md', 'LICENSE'];

/** Asked about texts without questions. English, like the texts that ship. */
const QUESTIONS = [
  'who is responsible for it?',
  'when does it begin?',
  'how much does it cost?',
  'what is the name of the company?',
  'how many files are read at once?',
  'which law applies to this agreement?',
  'where is it kept?',
  'why was it changed?',
  'what happens if a payment is late?',
  'how long does it take until an answer is given?',
  'who may terminate the agreement, and within how many days?',
  'which formats are supported?',
];

/** Units of a piece of a text, about two windows. */
const PIECE = 3000;

/**
 * @param file SQuAD file (JSON or JSON lines), or a document; undefined: the texts that ship
 * @param onNote called with a sentence about something that was left out or guessed
 * @throws AskBertError InputUnreadable, PasswordNeeded, OutOfMemory, Cancelled
 */
export async function readExamples(
  file: string | undefined,
  onNote: (sentence: string) => void,
  signal: AbortSignal,
): Promise<Example[]> {
  if (file === undefined) return shippedExamples(onNote, signal);
  const { text } = await readContent(file, { special: true, onNote, signal });
  if (!/^\s*[[{]/.test(text)) return examplesOf(text);
  const { all } = squadFile(file, parseJsonOrLines(text, file), onNote);
  return [...all()];
}

async function shippedExamples(onNote: (sentence: string) => void, signal: AbortSignal): Promise<Example[]> {
  const files = SHIPPED.map((name) => readContent(shippedFile(name), { onNote, signal }));
  return (await Promise.all(files)).flatMap(({ text }) => examplesOf(text));
}

/** In the folder above that of the bundle, or further above if this is a bundle of tests. */
function shippedFile(name: string): string {
  const places = ['..', '../..', '../../..'].map((up) => path.join(__dirname, up, name));
  const found = places.find((file) => existsSync(file));
  if (found) return found;
  throw new AskBertError(
    'InputUnreadable',
    t('{0}, which is part of Ask BERT, does not exist.', places[0]),
    t('Install Ask BERT again, or name a text with --data.'),
  );
}

/** Every question on every piece of a text; pieces end with a line where they can. */
export function examplesOf(text: string): Example[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const line = text.lastIndexOf('\n', at + PIECE) + 1;
    const end = at + PIECE >= text.length ? text.length : line > at ? line : at + PIECE;
    const piece = text.slice(at, end);
    if (/[\p{L}\p{N}]/u.test(piece)) pieces.push(piece);
    at = end;
  }
  return QUESTIONS.flatMap((question) => pieces.map((context) => ({ question, context })));
}
