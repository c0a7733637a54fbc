/**
 * Model + engine + reader, loaded at the first need and freed on request.
 * The worker of the sidecar and the CLI both use this; neither knows more.
 */
import type { AskOptions, AskProgress, AskResult, EngineDetails, ModelInfo, SidecarSettings } from './protocol.js';

export interface AskRequest {
  text: string;
  /** Read only this part; offsets in the result count from the beginning of `text`. */
  range?: { start: number; end: number };
  question: string;
  options?: AskOptions;
}

export type OnProgress = (progress: AskProgress) => void;

export type SessionSettings = Pick<SidecarSettings, 'modelPath' | 'engine' | 'precision' | 'threads'>;

export declare class Session {
  constructor(settings: SessionSettings);
  readonly model: ModelInfo | null;
  readonly engine: EngineDetails | null;
  /** Why this engine and precision were chosen; empty before loading. */
  readonly choice: readonly string[];
  /** Loads model and engine if they are not loaded; concurrent calls share one load. */
  prepare(signal?: AbortSignal, onProgress?: OnProgress): Promise<void>;
  /** Answers one question; loads first when needed. One at a time: the caller queues. */
  ask(request: AskRequest, signal?: AbortSignal, onProgress?: OnProgress): Promise<AskResult>;
  /** Frees model and engine; the next call loads again. */
  unload(): Promise<void>;
}
