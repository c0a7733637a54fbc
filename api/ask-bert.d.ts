/**
 * The API that the extension `ask-bert.ask-bert` gives to other extensions. Copy this file into yours; it needs the types
 * of `vscode` alone. docs/api.md has examples.
 *
 *     const extension = vscode.extensions.getExtension<AskBertApi>('ask-bert.ask-bert');
 *     const api = await extension?.activate();
 *
 * Offsets are UTF-16 code units from the beginning of the text, zero-based, the end excluded; lines and characters of a
 * `Range` are zero-based, as everywhere in VS Code.
 */
import type { CancellationToken, Event, Range, Uri } from 'vscode';

export interface AskBertApi {
  /** Grows when something is changed or taken away; what is added leaves it as it is. */
  readonly version: 1;
  /**
   * Finds the exact words of a text that answer a question. Nothing is shown, highlighted or remembered, and no editor is
   * opened. Calls do not disturb each other.
   * @throws AskBertError every code
   */
  answer(request: AnswerRequest): Promise<AnswerResult>;
  /**
   * Asks and highlights the answers in the editor, as the command does; failures are told to the user.
   * @returns undefined when nothing was asked: no text, or the user left the question box
   */
  ask(request: AskRequest): Promise<AskOutcome | undefined>;
  /** What is highlighted in a document now; the places follow its edits. */
  answers(uri: Uri): ShownAnswers | undefined;
  /** Answers of this document came, moved or went, or another one became the current one. */
  readonly onDidChangeAnswers: Event<Uri>;
  /** The reader started, became busy, failed, ... */
  readonly onDidChangeStatus: Event<AskBertStatus>;
}

export interface AnswerRequest {
  question: string;
  /** The text to read. Exactly one of `text` and `uri` is given. */
  text?: string;
  /** A document of any file system; where it is open, what its editor shows is read, unsaved changes included. */
  uri?: Uri;
  /** Read this part only; offsets and ranges of the result still count from the beginning of the whole text. */
  range?: Range | OffsetRange;
  /** How `text` is read: its language, or a file's name. Without them it is read as it stands. */
  languageId?: string;
  fileName?: string;
  /** What is left out comes from the user's settings, else from the model. */
  options?: AnswerOptions;
  token?: CancellationToken;
}

export interface OffsetRange {
  start: number;
  end: number;
}

export interface AnswerOptions {
  /** Answers returned at most, 1 to 20. */
  topK?: number;
  /** Longest answer in word pieces, 1 to 510. */
  maxAnswerLength?: number;
  /** Overlap of two neighbouring windows in word pieces. */
  docStride?: number;
  /** "No answer" is chosen when its score exceeds the best answer's by more than this (logit units). */
  noAnswerThreshold?: number;
  /** `auto`: without markup and comment markers; `raw`: the characters as they stand. */
  readAs?: 'auto' | 'raw';
}

export interface AnswerResult {
  readonly question: string;
  /** The question that was read, with typing errors corrected; missing: as it was asked. */
  readonly correctedQuestion?: string;
  /** The document that was read; missing: `text` was. */
  readonly uri?: Uri | undefined;
  /** Version of the open document that was read. */
  readonly documentVersion?: number | undefined;
  /** Best first, none overlapping another. When `noAnswer.chosen`, these are only the best guesses. */
  readonly answers: readonly ExactAnswer[];
  readonly noAnswer: {
    /** The text does not answer the question. */
    readonly chosen: boolean;
    readonly probability: number;
  };
  readonly engine: {
    readonly name: 'cpu' | 'tensorrt' | 'tensorrt-rtx' | 'remote';
    readonly device: string;
    readonly model: string;
    readonly precision: string;
  };
  /** Milliseconds of reading; loading the model is not included. */
  readonly totalMs: number;
  /** Sentences for the user, about answers that were given all the same. */
  readonly warnings: readonly string[];
}

export interface ExactAnswer extends OffsetRange {
  /** Exactly the characters from `start` to `end`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly range: Range;
  /** 0 to 1; those of all answers of a document and of "no answer" are at most 1 together. */
  readonly probability: number;
  /** How far it can be believed; `guess` also for what "no answer" was preferred to. */
  readonly grade: 'sure' | 'unsure' | 'guess';
  /** The words as a reader sees them, where markup stands between them in `text`. */
  readonly prose?: string;
  /** The sentence around it. */
  readonly sentence?: OffsetRange & { readonly text: string };
  /** Headings or keys above it, outermost first. */
  readonly path?: readonly string[];
  /**
   * The items of a list that is the answer as a whole, in order; `start` to `end` goes from the first to the last, and
   * `prose` has them one after the other. Missing: the answer is one range.
   */
  readonly ranges?: readonly AnswerItem[];
  /** Other places of the same words, best first; `probability` is the sum of all of them. Missing: none. */
  readonly also?: readonly ExactAnswer[];
}

export interface AnswerItem extends OffsetRange {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly range: Range;
  readonly prose?: string;
}

export interface AskRequest {
  /** Without it the question box is shown. */
  question?: string;
  /** Without it the active editor is meant. */
  uri?: Uri;
  range?: Range;
}

export interface AskOutcome {
  readonly status: 'answered' | 'noAnswer' | 'changed' | 'failed' | 'cancelled';
  readonly question: string;
  /** What is highlighted now, or would be as the best guess. */
  readonly answers: readonly ShownAnswer[];
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string | undefined };
}

export interface ShownAnswers {
  readonly question: string;
  /** "No answer" was preferred: these are the best guesses, shown on request. */
  readonly guess: boolean;
  readonly answers: readonly ShownAnswer[];
  readonly current: ShownAnswer;
}

export interface ShownAnswer extends OffsetRange {
  readonly text: string;
  readonly range: Range;
  readonly probability: number;
  readonly grade: 'sure' | 'unsure' | 'guess';
  /** 1 for the best. */
  readonly rank: number;
}

export interface AskBertStatus {
  readonly state: 'idle' | 'loading' | 'ready' | 'busy' | 'unloaded' | 'error';
  /** Questions waiting behind those that run. */
  readonly queued: number;
  /** A sentence for the user (error). */
  readonly message?: string | undefined;
}

/** What `answer` rejects with. */
export interface AskBertError extends Error {
  readonly name: 'AskBertError';
  readonly code: AskBertErrorCode;
  /** What can be done about it; a sentence. */
  readonly remedy?: string | undefined;
}

export type AskBertErrorCode =
  /** The request is wrong; the message names the field. */
  | 'BadRequest'
  /** There is no such document, or it is not text. */
  | 'InputUnreadable'
  | 'ModelInvalid'
  | 'LibraryMissing'
  | 'EngineBuild'
  | 'EngineRun'
  | 'OutOfMemory'
  /** By the token, or since the reader was stopped. */
  | 'Cancelled'
  | 'Superseded'
  /** The reader's process ended twice while it answered, or too often. */
  | 'Crashed'
  | 'StartFailed'
  /** Of a model that the user asked for. */
  | 'DownloadFailed'
  | 'PasswordNeeded'
  | 'Internal';
