/** DistilBERT: half of BERT's layers, no segment types, and names of its own. */
import type { Family } from './family.js';

export const distilbert: Family = {
  type: 'distilbert',
  architecture: 'DistilBertForQuestionAnswering',
  fields: {
    hiddenSize: 'dim',
    layers: 'n_layers',
    heads: 'n_heads',
    intermediateSize: 'hidden_dim',
    activation: 'activation',
    layerNormEpsilon: undefined,
    segmentTypes: undefined,
    embeddingSize: undefined,
  },
  usualEpsilon: 1e-12,
  usualSegmentTypes: 0,
  names: [
    ['bert.', 'distilbert.'],
    ['.encoder.layer.', '.transformer.layer.'],
    ['.attention.self.query.', '.attention.q_lin.'],
    ['.attention.self.key.', '.attention.k_lin.'],
    ['.attention.self.value.', '.attention.v_lin.'],
    ['.attention.output.dense.', '.attention.out_lin.'],
    ['.attention.output.LayerNorm.', '.sa_layer_norm.'],
    ['.intermediate.dense.', '.ffn.lin1.'],
    ['.output.dense.', '.ffn.lin2.'],
    ['.output.LayerNorm.', '.output_layer_norm.'],
  ],
  unused: /^(distilbert\.embeddings\.position_ids$|vocab_)/,
  textSegment: 0,
  separators: 1,
  tokenizer: 'WordPiece',
};
