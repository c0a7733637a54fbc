/** The state and the settings of the sidecar, and its errors. */
import type { AnsweringEngine, OffsetRange, Origin } from './ask.js';

/** `askBert/prepare`: load model and engine now. Result: {@link Info}. */
export const PrepareMethod = 'askBert/prepare';
export interface PrepareParams {
  progressToken?: string | number | undefined;
}

/** `askBert/unload`: free model and engine; the next question loads them again. Result: null. */
export const UnloadMethod = 'askBert/unload';

/**
 * `askBert/readFile`: the text of a file as it is read: what a question with its `uri` is answered from. Result: {@link
 * DocumentText}. Progress: {@link AskProgress} of the stage `extract`.
 */
export const ReadFileMethod = 'askBert/readFile';
export interface ReadFileParams {
  /** A `file:` URI. */
  uri: string;
  /** For a file that is protected by one. It is not kept. */
  password?: string | undefined;
  progressToken?: string | number | undefined;
}
/** The text of a file, and where it stands in it. */
export interface DocumentText {
  /** Offsets of answers are those of this text. */
  text: string;
  /** Whether it was extracted from a binary format; otherwise it is the text of the file itself. */
  extracted: boolean;
  /** Ascending: each holds up to the next one. */
  places: TextPlace[];
  /** In the order of the text. */
  headings: TextHeading[];
  /** Size of each page of a PDF as it is shown, in points: width and height alternately. Missing: no pages. */
  pageSizes?: number[];
  /** What could not be read, as sentences. */
  notes: string[];
}
export interface TextPlace extends Omit<Origin, 'section' | 'boxes'> {
  start: number;
}
export interface TextHeading extends OffsetRange {
  /** 1: the outermost. */
  level: number;
}

/** `askBert/forget`: removes the texts of files that were kept for the next question, on disk too. Result: null. */
export const ForgetMethod = 'askBert/forget';

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
  engine?: 'auto' | 'cpu' | 'tensorrt' | 'tensorrt-rtx' | 'remote' | undefined;
  /**
   * `fp16`, `bf16` and `fp8` need TensorRT; `int8` and `fp8` need the ranges of the model there. An engine without it
   * uses its own choice and says so.
   */
  precision?: 'auto' | 'fp32' | 'fp16' | 'bf16' | 'int8' | 'fp8' | undefined;
  /** CPU threads; 0 or missing: the number of cores available to this process. */
  threads?: number | undefined;
  /** Folder or file of TensorRT, searched before all other places; empty or missing: the usual places. */
  tensorRtPath?: string | undefined;
  /**
   * Absolute path of the folder for built TensorRT engines and mapped weights; empty or missing: the platform's cache
   * folder.
   */
  cacheFolder?: string | undefined;
  /** With the engine `remote`: base address of a KServe v2 server, or of several, separated by commas. */
  remoteUrl?: string | undefined;
  /** Name of the model there; empty or missing: `ask-bert`. */
  remoteModel?: string | undefined;
  /** Sent as a bearer token; missing: that of the environment, `ASKBERT_REMOTE_TOKEN`. */
  remoteToken?: string | undefined;
  /** Address of the proxy; missing: as the environment says (`HTTPS_PROXY`, `NO_PROXY`). */
  remoteProxy?: string | undefined;
  /** The CPU may answer if no server can be used. */
  remoteFallback?: boolean | undefined;
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
  /** The file is protected by a password: none was given, or a wrong one. */
  PasswordNeeded: -33012,
} as const;
export type ErrorCode = keyof typeof ErrorCodes;

/** `data` of a JSON-RPC error of ours. */
export interface ErrorData {
  code: ErrorCode;
  /** What the user can do; a sentence. */
  remedy?: string | undefined;
}
