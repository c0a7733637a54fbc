/** One question about one document: parameters, options, answers, progress. */

/** A half-open range of UTF-16 code units. */
export interface OffsetRange {
  start: number;
  end: number;
}

/** Per-question options; defaults come from the settings of the sidecar or from the model. */
export interface AskOptions {
  /** Maximum number of answers returned. Default 5. */
  topK?: number | undefined;
  /**
   * Overlap of two neighbouring windows, in pieces. Default: the model's, else 44; the longest answer if that is more.
   */
  docStride?: number | undefined;
  /** Longest answer, in pieces. Default 30. */
  maxAnswerLength?: number | undefined;
  /**
   * "No answer" is chosen when null score - best score is above this (logit units).
   * Default: the model's calibrated threshold, else 0; for a document (a language or a name is known) 2 more.
   */
  noAnswerThreshold?: number | undefined;
  /**
   * `auto`: the prose that a reader sees (views/base/reading-view.ts), by the language; `raw`: the characters as they
   * are. Default `auto`. Offsets are the file's either way.
   */
  readAs?: 'auto' | 'raw' | undefined;
}

/** Bounds of the options, inclusive, for the protocol, the flags, the settings of the extension and the reader. */
export const optionLimits = {
  topK: [1, 20],
  docStride: [0, 510],
  maxAnswerLength: [1, 510],
} as const satisfies { [K in keyof AskOptions]?: readonly [low: number, high: number] };

/** Longest question, in UTF-16 units; the model reads only the first 64 pieces of it anyway. */
export const MAX_QUESTION_UNITS = 10_000;

/** Seconds in which many documents, or a long extracted one, are read if nothing else is asked for. */
export const DEFAULT_BUDGET_SECONDS = 30;

/** Longest password of a file, in UTF-16 units. */
export const MAX_PASSWORD_UNITS = 1000;

/**
 * `askBert/ask`: one question about one text. Result: {@link AskResult}. Progress: {@link AskProgress} by `$/progress`.
 */
export const AskMethod = 'askBert/ask';
export interface AskParams {
  /**
   * Id of the asking editor. A newer question from the same source cancels the older ones, which fail with
   * `Superseded`. If missing, nothing is superseded.
   */
  source?: string | undefined;
  /** The text to read. Exactly one of `text` and `uri` is given. */
  text?: string | undefined;
  /**
   * A `file:` URI, read by the sidecar: a PDF, an Office file or another known format by its content; otherwise a text
   * (UTF-8, UTF-16 by its byte order mark, otherwise by detection).
   */
  uri?: string | undefined;
  /** For a file that is protected by one. It is not kept. */
  password?: string | undefined;
  /**
   * The editor's language identifier (`markdown`, `typescript`, ...); default: by the name of the file, otherwise plain
   * text.
   */
  languageId?: string | undefined;
  /** Name or path of the document if `text` is given; with `uri` it is the URI's path. */
  fileName?: string | undefined;
  /** Read only this part of the text; offsets in the result still count from the beginning of the whole text. */
  range?: OffsetRange | undefined;
  question: string;
  options?: AskOptions | undefined;
  /**
   * Seconds; if reading everything would take longer, the passages nearest to the question are read first, until more
   * of them change nothing or the time is up. The same question again continues there. Missing or 0: everything is
   * read.
   */
  budgetSeconds?: number | undefined;
  /** Token under which progress is sent, with the best answers so far. */
  progressToken?: string | number | undefined;
}

/**
 * How far an answer can be believed, by the measured reliability of its probability (reader/calibration.ts): `guess`
 * also for what "no answer" was preferred to.
 */
export type Grade = 'sure' | 'unsure' | 'guess';

/**
 * Where an answer stands in a file whose text was extracted (PDF, Office, EPUB ...): offsets, lines and characters are
 * those of that text. Each member is missing if the format has no such thing.
 */
export interface Origin {
  /** From 1: the page of a PDF, and what is printed on it, if that differs ("iv"). */
  page?: number;
  pageLabel?: string;
  /** From 1. */
  slide?: number;
  /** Name of the sheet, and address of the cell in it ("C14"). */
  sheet?: string;
  cell?: string;
  /** Title of the chapter of a book. */
  chapter?: string;
  /** Heading above it. */
  section?: string;
  /** The part of the file, if not its main text: an attachment, "notes", "comments", "header". */
  part?: string;
  /** In a PDF: one for each line that it stands in. */
  boxes?: Box[];
}

