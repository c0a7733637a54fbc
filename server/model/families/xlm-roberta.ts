/** XLM-RoBERTa: RoBERTa with SentencePiece's pieces of a hundred languages. */
import type { Family } from './family.js';
import { roberta } from './roberta.js';

/** Of CC-100, its training data. */
const LANGUAGES =
  `af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it
  ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq sr su
  sv sw ta te th tl tr ug uk ur uz vi xh yi zh`.split(/\s+/);

export const xlmRoberta: Family = {
  ...roberta,
  type: 'xlm-roberta',
  architecture: 'XLMRobertaForQuestionAnswering',
  tokenizer: 'Unigram',
  languages: LANGUAGES,
};
