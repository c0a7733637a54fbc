/** A bundle of its own: the parser of YAML is loaded when the first file of questions is read. */
export { useLanguage } from '../server/l10n.js';
export { parseQuestionSet } from '../server/documents/question-set.js';
