/** The byte-level tokeniser of a model, from tokenizer.json, or from vocab.json and merges.txt. */
import { t } from '../l10n.js';
import { ByteLevelTokenizer } from './byte-level.js';
import { BytePieces } from './byte-pieces.js';
import { Merges } from './merges.js';
import {
  componentsOf,
  invalid,
  isId,
  isObject,
  type Json,
  shown,
  specialIds,
  TokenizerJson,
} from './tokenizer-json.js';

/** @throws AskBertError ModelInvalid naming file and field */
export function byteLevelFromJson(file: string, json: Json): ByteLevelTokenizer {
  const source = new TokenizerJson(file, json);
  source.refuseOtherAddedTokens();
  const { model } = source;
  source.demand('model', model, 'type', ['BPE']);
  source.demand('model', model, 'dropout', [null, 0]);
  source.demand('model', model, 'continuing_subword_prefix', [null, '']);
  source.demand('model', model, 'end_of_word_suffix', [null, '']);
  source.demand('model', model, 'ignore_merges', [null, false]);
  for (const each of componentsOf(json.normalizer, 'normalizers'))
    throw source.unsupported('normalizer.type', each.type, 'null');
  const [splitter, another] = componentsOf(json.pre_tokenizer, 'pretokenizers');
  if (splitter?.type !== 'ByteLevel' || another) {
    throw source.unsupported('pre_tokenizer.type', another?.type ?? splitter?.type, '"ByteLevel"');
  }
  source.demand('pre_tokenizer', splitter, 'use_regex', [null, true]);
  const addPrefixSpace = splitter.add_prefix_space === true;
  let trimOffsets = false;
  for (const each of componentsOf(json.post_processor, 'processors')) {
    if (each.type === 'TemplateProcessing') continue;
    if (each.type !== 'RobertaProcessing' && each.type !== 'ByteLevel') {
      throw source.unsupported(
        'post_processor.type',
        each.type,
        '"RobertaProcessing", "ByteLevel", "TemplateProcessing"',
      );
    }
    trimOffsets ||= each.trim_offsets !== false;
  }
  const vocabulary = piecesOf(file, 'model.vocab', model.vocab, source.addedIds);
  const merges = Array.isArray(model.merges) ? model.merges : undefined;
  if (!merges) throw source.fault('model.merges', model.merges, t('a list'));
  return new ByteLevelTokenizer(vocabulary, mergesOf(file, merges, vocabulary), { addPrefixSpace, trimOffsets });
}

/** @throws AskBertError ModelInvalid naming file and line */
export function byteLevelFromFiles(
  vocab: { file: string; json: Json },
  merges: { file: string; text: string },
  addPrefixSpace: boolean,
): ByteLevelTokenizer {
  const vocabulary = piecesOf(vocab.file, 'vocab', vocab.json, new Map());
  const lines = mergeLines(merges.text);
  const options = { addPrefixSpace, trimOffsets: true };
  return new ByteLevelTokenizer(vocabulary, mergesOf(merges.file, lines, vocabulary), options);
}

/** The merges of merges.txt, two pieces with a space between them each. */
export const mergeLines = (text: string): string[] =>
  text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));

function piecesOf(file: string, field: string, vocab: unknown, added: ReadonlyMap<string, number>): BytePieces {
  if (!isObject(vocab)) throw invalid(t('{0}: field "{1}" is not an object of pieces and ids.', file, field));
  const ids = new Map<string, number>();
  const pieces: (string | undefined)[] = [];
  for (const [piece, id] of Object.entries(vocab)) {
    if (!isId(id) || pieces[id] !== undefined) {
      throw invalid(
        t('{0}: the piece {1} has the id {2}, expected a number of its own.', file, shown(piece), shown(id)),
      );
    }
    ids.set(piece, id);
    pieces[id] = piece;
  }
  for (const id of added.values()) pieces.length = Math.max(pieces.length, id + 1);
  const found = new BytePieces(
    ids,
    pieces,
    specialIds(file, (piece) => added.get(piece) ?? ids.get(piece)),
  );
  const [missing] = found.missingBytes;
  if (missing !== undefined) {
    throw invalid(t('{0} has no piece for the byte {1}, expected one for each of 256.', file, missing));
  }
  return found;
}

function mergesOf(file: string, list: readonly unknown[], { ids, size }: BytePieces): Merges {
  const triples = new Int32Array(3 * list.length);
  for (const [rank, merge] of list.entries()) {
    const parts = typeof merge === 'string' ? merge.split(' ') : merge;
    const [left, right] = Array.isArray(parts) && parts.length === 2 ? parts : [];
    const isPair = typeof left === 'string' && typeof right === 'string';
    const three = isPair ? [left, right, left + right].map((piece) => ids.get(piece) ?? -1) : [-1];
    if (three.includes(-1)) {
      throw invalid(t('{0}: merge {1} is {2}, expected two pieces of the vocabulary.', file, rank + 1, shown(merge)));
    }
    triples.set(three, 3 * rank);
  }
  return new Merges(size, triples);
}
