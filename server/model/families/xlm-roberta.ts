/** XLM-RoBERTa: RoBERTa with SentencePiece's pieces of a hundred languages. */
import type { Family } from './family.js';
import { roberta } from './roberta.js';

export const xlmRoberta: Family = {
  ...roberta,
  type: 'xlm-roberta',
  architecture: 'XLMRobertaForQuestionAnswering',
  tokenizer: 'Unigram',
};
