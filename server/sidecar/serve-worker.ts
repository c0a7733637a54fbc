/** The worker thread's side: calls of the main thread become calls of one session, one at a time. */
import { readDocument } from '../documents/read.js';
import type { AskProgress, AskResult, BackgroundState } from '../protocol.js';
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

/** Between two reports of a build. */
const PROGRESS_MS = 500;

/** What the worker needs of a session; tests give a false one. */
export type AnsweringSession = Pick<
  Session,
  'model' | 'engine' | 'choice' | 'prepare' | 'ask' | 'unload' | 'stopBuilding' | 'onBackground'
>;

/** The part of a `MessagePort` that is used. */
export interface Port {
  on(event: 'message', listener: (message: ToWorker) => void): unknown;
  postMessage(message: FromWorker): void;
}

/** Answers every message of `port` from `session`. Nothing that a call throws ends the worker. */
export function serveWorker(port: Port, session: AnsweringSession): void {
  const running = new Map<number, AbortController>();
  session.onBackground = seldom((state) => port.postMessage({ type: 'background', state, loaded: loadedOf(session) }));
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

/** A builder reports a thousand times a second, people read twice; what begins or ends is told at once. */
function seldom(tell: (state: BackgroundState) => void): (state: BackgroundState) => void {
  let next = 0;
  return (state) => {
    const now = performance.now();
    if (state.building?.phase !== undefined && now < next) return;
    next = now + PROGRESS_MS;
    tell(state);
  };
}

async function perform(
  session: AnsweringSession,
  call: WorkerCall,
  signal: AbortSignal,
  onProgress: (progress: AskProgress) => void,
): Promise<AskResult | null> {
  switch (call.type) {
    case 'ask': {
      const { range, question, options } = call.question;
      const text = await textOf(call.question, signal);
      if (range) checkRangeWithin(range, text.length);
      return session.ask({ text, range, question, options }, signal, onProgress);
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
