/**
 * What one family of models has of its own. Inside the product every model has the names of BERT's tensors and counts
 * positions from 0: the import, the weights, the CPU's graph, TensorRT's network and the golden logits know no family,
 * only this description. A family is a file in this folder and a line in families.ts. A layer that BERT does not have
 * also goes into golden/reference.ts, engine/cpu/graph.ts and engine/export/standard-graph.ts, and
 * engine/tensorrt/supported.ts refuses it until the native network has it.
 */

/** Kinds of tokenisers, by the names of their models in tokenizer.json. */
export type TokenizerKind = 'WordPiece' | 'BPE' | 'Unigram';

/** Fields of config.json; undefined: the family has no such field, and the default holds. */
export interface ConfigFields {
  readonly hiddenSize: string;
  readonly layers: string;
  readonly heads: string;
  readonly intermediateSize: string;
  readonly activation: string;
  readonly layerNormEpsilon: string | undefined;
  readonly segmentTypes: string | undefined;
  /** Width of the embeddings, where it may differ from the hidden size: a projection follows them. */
  readonly embeddingSize: string | undefined;
}

export interface Family {
  /** `model_type` in config.json. */
  readonly type: string;
  /** Its question-answering class in transformers. */
  readonly architecture: string;
  readonly fields: ConfigFields;
  /** Width of the embeddings if config.json does not state it. */
  readonly usualEmbeddingSize?: number;
  /** Epsilon of LayerNorm if config.json does not state it. */
  readonly usualEpsilon: number;
  /** Segment types if config.json does not state them; 0: the family has no table of them. */
  readonly usualSegmentTypes: number;
  /**
   * Parts of BERT's tensor names and what they are here, replaced in this order. The first has the prefix of all but
   * the head.
   */
  readonly names: ReadonlyArray<readonly [bert: string, own: string]>;
  /** Tensors in checkpoints that question answering does not use. */
  readonly unused: RegExp;
  /** Segment of the text, where there are segment types; the question has 0. */
  readonly textSegment: 0 | 1;
  /** Pieces between the question and the text. */
  readonly separators: 1 | 2;
  readonly tokenizer: TokenizerKind;
  /** ISO 639 codes of the languages of all models of the family; undefined: they depend on the model. */
  readonly languages?: readonly string[];
  /** The table of positions has rows before the first: as many as `pad_token_id`, and one; this if it is not stated. */
  readonly usualPadId?: number;
}

/** The fields that Hugging Face's configurations share. */
export const usualFields: ConfigFields = {
  hiddenSize: 'hidden_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  intermediateSize: 'intermediate_size',
  activation: 'hidden_act',
  layerNormEpsilon: 'layer_norm_eps',
  segmentTypes: 'type_vocab_size',
  embeddingSize: undefined,
};

/** The name of a tensor in files of a family, from BERT's; undefined: the family has no such tensor. */
export function storedName(family: Family, bert: string): string | undefined {
  if (family.usualSegmentTypes === 0 && bert === 'bert.embeddings.token_type_embeddings.weight') return undefined;
  return family.names.reduce((name, [from, to]) => name.replace(from, to), bert);
}

/** BERT's name of a tensor in a file of a family; undefined: it is not a name of this family. */
export function bertName(family: Family, stored: string): string | undefined {
  if (!stored.startsWith(family.names[0][1]) && !stored.startsWith('qa_outputs.')) return undefined;
  const name = family.names.reduce((each, [to, from]) => each.replace(from, to), stored);
  return storedName(family, name) === stored ? name : undefined;
}
