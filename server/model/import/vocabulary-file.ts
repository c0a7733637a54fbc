/** vocab.txt, or gluon-nlp's vocabulary in JSON, checked and as the bytes of a vocab.txt. */
import { t } from '../../l10n.js';
import { readRegularSync } from '../../storage/open-file.js';
import { Vocabulary } from '../../tokenizer/vocabulary.js';
import { invalid } from './fault.js';

export interface VocabularyFile {
  readonly file: string;
  /** UTF-8, one piece per line; the line number is the id. */
  readonly bytes: Uint8Array;
  /** Number of lines. */
  readonly pieces: number;
  /** A piece with a capital letter, ignoring the special ones in brackets; undefined if there is none. */
  readonly capital: string | undefined;
}

const MAX_BYTES = 256 * 1024 * 1024;

/** @throws AskBertError ModelInvalid naming the file */
export function readVocabulary(file: string): VocabularyFile {
  const remedy = t('Name the vocabulary of this model with --vocab.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readRegularSync(file, MAX_BYTES));
  } catch (e) {
    throw invalid(file, t('cannot be read as text: {0}', (e as Error).message), remedy, e);
  }
  const pieces = /\.(vocab|json)$/i.test(file) ? fromJson(file, text) : fromLines(text);
  const lines = `${pieces.join('\n')}\n`;
  // The reader's own checks: not empty, and with the special pieces.
  Vocabulary.parse(lines, file);
  const capital = pieces.find((p) => !/^\[.*\]$/.test(p) && /\p{Lu}/u.test(p));
  return { file, bytes: Buffer.from(lines), pieces: pieces.length, capital };
}

function fromLines(text: string): string[] {
  const lines = text.split('\n').map((l) => l.trimEnd());
  // The last line end does not begin another line.
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** `idx_to_token` of gluonnlp.Vocab.to_json. */
function fromJson(file: string, text: string): string[] {
  let list: unknown;
  try {
    list = JSON.parse(text).idx_to_token;
  } catch (e) {
    throw invalid(file, t('cannot be read as JSON: {0}', (e as Error).message), undefined, e);
  }
  if (!Array.isArray(list) || !list.every((p) => typeof p === 'string' && !/[\r\n]/.test(p))) {
    throw invalid(file, t('has no field "idx_to_token" with a list of pieces'));
  }
  return list;
}
