/** A reader thread's side: questions are read as in the engine's own thread, and their windows are sent there. */
import type { Engine, Logits, WindowBatch } from '../engine/engine.js';
import { fromPlainError, toPlainError } from '../errors.js';
import type { AskResult } from '../protocol.js';
import type { AskRequest, GiveWay, OnProgress } from '../reader/request.js';
import type { DocumentKind, OnViewFailure } from '../views/choose-view.js';
import { type EngineState, type FromReader, Outbox, type ToReader } from './reader-messages.js';

/** The part of a `MessagePort` that is used. */
export interface ReaderPort {
  on(event: 'message', listener: (messages: ToReader[]) => void): unknown;
  postMessage(messages: FromReader[]): void;
}

export type Answer = (
  request: AskRequest,
  signal: AbortSignal,
  onProgress: OnProgress | undefined,
  giveWay: GiveWay | undefined,
) => Promise<AskResult>;

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Answers every question of `port`. No error of a question ends the thread. */
export class ServedReader {
  readonly #out: Outbox<FromReader>;
  readonly #asked = new Map<number, AbortController>();
  /** The question of a signal, by which the engine learns of a cancel. */
  readonly #ids = new WeakMap<AbortSignal, number>();
  readonly #runs = new Map<number, Waiting<Logits>>();
  readonly #pauses = new Map<number, Waiting<void>>();
  readonly #answer: Answer;
  #engine: EngineState;
  #lastRun = 0;
  #tellsViewFailures = false;

  /**
   * @param state of the engine, until the port tells another one
   * @param makeAnswer gets the engine, which is in the other thread
   */
  constructor(
    port: ReaderPort,
    state: EngineState,
    makeAnswer: (engine: Engine, onViewFailure: () => OnViewFailure | undefined) => Answer,
  ) {
    this.#engine = state;
    this.#out = new Outbox((messages) => port.postMessage(messages));
    this.#answer = makeAnswer(this.#proxy(), () => (this.#tellsViewFailures ? this.#onViewFailure : undefined));
    port.on('message', (messages) => {
      for (const message of messages) this.#take(message);
    });
  }

  #proxy(): Engine {
    const state = () => this.#engine;
    return {
      get info() {
        return state().info;
      },
      get batchPieces() {
        return state().batchPieces;
      },
      run: (batch, signal) => this.#run(batch, signal),
      close: async () => {},
    };
  }

  #run(batch: WindowBatch, signal: AbortSignal | undefined): Promise<Logits> {
    return new Promise<Logits>((resolve, reject) => {
      const run = ++this.#lastRun;
      this.#runs.set(run, { resolve, reject });
      this.#out.put({ type: 'run', run, id: (signal && this.#ids.get(signal)) ?? 0, batch });
    });
  }

  #take(message: ToReader): void {
    switch (message.type) {
      case 'ask':
        void this.#ask(message);
        break;
      case 'cancel': {
        const error = fromPlainError(message.error);
        this.#asked.get(message.id)?.abort(error);
        break;
      }
      case 'goOn':
        settle(this.#pauses, message.id, (pause) =>
          message.error ? pause.reject(fromPlainError(message.error)) : pause.resolve(),
        );
        break;
      case 'engine':
        this.#engine = message.engine;
        break;
      case 'logits':
        settle(this.#runs, message.run, (run) => run.resolve(message.logits));
        break;
      case 'noLogits':
        settle(this.#runs, message.run, (run) => run.reject(fromPlainError(message.error)));
        break;
    }
  }

  async #ask({ id, request, tells }: Extract<ToReader, { type: 'ask' }>): Promise<void> {
    const controller = new AbortController();
    this.#asked.set(id, controller);
    this.#ids.set(controller.signal, id);
    this.#tellsViewFailures = tells.viewFailures;
    const onProgress: OnProgress | undefined = tells.progress
      ? (progress) => this.#out.put({ type: 'progress', id, progress })
      : undefined;
    const giveWay: GiveWay | undefined = tells.givesWay
      ? (spent, next, left) =>
          new Promise<void>((resolve, reject) => {
            this.#pauses.set(id, { resolve, reject });
            this.#out.put({ type: 'giveWay', id, spent, next, left });
          })
      : undefined;
    try {
      const result = await this.#answer(request, controller.signal, onProgress, giveWay);
      this.#out.put({ type: 'done', id, result });
    } catch (error) {
      this.#out.put({ type: 'failed', id, error: toPlainError(error) });
    } finally {
      this.#asked.delete(id);
    }
  }

  readonly #onViewFailure = (error: unknown, { languageId, fileName }: DocumentKind): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#out.put({ type: 'viewFailure', error: text, kind: { languageId, fileName } });
  };
}

function settle<T>(waiting: Map<number, Waiting<T>>, id: number, how: (one: Waiting<T>) => void): void {
  const one = waiting.get(id);
  waiting.delete(id);
  if (one) how(one);
}
