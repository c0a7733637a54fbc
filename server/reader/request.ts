/** What a reader is asked. */
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
  /** Identity of the document, such as its URI: what was prepared for its last question is used again. */
  key?: string | undefined;
  /** The same question is asked about other documents: a word that this one lacks may stand in another. */
  amongOthers?: boolean | undefined;
  /** Progress has the best answers so far: for those who show them. */
  soFar?: boolean | undefined;
}

export type OnProgress = (progress: AskProgress) => void;
