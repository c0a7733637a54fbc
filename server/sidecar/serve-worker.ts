/** The worker thread's side: calls of the main thread become calls of one session, one at a time. */
import { readDocument } from '../documents/read.js';
import type { AskProgress, AskResult } from '../protocol.js';
import type { Session } from '../session.js';
import { checkRangeWithin } from './validate.js';
import {
  type FromWorker,
  fromPlainError,
  type Question,
  type ToWorker,
  toPlainError,
  type WorkerCall,
} from './worker-messages.js';

/** What the worker needs of a session; tests give a false one. */
export type AnsweringSession = Pick<Session, 'model' | 'engine' | 'choice' | 'prepare' | 'ask' | 'unload'>;

/** The part of a `MessagePort` that is used. */
export interface Port {
  on(event: 'message', listener: (message: ToWorker) => void): unknown;
  postMessage(message: FromWorker): void;
}

/** Answers every message of `port` from `session`. Nothing that a call throws ends the worker. */
export function serveWorker(port: Port, session: AnsweringSession): void {
  const running = new Map<number, AbortController>();
  port.on('message', (message) => {
    if (message.type === 'cancel') {
      running.get(message.id)?.abort(fromPlainError(message.error));
      return;
    }
    void run(message.id, message);
  });

  async function run(id: number, call: WorkerCall): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const onProgress = (progress: AskProgress) => port.postMessage({ type: 'progress', id, progress });
    try {
      const result = await perform(session, call, controller.signal, onProgress);
      port.postMessage({ type: 'done', id, result, loaded: loadedOf(session) });
    } catch (error) {
      port.postMessage({ type: 'failed', id, error: toPlainError(error), loaded: loadedOf(session) });
    } finally {
      running.delete(id);
    }
  }
}

async function perform(
  session: AnsweringSession,
  call: WorkerCall,
  signal: AbortSignal,
  onProgress: (progress: AskProgress) => void,
): Promise<AskResult | null> {
  switch (call.type) {
    case 'ask': {
      const { range, question, options, languageId, key, path } = call.question;
      const text = await textOf(call.question, signal);
      if (range) checkRangeWithin(range, text.length);
      const fileName = path ?? call.question.fileName;
      return session.ask({ text, range, question, options, languageId, fileName, key }, signal, onProgress);
    }
    case 'prepare':
      await session.prepare(signal, onProgress);
      return null;
    case 'unload':
      await session.unload();
      return null;
  }
}

async function textOf(question: Question, signal: AbortSignal): Promise<string> {
  return question.path === undefined ? (question.text ?? '') : readDocument(question.path, { signal });
}

const loadedOf = ({ model, engine, choice }: AnsweringSession) => ({ model, engine, choice: [...choice] });
