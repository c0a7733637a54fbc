/** The table of a question set: one row per document, one column per question. Pure. */
import type { AskManyResult, DocumentRef, ExtractCell, ExtractRow, NamedQuestion } from '../../server/protocol.js';

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

/** The answer of a cell, or its guess; undefined: neither, or there is no such cell. */
export function answerAt(
  { rows }: Table,
  uri: string,
  column: number,
): { answer: ExtractCell; guess: boolean } | undefined {
  const row = rows.get(uri);
  const answer = row?.cells[column];
  if (answer) return { answer, guess: false };
  const guess = row?.guesses?.[column];
  return guess ? { answer: guess, guess: true } : undefined;
}

/** Messages from the page to the extension. */
export type PageMessage =
  | { type: 'ready' | 'run' | 'runAll' | 'cancel' }
  | { type: 'open' | 'focus' | 'copy'; uri: string; column: number }
  | { type: 'check'; uri: string; column: number; checked: boolean }
  | { type: 'export'; format: ExportFormat };
const FORMATS = ['csv', 'xlsx', 'json', 'md'] as const;
export type ExportFormat = (typeof FORMATS)[number];

/** The page is ours, but what it sends is checked as if it were not. */
export function pageMessage(value: unknown): PageMessage | undefined {
  const { type, uri, column, format, checked } = (value ?? {}) as Record<string, unknown>;
  if (type === 'ready' || type === 'run' || type === 'runAll' || type === 'cancel') return { type };
  const known = FORMATS.find((each) => each === format);
  if (type === 'export') return known && { type, format: known };
  if (typeof uri !== 'string' || !Number.isInteger(column) || (column as number) < 0) return undefined;
  const place = { uri, column: column as number };
  if (type === 'open' || type === 'focus' || type === 'copy') return { type, ...place };
  return type === 'check' && typeof checked === 'boolean' ? { type, ...place, checked } : undefined;
}
