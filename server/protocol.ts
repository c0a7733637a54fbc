/**
 * Every message between a client (the extension, or any JSON-RPC client) and the sidecar:
 * parameters, result and errors. Types, names and bounds only: both sides import it, it imports nothing.
 *
 * Character offsets are UTF-16 code units, zero-based, end exclusive; lines and characters are zero-based.
 */

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
   * Default: the model's calibrated threshold, else 0; for a document (a language or a name is known) 4 more.
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
export const maxQuestionUnits = 10_000;

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
  /** A `file:` URI, read and decoded by the sidecar (UTF-8, UTF-16 by its byte order mark, otherwise by detection). */
  uri?: string | undefined;
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
  /** Token under which progress is sent, with the best answers so far. */
  progressToken?: string | number | undefined;
}

export interface Answer extends OffsetRange {
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
   * document.
   */
  probability: number;
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

export type EngineName = 'cpu' | 'tensorrt' | 'tensorrt-rtx';
export type Precision = 'fp32' | 'fp16' | 'bf16' | 'int8';

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
  /** `PartlyRead`: of a very long table only the rows with most of the question's words were read through the model. */
  code: 'QuestionTruncated' | 'EngineFallback' | 'PartlyRanked' | 'PartlyRead' | 'EncodingGuessed';
  message: string;
}

export interface AskResult {
  question: string;
  /** The question as read, with typing errors corrected; missing: as asked. */
  correctedQuestion?: string;
  /** Best first; distinct by place, not overlapping. Also filled when `noAnswer.chosen` (the best guesses). */
  answers: Answer[];
  noAnswer: NoAnswer;
  engine: AnsweringEngine;
  timing: Timing;
  warnings: Warning[];
}

export interface AskProgress {
  stage: 'load' | 'tokenize' | 'engine' | 'project';
  /** Units done and in total: windows for `engine`, UTF-16 units for `tokenize`; 0 of 0 if unknown. */
  done: number;
  total: number;
  /**
   * The best answers of the windows read so far, best first, and their details: in the `engine` stage of a long text,
   * whose windows nearest to the question are read first, once an answer passes the threshold, and then on changes, at
   * most about ten times a second. Both or neither.
   */
  answers?: Answer[];
  noAnswer?: NoAnswer;
}

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
  /** Seconds; what would take longer is ranked, and the best passages are read. Default 30; 0: read everything. */
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
/**
 * `settled`: many more passages, in ranked order, changed nothing; `time`: the budget was spent; `all`: everything was
 * read after all.
 */
