/** The table of a question set: one row per document, one column per question. Pure. */
import type { AskManyResult, DocumentRef, ExtractRow, NamedQuestion } from '../../server/protocol.js';

export interface TableRow extends ExtractRow {
  /** Version of the document when it was read; differs if it has changed since. */
  version: string;
}

export interface Table {
  /** Of the question file. */
  name: string;
  /** What is asked about, in words. */
  scope: string;
  questions: readonly NamedQuestion[];
  phase: 'finding' | 'reading' | 'done' | 'cancelled' | 'failed';
  /** Finished rows by URI, in the order of arrival. */
  rows: Map<string, TableRow>;
  /** Number of documents. */
  total: number;
  skipped: AskManyResult['skipped'];
  /** Files that were left out because there are too many. */
  beyond: number;
}

export interface VersionedDocument {
  ref: DocumentRef;
  version: string;
}

/**
 * The documents to read: those without a row, and those that have changed since. Rows of unchanged documents are
 * kept, rows of deleted or changed documents are not.
 */
export function outstanding(table: Table, documents: readonly VersionedDocument[]): DocumentRef[] {
  const versions = new Map(documents.map(({ ref, version }) => [ref.uri, version]));
  for (const [uri, row] of table.rows) if (versions.get(uri) !== row.version) table.rows.delete(uri);
  return documents.filter(({ ref }) => !table.rows.has(ref.uri)).map(({ ref }) => ref);
}

/** Whether two sets ask the same, so that their rows are interchangeable. */
export const sameQuestions = (a: readonly NamedQuestion[], b: readonly NamedQuestion[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Messages from the page to the extension. */
export type PageMessage =
  | { type: 'ready' | 'run' | 'runAll' | 'cancel' }
  | { type: 'open'; uri: string; column: number }
  | { type: 'export'; format: ExportFormat };
export type ExportFormat = 'csv' | 'json' | 'md';

/** The page is ours, but what it sends is checked as if it were not. */
export function pageMessage(value: unknown): PageMessage | undefined {
  const { type, uri, column, format } = (value ?? {}) as Record<string, unknown>;
  if (type === 'ready' || type === 'run' || type === 'runAll' || type === 'cancel') return { type };
  if (type === 'open' && typeof uri === 'string' && Number.isInteger(column) && (column as number) >= 0) {
    return { type, uri, column: column as number };
  }
  if (type === 'export' && (format === 'csv' || format === 'json' || format === 'md')) return { type, format };
  return undefined;
}
