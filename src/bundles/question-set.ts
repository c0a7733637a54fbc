/** A bundle of its own, loaded with the first file of questions: the parser of YAML, and the forms of a table in a file. */
export { formatOf } from '../../server/cli/table-file.js';
export { parseQuestionSet } from '../../server/documents/question-set.js';
export { useLanguage } from '../../server/l10n.js';
