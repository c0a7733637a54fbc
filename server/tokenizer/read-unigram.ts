/** The Unigram tokeniser of a model, from tokenizer.json. */
import { t } from '../l10n.js';
import { Charsmap } from './charsmap.js';
import { componentsOf, isId, type Json, specialIds, TokenizerJson } from './tokenizer-json.js';
import { UnigramTokenizer } from './unigram.js';
import { UnigramPieces } from './unigram-pieces.js';

/** UTF-16 units of a piece: at every place in a word, pieces up to the longest one are looked for. */
const LONGEST_PIECE = 256;

/** @throws AskBertError ModelInvalid naming file and field */
export function unigramFromJson(file: string, json: Json): UnigramTokenizer {
  const source = new TokenizerJson(file, json);
  source.refuseOtherAddedTokens();
  const { model } = source;
  source.demand('model', model, 'type', ['Unigram']);
  source.demand('model', model, 'byte_fallback', [null, false]);
  const charsmap = readNormaliser(source);
  checkSplitting(source);
  for (const each of componentsOf(json.post_processor, 'processors')) {
    if (each.type !== 'TemplateProcessing' && each.type !== 'RobertaProcessing') {
      throw source.unsupported('post_processor.type', each.type, '"TemplateProcessing"');
    }
  }
  return new UnigramTokenizer(readPieces(source), charsmap);
}

function readNormaliser(source: TokenizerJson): Charsmap | undefined {
  const [first, second] = componentsOf(source.json.normalizer, 'normalizers');
  const other = first && first.type !== 'Precompiled' ? first : second;
  if (other) throw source.unsupported('normalizer.type', other.type, t('"Precompiled" or null'));
  if (!first) return undefined;
  const map = first.precompiled_charsmap;
  if (typeof map !== 'string') throw source.fault('normalizer.precompiled_charsmap', map, t('a text'));
  return new Charsmap(source.file, map);
}

function checkSplitting(source: TokenizerJson): void {
  const parts = componentsOf(source.json.pre_tokenizer, 'pretokenizers');
  const found = parts.map(({ type }) => type);
  const expected = ['WhitespaceSplit', 'Metaspace'];
  if (found.length !== expected.length || !expected.every((type, i) => type === found[i])) {
    throw source.unsupported('pre_tokenizer', found, JSON.stringify(expected));
  }
  const metaspace = parts[1];
  source.demand('pre_tokenizer', metaspace, 'replacement', ['\u2581']);
  source.demand('pre_tokenizer', metaspace, 'prepend_scheme', [null, 'always']);
  source.demand('pre_tokenizer', metaspace, 'add_prefix_space', [null, true]);
  source.demand('pre_tokenizer', metaspace, 'split', [null, true]);
}

function readPieces(source: TokenizerJson): UnigramPieces {
  const { vocab, unk_id } = source.model;
  if (!Array.isArray(vocab)) throw source.fault('model.vocab', vocab, t('a list'));
  const pieces: string[] = [];
  const scores: number[] = [];
  for (const [id, each] of vocab.entries()) {
    const [piece, score] = Array.isArray(each) ? each : [];
    if (typeof piece !== 'string' || typeof score !== 'number' || !Number.isFinite(score)) {
      throw source.fault(`model.vocab[${id}]`, each, t('a piece and its score'));
    }
    if (piece.length > LONGEST_PIECE) {
      throw source.unsupported(`model.vocab[${id}]`, each, t('a piece of at most {0} characters', LONGEST_PIECE));
    }
    pieces.push(piece);
    scores.push(score);
  }
  if (!isId(unk_id) || unk_id >= pieces.length) throw source.fault('model.unk_id', unk_id, t('the id of a piece'));
  const added = source.addedIds;
  const special = new Set([...added.values(), unk_id]);
  const ids = specialIds(source.file, (piece) => {
    const id = added.get(piece) ?? pieces.indexOf(piece);
    return id < 0 ? undefined : id;
  });
  for (const id of Object.values(ids)) special.add(id);
  for (const id of added.values()) while (pieces.length <= id) scores[pieces.push('') - 1] = 0;
  return new UnigramPieces(pieces, scores, unk_id, special, ids);
}
