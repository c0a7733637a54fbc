/** Requests that were checked. */
import type { AskManyParams, AskOptions, ExtractParams, OffsetRange } from '../protocol.js';

/** A validated question. */
export interface Question {
  /** The text itself, or the path of a file that the worker reads. */
  text?: string;
  path?: string;
  range?: OffsetRange;
  question: string;
  options?: AskOptions;
  languageId?: string;
  /** Name of the document where `text` is given. */
  fileName?: string;
  /** Identity of the document. */
  key?: string;
  /** Progress has the best answers so far. */
  soFar?: boolean;
}

/** Validated, as they came. */
export type ManyQuestion = Omit<AskManyParams, 'source' | 'progressToken'>;
export type QuestionSet = Omit<ExtractParams, 'source' | 'progressToken'>;
