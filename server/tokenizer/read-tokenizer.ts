/** A tokeniser from tokenizer.json, by the type of its model. */
import { t } from '../l10n.js';
import { byteLevelFromJson } from './read-byte-level.js';
import { unigramFromJson } from './read-unigram.js';
import type { TextTokenizer } from './text-tokenizer.js';
import { type Json, TokenizerJson } from './tokenizer-json.js';

type ReadTokenizer = (file: string, json: Json) => TextTokenizer;

const READERS: Readonly<Record<string, ReadTokenizer>> = { BPE: byteLevelFromJson, Unigram: unigramFromJson };

/**
 * @param file its name in messages
 * @param kind that the model's family has; undefined: any
 * @throws AskBertError ModelInvalid naming the component that cannot be read
 */
export function tokenizerFromJson(file: string, json: Json, kind?: string): TextTokenizer {
  const source = new TokenizerJson(file, json);
  const { type } = source.model;
  if (kind !== undefined && type !== kind) throw source.unsupported('model.type', type, `"${kind}"`);
  const read = typeof type === 'string' && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!read)
    throw source.unsupported(
      'model.type',
      type,
      Object.keys(READERS)
        .map((each) => `"${each}"`)
        .join(t(' or ')),
    );
  return read(file, json);
}
