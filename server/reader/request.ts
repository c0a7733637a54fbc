/** A request to the reader. */
import type { Extracted } from '../formats/extracted.js';
import type { AskOptions, AskProgress } from '../protocol.js';

export interface AskRequest {
  text: string;
  /** Read only this part; offsets in the result count from the beginning of `text`. */
  range?: { start: number; end: number } | undefined;
  question: string;
  options?: AskOptions | undefined;
  /** The editor's language identifier and the name or path of the file: how the text is read (views/choose-view.ts). */
  languageId?: string | undefined;
  fileName?: string | undefined;
  /** If `text` was extracted from a binary format: how it is built, and where it stands in the file. */
  extracted?: Extracted | undefined;
  /** Identity of the document, such as its URI: the data prepared for its last question is reused. */
  key?: string | undefined;
  /** The same question is asked about other documents: a word that this one lacks may be in another. */
  amongOthers?: boolean | undefined;
  /** Whether progress includes the best answers so far. */
  soFar?: boolean | undefined;
  /**
   * Seconds; what would take longer is read in the order of its words until that changes nothing (budget.ts). Missing
   * or 0: everything is read.
   */
  budgetSeconds?: number | undefined;
  /**
   * The text is only what was read of a file so far: at most this many windows are read, the nearest to the question.
   * Missing: the text is whole.
   */
  glance?: number | undefined;
}

export type OnProgress = (progress: AskProgress) => void;

/**
 * Called between two batches: another question may be read before it settles.
 * @param spent pieces of the last batch, padding included
 * @param next pieces of the next one
 * @param left pieces of all that are left
 * @throws AskBertError when the question is cancelled
 */
export type GiveWay = (spent: number, next: number, left: number) => Promise<void>;
