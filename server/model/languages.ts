/**
 * Which natural languages a model reads: as its configuration (`ask_bert.languages`) or its model card says; with the
 * vocabulary of BERT's English models, English; of a multilingual family, those of the family. Otherwise nothing is
 * known, and nothing is said about languages.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { readJsonSync, readRegularSync } from '../storage/open-file.js';
import { familyOf } from './families/families.js';

const MAX_BYTES = 16 * 1024 * 1024;
/** SHA-256 of vocab.txt of bert-base-uncased, which most English models share. */
const ENGLISH_VOCABULARIES = new Set(['07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3']);
const CODE = /^[a-z]{2,3}$/;

/** @returns ISO 639 codes; undefined: not known */
export function modelLanguages(folder: string): readonly string[] | undefined {
  return configured(folder) ?? stated(folder) ?? byVocabulary(folder) ?? byFamily(folder);
}

function configured(folder: string): string[] | undefined {
  const config = attempt(() => readJsonSync(path.join(folder, 'config.json'), MAX_BYTES));
  const { ask_bert: own } = (config ?? {}) as { ask_bert?: { languages?: unknown } };
  return codes(own?.languages);
}

/** `language: en`, or a list, in the front matter of a model card. */
function stated(folder: string): string[] | undefined {
  const card = textOf(path.join(folder, 'README.md'));
  const matter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card ?? '')?.[1];
  if (!matter) return undefined;
  const one = /^language:[ \t]*\[?([^\s\]][^\n\]]*)/m.exec(matter)?.[1];
  const list = /^language:[ \t\r]*\n((?:[ \t]*-[^\n]*\n?)+)/m.exec(matter)?.[1];
  const named = (one ?? list ?? '').split(/[\s,-]+/).map((each) => each.replace(/["']/g, ''));
  return codes(named.filter(Boolean));
}

function byVocabulary(folder: string): string[] | undefined {
  const text = textOf(path.join(folder, 'vocab.txt'))?.replaceAll('\r\n', '\n');
  if (text === undefined) return undefined;
  const hash = createHash('sha256').update(text).digest('hex');
  return ENGLISH_VOCABULARIES.has(hash) ? ['en'] : undefined;
}

function byFamily(folder: string): readonly string[] | undefined {
  const config = attempt(() => readJsonSync(path.join(folder, 'config.json'), MAX_BYTES));
  const { model_type: type } = (config ?? {}) as { model_type?: unknown };
  return typeof type === 'string' ? familyOf(type)?.languages : undefined;
}

/** Undefined if a code is not one of a single language, such as "multilingual". */
const codes = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && CODE.test(each))
    ? value
    : undefined;

const textOf = (file: string): string | undefined =>
  attempt(() => Buffer.from(readRegularSync(file, MAX_BYTES)).toString('utf8'));

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
