/** RoBERTa: BERT with byte-level pieces, without segments, with two separators and positions from after the padding. */
import { type Family, usualFields } from './family.js';

export const roberta: Family = {
  type: 'roberta',
  architecture: 'RobertaForQuestionAnswering',
  fields: usualFields,
  usualEpsilon: 1e-12,
  usualSegmentTypes: 2,
  names: [['bert.', 'roberta.']],
  unused: /^(roberta\.pooler\.|roberta\.embeddings\.position_ids$|lm_head\.)/,
  textSegment: 0,
  separators: 2,
  tokenizer: 'BPE',
  usualPadId: 1,
};
