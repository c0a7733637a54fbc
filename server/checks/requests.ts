/** Requests that were checked. */
import type { AskManyParams, AskOptions, ExtractParams, OffsetRange } from '../protocol.js';

/** A validated question. */
export interface Question {
  /** The text itself, or the path of a file that the worker reads. */
  text?: string | undefined;
  path?: string | undefined;
  range?: OffsetRange | undefined;
  question: string;
  options?: AskOptions | undefined;
  languageId?: string | undefined;
  /** Name of the document if `text` is given. */
  fileName?: string | undefined;
  /** Identity of the document. */
  key?: string | undefined;
  /** Whether progress includes the best answers so far. */
  soFar?: boolean | undefined;
  /** Missing or 0: everything is read. */
  budgetSeconds?: number | undefined;
  /** Of the file, if it is protected by one. */
  password?: string | undefined;
}

/** A file whose text is wanted. */
export interface FileOrder {
  path: string;
  password?: string | undefined;
}

/** Validated, unchanged. */
export type ManyQuestion = Omit<AskManyParams, 'source' | 'progressToken'>;
export type QuestionSet = Omit<ExtractParams, 'source' | 'progressToken'>;
