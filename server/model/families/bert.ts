/** BERT, whose names and layout the others are described by. */
import { type Family, usualFields } from './family.js';

export const bert: Family = {
  type: 'bert',
  architecture: 'BertForQuestionAnswering',
  fields: usualFields,
  usualEpsilon: 1e-12,
  usualSegmentTypes: 2,
  names: [['bert.', 'bert.']],
  unused: /^(bert\.pooler\.|bert\.embeddings\.position_ids$|cls\.)/,
  textSegment: 1,
  separators: 1,
  tokenizer: 'WordPiece',
};
