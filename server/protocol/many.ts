/** One question, or a set of questions, about many documents. */
import type { Answer, AnsweringEngine, AskOptions, AskResult, NoAnswer, ReadingEnd, Timing, Warning } from './ask.js';

/**
 * `askBert/askMany`: one question about many documents. Result: {@link AskManyResult}.
 * Progress: {@link AskManyProgress} by `$/progress`, with the best answers so far.
 */
export const AskManyMethod = 'askBert/askMany';
export interface DocumentRef {
  /** Any absolute URI; a `file:` URI when `text` is missing. */
  uri: string;
  /** The content if it differs from the file, such as a document with unsaved changes. */
  text?: string | undefined;
  languageId?: string | undefined;
}
export interface AskManyParams {
  source?: string | undefined;
  question: string;
  documents: DocumentRef[];
  options?: AskOptions | undefined;
  /**
   * Seconds; if more is needed, passages are ranked by their words and the best are read. Default 30; 0: read
   * everything.
   */
  budgetSeconds?: number | undefined;
  progressToken?: string | number | undefined;
}
/** An answer in one of the documents. */
export interface PlacedAnswer extends Answer {
  uri: string;
}
/** One answer with every place where it was found. */
export interface FoundAnswer extends PlacedAnswer {
  /** Other places of the same words, best first. */
  also: PlacedAnswer[];
}
/** `password`: it needs one; `noText`: a scan, fonts without characters, or nothing; `damaged`: in its own format. */
export type SkipReason = 'binary' | 'tooLarge' | 'unreadable' | 'notText' | 'password' | 'noText' | 'damaged';
export interface AskManyResult {
  question: string;
  /** The question as read for the document of the best answer, with typing errors corrected; missing: as asked. */
  correctedQuestion?: string;
  /** Best first, each once; also filled when `noAnswer.chosen`. */
  answers: FoundAnswer[];
  /** The decision for all documents together. */
  noAnswer: NoAnswer;
  /** How much was read. Ranked: by words, because everything would have taken longer than the budget. */
  read: {
    documents: number;
    ofDocuments: number;
    characters: number;
    ofCharacters: number;
    ranked: boolean;
    /** Only if ranked: why nothing more was read. */
    ended?: ReadingEnd;
  };
  /**
   * The question, or a text that was read, is in a language that the model does not read (ISO 639 codes): "no answer"
   * is not certain, and the answers of such a text are guesses.
   */
  otherLanguage?: AskResult['otherLanguage'];
  skipped: { uri: string; reason: SkipReason; message: string }[];
  engine: AnsweringEngine;
  timing: Timing;
  warnings: Warning[];
  /** What could not be read of files that were read. Missing: nothing. */
  notes?: DocumentNote[];
}
/** A sentence about a file. */
export interface DocumentNote {
  uri: string;
  message: string;
}
export interface AskManyProgress {
  stage: 'documents';
  /** Documents: read to their end, or, once `read` is there, searched for the words of the question. */
  done: number;
  total: number;
  skipped: number;
  /** UTF-16 units of the text: read, and in all. Missing: documents are read one after the other. */
  read?: { characters: number; ofCharacters: number };
  /** Seconds; missing: not known yet. */
  left?: number;
  /** Best so far, best first. */
  answers: FoundAnswer[];
}

/**
 * `askBert/extract`: a set of questions over many documents, a table. Result: {@link ExtractResult}; its rows arrive by
 * `$/progress` as they are done ({@link ExtractProgress}).
 */
export const ExtractMethod = 'askBert/extract';
export interface NamedQuestion {
  /** Name of the column. */
  name: string;
  question: string;
  noAnswerThreshold?: number | undefined;
}
export interface ExtractParams {
  source?: string | undefined;
  questions: NamedQuestion[];
  documents: DocumentRef[];
  options?: AskOptions | undefined;
  progressToken?: string | number | undefined;
}
/** An answer with what a table shows around it. */
export interface ExtractCell extends Answer {
  /** The words of its `sentence` in one line, at most 1000 UTF-16 units; missing: unknown. */
  sentenceText?: string;
}
export interface ExtractRow {
  uri: string;
  /** One for each question, in order; null: no answer in this document. */
  cells: (ExtractCell | null)[];
  /** What "no answer" was preferred to, where a cell is null; null: nothing. Missing: no question has such a guess. */
  guesses?: (ExtractCell | null)[];
}
export interface ExtractResult {
  rows: ExtractRow[];
  skipped: AskManyResult['skipped'];
  engine: AnsweringEngine;
  /** Missing: none. */
  warnings?: Warning[];
  /** As in {@link AskManyResult}. */
  notes?: DocumentNote[];
}
export interface ExtractProgress {
  stage: 'rows';
  done: number;
  total: number;
  row: ExtractRow;
}
