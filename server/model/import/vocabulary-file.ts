/** vocab.txt, or gluon-nlp's JSON, checked and as the bytes of a vocab.txt; or the files of another tokeniser. */
import path from 'node:path';
import { t } from '../../l10n.js';
import { readRegularSync } from '../../storage/open-file.js';
import { Vocabulary } from '../../tokenizer/vocabulary.js';
import type { TokenizerKind } from '../families/family.js';
import { tokenizerFiles } from '../model-tokenizer.js';
import { invalid } from './fault.js';

export interface VocabularyFile {
  readonly file: string;
  /** What is written of it: vocab.txt, one piece per line, or the files of another tokeniser as they are. */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** How many ids it has. */
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
  return { file, files: [{ name: 'vocab.txt', bytes: Buffer.from(lines) }], pieces: pieces.length, capital };
}

/**
 * The files of a tokeniser other than WordPiece, which are checked when the model is read.
 * @param named by the user; undefined: those beside the checkpoint
 */
export function readOtherVocabulary(folder: string, kind: TokenizerKind, named: string | undefined): VocabularyFile {
  const place = named === undefined ? folder : path.dirname(named);
  const names = named === undefined ? tokenizerFiles(place, kind) : namedFiles(named, kind);
  const file = path.join(place, names[0]);
  try {
    const files = names.map((name) => ({ name, bytes: readRegularSync(path.join(place, name), MAX_BYTES) }));
    if (files.length === 1) files[0].name = 'tokenizer.json';
    return { file, files, pieces: 0, capital: undefined };
  } catch (e) {
    const remedy = t('Put the tokeniser of the model there, or name it with --vocab.');
    throw invalid(file, t('cannot be read: {0}', (e as Error).message), remedy, e);
  }
}

/** The file that the user names, and what belongs to it: others beside it do not count. */
function namedFiles(named: string, kind: TokenizerKind): readonly string[] {
  const name = path.basename(named);
  if (name === 'vocab.json' && kind === 'BPE') return ['vocab.json', 'merges.txt'];
  if (/\.json$/i.test(name)) return [name];
  const expected = kind === 'BPE' ? ['tokenizer.json', 'vocab.json'] : ['tokenizer.json'];
  const remedy = t('Name the tokeniser of this model with --vocab.');
  throw invalid(named, t('is not a tokeniser of this family, expected {0}', expected.join(t(' or '))), remedy);
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
