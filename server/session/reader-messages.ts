/**
 * Messages between the thread of the engine and a reader thread: questions go there, their windows come back, logits go
 * there, answers come back. Several messages travel in one, because each costs more than what is in it.
 */
import type { Logits, WindowBatch } from '../engine/engine.js';
import type { PlainError } from '../errors.js';
import type { AskProgress, AskResult, EngineDetails, SidecarSettings } from '../protocol.js';
import type { AskRequest } from '../reader/request.js';
import type { DocumentKind } from '../views/choose-view.js';

/** What a reader has to know of the engine. */
export interface EngineState {
  info: EngineDetails;
  batchPieces: number;
}

/** `workerData` of a reader thread. */
export interface ReaderStart {
  settings: Pick<SidecarSettings, 'modelPath' | 'languages'>;
  engine: EngineState;
}

export type ToReader =
  | {
      type: 'ask';
      id: number;
      request: AskRequest;
      /** Whether the caller wants to know. */
      tells: { progress: boolean; givesWay: boolean; viewFailures: boolean };
    }
  | { type: 'cancel'; id: number; error: PlainError }
  | { type: 'goOn'; id: number; error?: PlainError }
  /** The engine has become another one. */
  | { type: 'engine'; engine: EngineState }
  | { type: 'logits'; run: number; logits: Logits }
  | { type: 'noLogits'; run: number; error: PlainError };

export type FromReader =
  | { type: 'run'; run: number; id: number; batch: WindowBatch }
  | { type: 'progress'; id: number; progress: AskProgress }
  | { type: 'giveWay'; id: number; spent: number; next: number; left: number }
  /** A view failed: the document is read as plain text. `error`: message and stack. */
  | { type: 'viewFailure'; error: string; kind: Pick<DocumentKind, 'languageId' | 'fileName'> }
  | { type: 'done'; id: number; result: AskResult }
  | { type: 'failed'; id: number; error: PlainError };

/** Sends what was put into it in this turn of the event loop as one message. */
export class Outbox<M> {
  readonly #send: (messages: M[]) => void;
  #messages: M[] = [];

  constructor(send: (messages: M[]) => void) {
    this.#send = send;
  }

  put(message: M): void {
    if (this.#messages.push(message) === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    const messages = this.#messages;
    if (messages.length === 0) return;
    this.#messages = [];
    this.#send(messages);
  }
}
