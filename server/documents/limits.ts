/** Limits of one run over many documents. */

/** Number of documents in one run, and their total bytes. */
export const MAX_DOCUMENTS = 10_000;
export const MAX_TOTAL_BYTES = 500 * 1024 * 1024;
/** Largest file that is read among many, in bytes. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
/** The same for PDF, Office files and other documents that have images in them. */
export const MAX_BINARY_BYTES = 64 * 1024 * 1024;

/** Largest file of questions, in bytes. */
export const MAX_SET_BYTES = 1024 * 1024;
/** Questions of a set, and the longest name of one, in UTF-16 units. */
export const MAX_QUESTIONS = 200;
export const MAX_NAME_UNITS = 200;