export type ReadingEnd = 'settled' | 'time' | 'all';
export type SkipReason = 'binary' | 'tooLarge' | 'unreadable' | 'notText';
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
  skipped: { uri: string; reason: SkipReason; message: string }[];
  engine: AnsweringEngine;
  timing: Timing;
  warnings: Warning[];
}
export interface AskManyProgress {
  stage: 'documents';
  /** Documents. */
  done: number;
  total: number;
  skipped: number;
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
export interface ExtractRow {
  uri: string;
  /** One for each question, in order; null: no answer in this document. */
  cells: (Answer | null)[];
}
export interface ExtractResult {
  rows: ExtractRow[];
  skipped: AskManyResult['skipped'];
  engine: AnsweringEngine;
  /** Missing: none. */
  warnings?: Warning[];
}
export interface ExtractProgress {
  stage: 'rows';
  done: number;
  total: number;
  row: ExtractRow;
}

/** `askBert/prepare`: load model and engine now. Result: {@link Info}. */
export const PrepareMethod = 'askBert/prepare';
export interface PrepareParams {
  progressToken?: string | number | undefined;
}

/** `askBert/unload`: free model and engine; the next question loads them again. Result: null. */
export const UnloadMethod = 'askBert/unload';

/** `askBert/info`: what is loaded and what could be. Never loads anything. */
export const InfoMethod = 'askBert/info';
export interface Info {
  version: string;
  platform: string;
  node: string;
  pid: number;
  /** Resident memory of the sidecar, bytes. */
  residentBytes: number;
  model: ModelInfo | null;
  engine: EngineDetails | null;
  /** Why this engine and this precision. */
  choice: string[];
  questionsAnswered: number;
}
export interface ModelInfo {
  name: string;
  folder: string;
  layers: number;
  hiddenSize: number;
  heads: number;
  vocabularySize: number;
  maxSequenceLength: number;
  lowerCase: boolean;
  /** Storage type of the encoder's weights in the file. */
  storage: string;
  noAnswerThreshold: number;
}
export interface EngineDetails extends AnsweringEngine {
  library: string;
  libraryVersion: string;
  threads: number;
  /** Milliseconds that loading took. */
  loadMs: number;
  /** Result of the check after loading. */
  check?: EngineCheck | undefined;
}
/** An engine's logits for fixed windows, compared with those that the weights of the model define ("golden"). */
export interface EngineCheck {
  /** Largest difference of a logit. */
  difference: number;
  /** Largest difference that the precision is allowed; an engine beyond it does not answer. */
  tolerance: number;
  /** Milliseconds that the check took. */
  ms: number;
  windows: number;
}

/** `askBert/status`, a notification to the client whenever the state changes. */
export const StatusMethod = 'askBert/status';
export interface Status {
  state: 'idle' | 'loading' | 'ready' | 'busy' | 'unloaded' | 'error';
  /** What is loaded (in states ready and busy). */
  engine?: AnsweringEngine;
  /** Questions waiting behind the one that runs. */
  queued: number;
  /** Sentence for the user (in state error). */
  message?: string | undefined;
  /** An engine that is built while another one answers. */
  building?: Building;
  /** Outcome of the last engine build: a sentence for the user. */
  notice?: string;
}
export interface Building {
  /** What it is built for, e.g. the name of a graphics card. */
  device: string;
  /** The builder's current phase, in its own words. */
  phase?: string;
  /** Fraction done, 0 to 1. */
  done: number;
}
/** Background work; neither: none. */
export type BackgroundState = Pick<Status, 'building' | 'notice'>;

/** Settings of the sidecar: `initializationOptions` at `initialize`, later `askBert/configure`. */
export const ConfigureMethod = 'askBert/configure';
export interface SidecarSettings {
  /** Model folder; empty or missing: the embedded model. */
  modelPath?: string | undefined;
  engine?: 'auto' | 'cpu' | 'tensorrt' | 'tensorrt-rtx' | undefined;
  /** `fp16` and `bf16` need TensorRT, `int8` the CPU; an engine without it uses its own choice and says so. */
  precision?: 'auto' | 'fp32' | 'fp16' | 'bf16' | 'int8' | undefined;
  /** CPU threads; 0 or missing: the number of cores available to this process. */
  threads?: number | undefined;
  /** Folder or file of TensorRT, searched before all other places; empty or missing: the usual places. */
  tensorRtPath?: string | undefined;
  /** Folder for built TensorRT engines; empty or missing: the platform's cache folder. */
  cacheFolder?: string | undefined;
  /** Model and engine are freed after this many minutes without a question; 0: never. Default 10. */
  idleUnloadMinutes?: number | undefined;
  /** Language configuration files by the editor's language identifier, for languages that are unknown here. */
  languages?: Record<string, string> | undefined;
  /** Display language, e.g. "de"; the sidecar takes its messages from that bundle. */
  locale?: string | undefined;
}

/** Every kind of failure that a client can meet. The number is the JSON-RPC error code. */
export const ErrorCodes = {
  /** Wrong parameters, settings or options. */
  BadRequest: -33001,
  /** A document or file cannot be read or decoded. */
  InputUnreadable: -33002,
  /** A model folder, configuration, vocabulary or weights file is wrong or missing. */
  ModelInvalid: -33003,
  /** A native library is missing or of the wrong version. */
  LibraryMissing: -33004,
  /** The engine cannot be built or loaded from a valid model. */
  EngineBuild: -33005,
  /** The engine failed while running. */
  EngineRun: -33006,
  OutOfMemory: -33007,
  Cancelled: -33008,
  /** Superseded by a newer question from the same source. */
  Superseded: -33009,
  /** A bug in Ask BERT. */
  Internal: -33010,
  /** A file cannot be downloaded, or has the wrong content. */
  DownloadFailed: -33011,
} as const;
export type ErrorCode = keyof typeof ErrorCodes;

/** `data` of a JSON-RPC error of ours. */
export interface ErrorData {
  code: ErrorCode;
  /** What the user can do; a sentence. */
  remedy?: string | undefined;
}
