/** A bundle of its own, loaded with the first file of questions: the parser of YAML, and the forms of a table in a file. */

export { parseQuestionSet } from '../../server/documents/question-set.js';
export { formatOf } from '../../server/documents/table-file.js';
export { useLanguage } from '../../server/l10n.js';