/** A rectangle in PDF points, from the lower left corner of the page as it is shown, after its rotation. */
export interface Box {
  /** From 1. */
  page: number;
  /** Of the lower left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Answer extends OffsetRange, Origin {
  /** Exactly `text.slice(start, end)`. */
  text: string;
  /** The words as a reader sees them, if `text` has markup, comment markers or line ends between them. */
  prose?: string | undefined;
  /** True in a mail: `text` is encoded for transport (quoted-printable, base64), `prose` is decoded. */
  decoded?: true;
  /** The ranges of `start`..`end` that are read, without the markup between them; missing: all of it. */
  parts?: OffsetRange[] | undefined;
  /**
   * The items of a list that is the answer as a whole: `start`..`end` goes from the first to the last of them, `prose`
   * has them in sequence. Missing: the answer is one range.
   */
  ranges?: AnswerRange[];
  /**
   * Other places of the same words in this document, best first; `probability` is the sum of all of them. Missing:
   * none.
   */
  also?: Answer[];
  /** Headings or keys above it, outermost first; missing: none. */
  path?: string[] | undefined;
  /** The sentence around it, in the text. */
  sentence?: OffsetRange;
  line: number;
  character: number;
  endLine: number;
  endCharacter: number;
  /**
   * Start logit + end logit; in a document minus the handicap of code next to prose, plus a bonus for nearby words of
   * the question.
   */
  score: number;
  /** Score minus the null score of its own window: comparable between windows, documents and lengths. */
  margin: number;
  /**
   * Softmax over the n-best (20, none overlapping another) and "no answer": of scores in a passage, of margins in a
   * document. Always within its own document: answers of several documents are ranked by `margin`.
   */
  probability: number;
  grade: Grade;
}

/** One of several ranges of an answer. */
export interface AnswerRange extends OffsetRange {
  /** Exactly `text.slice(start, end)`. */
  text: string;
  /** The words as a reader sees them, if different from `text`. */
  prose?: string;
  line: number;
  character: number;
  endLine: number;
  endCharacter: number;
}

export interface NoAnswer {
  /**
   * Null score, start logit + end logit at [CLS]: the smallest over all windows of a passage; in a document that of the
   * window of the best answer, so that the difference of both is its margin.
   */
  score: number;
  probability: number;
  /** True when null score - best score is above the threshold (or nothing can be an answer at all). */
  chosen: boolean;
  /** The threshold that was used. */
  threshold: number;
}

export type EngineName = 'cpu' | 'tensorrt' | 'tensorrt-rtx' | 'remote';
export type Precision = 'fp32' | 'fp16' | 'bf16' | 'int8' | 'fp8';

export interface AnsweringEngine {
  name: EngineName;
  /** Human-readable device, e.g. a CPU model name. */
  device: string;
  /** Name of the model. */
  model: string;
  precision: Precision;
}

/** Wall-clock milliseconds of the three stages. */
export interface Timing {
  tokenizeMs: number;
  engineMs: number;
  projectMs: number;
  /** From the request's arrival at the reader to the result (excluding model loading). */
  totalMs: number;
  /** Windows that the engine ran. */
  windows: number;
}

/** Something the user should know about an answer. */
export interface Warning {
  /**
   * `PartlyRead`: of a very long table only the rows with most of the question's words were read through the model.
   * `OtherLanguage`: the text or the question is not in a language of the model. `ReadAsText`: the document's format
   * took too long to read, so it was read as plain text.
   * `PartlyExtracted`: a part of a PDF or another binary file could not be read, or its name says another format.
   * `PrecisionFallback`: the engine does not have the precision of the settings.
   */
  code:
    | 'QuestionTruncated'
    | 'EngineFallback'
    | 'PrecisionFallback'
    | 'PartlyRanked'
    | 'PartlyRead'
    | 'ReadAsText'
    | 'EncodingGuessed'
    | 'OtherLanguage'
    | 'PartlyExtracted';
  message: string;
}

/**
 * `settled`: many more passages, in ranked order, changed nothing; `time`: the budget was spent; `all`: everything was
 * read after all.
 */
export type ReadingEnd = 'settled' | 'time' | 'all';

/** How much of a long document was read. */
export interface PartRead {
  /** UTF-16 units of what a reader sees: read, and in all. */
  characters: number;
  ofCharacters: number;
  /** Why nothing more was read. */
  ended: Exclude<ReadingEnd, 'all'>;
}

export interface AskResult {
  question: string;
  /** The question as read, with typing errors corrected; missing: as asked. */
  correctedQuestion?: string;
  /** Best first; distinct by place, not overlapping. Also filled when `noAnswer.chosen` (the best guesses). */
  answers: Answer[];
  noAnswer: NoAnswer;
  /** Missing: everything was read. */
  read?: PartRead;
  /**
   * The text or the question is in a language that the model does not read (ISO 639 codes): every answer is a guess,
   * and the probabilities mean nothing.
   */
  otherLanguage?: { found: string; languages: string[] };
  engine: AnsweringEngine;
  timing: Timing;
  warnings: Warning[];
  /** What could not be read of the file, as sentences. Missing: nothing. */
  notes?: string[];
}

export interface AskProgress {
  stage: 'extract' | 'load' | 'tokenize' | 'engine' | 'project';
  /**
   * Units done and in total: pages or parts of the file for `extract`, windows for `engine`, UTF-16 units for
   * `tokenize`; 0 of 0 if unknown.
   */
  done: number;
  total: number;
  /**
   * The best answers of the windows read so far, best first, and their details: in the `engine` stage of a long text,
   * whose windows nearest to the question are read first, once an answer passes the threshold, and then on changes, at
   * most about ten times a second. In the `extract` stage of a long PDF those of the pages read so far, without
   * guesses: their pages and boxes are right, their offsets only near those of the whole text. Both or neither.
   */
  answers?: Answer[];
  noAnswer?: NoAnswer;
}
