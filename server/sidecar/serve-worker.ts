/**
 * The worker thread's side: calls of the main thread become calls of one session. The session gets one question at a
 * time, or a few at once if the engine takes them; a run over many documents queues again for each part of a document,
 * so that other questions are answered in between.
 */

import { checkRangeWithin } from '../checks/check-request.js';
import type { Question } from '../checks/requests.js';
import { readDocument } from '../documents/decode.js';
import type { BackgroundState, Warning } from '../protocol.js';
import { IndexCache } from '../ranking/index-cache.js';
import { askMany } from '../runs/ask-many.js';
import { extract } from '../runs/extract.js';
import type { ReadingSession } from '../runs/source-reader.js';
import type { Session } from '../session/session.js';
import type { DocumentKind } from '../views/choose-view.js';
import {
  type FromWorker,
  fromPlainError,
  type ToWorker,
  toPlainError,
  type WorkerCall,
  type WorkerProgress,
  type WorkerResult,
} from './worker-messages.js';

/** Minimum time between two build reports. */
const PROGRESS_MS = 500;

/** What the worker needs of a session; tests pass a fake. */
export type AnsweringSession = Pick<
  Session,
  | 'model'
  | 'engine'
  | 'choice'
  | 'concurrency'
  | 'prepare'
  | 'viewOf'
  | 'answer'
  | 'unload'
  | 'stopBuilding'
  | 'onBackground'
  | 'onViewFailure'
>;

/** The part of a `MessagePort` that is used. */
export interface Port {
  on(event: 'message', listener: (message: ToWorker) => void): unknown;
  postMessage(message: FromWorker): void;
}

/** Answers every message of `port` from `session`. No error of a call ends the worker. */
export function serveWorker(port: Port, session: AnsweringSession): void {
  const running = new Map<number, AbortController>();
  session.onBackground = throttled((state) =>
    port.postMessage({ type: 'background', state, loaded: loadedOf(session) }),
  );
  session.onViewFailure = (error, kind) => port.postMessage({ type: 'defect', message: viewFailureText(error, kind) });
  const shared: Shared = { session, turns: new Turns(() => session.concurrency), indexes: new IndexCache() };
  port.on('message', (message) => {
    if (message.type === 'cancel') {
      running.get(message.id)?.abort(fromPlainError(message.error));
      return;
    }
    if (message.type === 'stopBuilding') {
      void session.stopBuilding();
      return;
    }
    void run(message.id, message);
  });

  async function run(id: number, call: WorkerCall): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const onProgress = (progress: WorkerProgress) => port.postMessage({ type: 'progress', id, progress });
    try {
      const result = await perform(shared, call, controller.signal, onProgress);
      port.postMessage({ type: 'done', id, result, loaded: loadedOf(session) });
    } catch (error) {
      port.postMessage({ type: 'failed', id, error: toPlainError(error), loaded: loadedOf(session) });
    } finally {
      running.delete(id);
    }
  }
}

function viewFailureText(error: unknown, { languageId, fileName }: DocumentKind): string {
  const trace = error instanceof Error ? error.stack : String(error);
  return `A view failed, the document is read as plain text (language ${languageId ?? 'not given'}, file ${fileName ?? 'not given'}): ${trace}`;
}

/** A builder reports a thousand times a second, but twice is enough; start and end are reported at once. */
function throttled(tell: (state: BackgroundState) => void): (state: BackgroundState) => void {
  let next = 0;
  return (state) => {
    const now = performance.now();
    if (state.building?.phase !== undefined && now < next) return;
    next = now + PROGRESS_MS;
    tell(state);
  };
}

/** Common to all calls. */
interface Shared {
  session: AnsweringSession;
  turns: Turns;
  /** Kept for the next question about the same documents. */
  indexes: IndexCache;
}

/** Limits concurrency; first come, first served. */
class Turns {
  readonly #limit: () => number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || this.#running >= this.#limit())
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  /** A finished call makes way for the next; the limit may change with the engine. */
  #pass(): void {
    this.#running--;
    while (this.#running < this.#limit() && this.#waiting.length > 0) {
      this.#running++;
      this.#waiting.shift()?.();
    }
  }
}

async function perform(
  { session, turns, indexes }: Shared,
  call: WorkerCall,
  signal: AbortSignal,
  onProgress: (progress: WorkerProgress) => void,
): Promise<WorkerResult> {
  const sharing: ReadingSession = {
    get engine() {
      return session.engine;
    },
    // Loading is reported to the client by the status, for which this progress is used.
    prepare: (stop) => session.prepare(stop, onProgress),
    viewOf: (document, stop) => session.viewOf(document, stop),
    answer: (request, stop, progress) => turns.take(() => session.answer(request, stop, progress)),
  };
  switch (call.type) {
    case 'ask': {
      const { range, question, options, languageId, key, path, soFar } = call.question;
      const warnings: Warning[] = [];
      const text = await textOf(call.question, signal, warnings);
      if (range) checkRangeWithin(range, text.length);
      const fileName = path ?? call.question.fileName;
      const request = { text, range, question, options, languageId, fileName, key, soFar };
      const result = await sharing.answer(request, signal, onProgress);
      return warnings.length > 0 ? { ...result, warnings: [...warnings, ...result.warnings] } : result;
    }
    case 'askMany':
      return askMany(sharing, call.params, signal, onProgress, indexes);
    case 'extract':
      return extract(sharing, call.params, signal, onProgress);
    case 'prepare':
      await session.prepare(signal, onProgress);
      return null;
    case 'unload':
      await session.unload();
      return null;
  }
}

/** @param warnings receives warnings about it */
async function textOf(question: Question, signal: AbortSignal, warnings: Warning[]): Promise<string> {
  if (question.path === undefined) return question.text ?? '';
  const onGuessed = (message: string) => warnings.push({ code: 'EncodingGuessed', message });
  return readDocument(question.path, { signal, onGuessed });
}

const loadedOf = ({ model, engine, choice, concurrency }: AnsweringSession) => ({
  model,
  engine,
  choice: [...choice],
  concurrency,
});
