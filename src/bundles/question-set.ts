/** A separate bundle, loaded with the first question file: the YAML parser and the table file formats. */

export { parseQuestionSet } from '../../server/documents/question-set.js';
export { formatOf } from '../../server/documents/table-file.js';
export { workbookOf } from '../../server/documents/table-workbook.js';
export { useLanguage } from '../../server/l10n.js';
