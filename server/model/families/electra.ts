/** ELECTRA: BERT's layers, after embeddings that may be narrower than these. */
import { type Family, usualFields } from './family.js';

export const electra: Family = {
  type: 'electra',
  architecture: 'ElectraForQuestionAnswering',
  fields: { ...usualFields, embeddingSize: 'embedding_size' },
  usualEmbeddingSize: 128,
  usualEpsilon: 1e-12,
  usualSegmentTypes: 2,
  names: [['bert.', 'electra.']],
  unused: /^(electra\.embeddings\.position_ids$|discriminator_predictions\.|generator_)/,
  textSegment: 1,
  separators: 1,
  tokenizer: 'WordPiece',
};
