/** Messages between the sidecar's main thread and the worker thread that owns the session. */

import type { FileOrder, ManyQuestion, Question, QuestionSet } from '../checks/requests.js';
import type { PlainError } from '../errors.js';
import type {
  AskManyProgress,
  AskManyResult,
  AskProgress,
  AskResult,
  BackgroundState,
  DocumentText,
  EngineDetails,
  ExtractProgress,
  ExtractResult,
  ModelInfo,
} from '../protocol.js';
import type { SessionSettings } from '../session/session.js';

/** `workerData` of the worker. */
export interface WorkerStart {
  settings: SessionSettings;
  locale?: string | undefined;
}

export type WorkerCall =
  /** `client`: whose share of the engine it uses. */
  | { type: 'ask'; question: Question; client?: string | undefined }
  | { type: 'askMany'; params: ManyQuestion; client?: string | undefined }
  | { type: 'extract'; params: QuestionSet; client?: string | undefined }
  | { type: 'prepare' }
  | { type: 'unload' }
  | { type: 'readFile'; file: FileOrder }
  | { type: 'forget' };

export interface WorkerResults {
  ask: AskResult;
  askMany: AskManyResult;
  extract: ExtractResult;
  prepare: null;
  unload: null;
  readFile: DocumentText;
  forget: null;
}
export type WorkerResult = WorkerResults[keyof WorkerResults];
export type WorkerProgress = AskProgress | AskManyProgress | ExtractProgress;

export type ToWorker =
  | (WorkerCall & { id: number })
  | { type: 'cancel'; id: number; error: PlainError }
  /** Cancels the engine build in the background. */
  | { type: 'stopBuilding' };

/** What the session has loaded. */
export interface Loaded {
  model: ModelInfo | null;
  engine: EngineDetails | null;
  choice: string[];
  /** Number of concurrent questions that the engine takes. */
  concurrency: number;
}

export type FromWorker =
  /** Not part of any call. */
  | { type: 'background'; state: BackgroundState; loaded: Loaded }
  /** About a bug that does not fail any call. */
  | { type: 'defect'; message: string }
  /** Whether a question uses the engine, or waits for its turn. */
  | { type: 'turn'; id: number; has: boolean }
  | { type: 'progress'; id: number; progress: WorkerProgress }
  | { type: 'done'; id: number; result: WorkerResult; loaded: Loaded }
  | { type: 'failed'; id: number; error: PlainError; loaded: Loaded };

/** Forwards the progress of a question about one text. */
export const ofQuestion =
  (onProgress: ((progress: AskProgress) => void) | undefined) =>
  (progress: WorkerProgress): void => {
    if (progress.stage !== 'documents' && progress.stage !== 'rows') onProgress?.(progress);
  };
