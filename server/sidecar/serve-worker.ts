/**
 * The worker thread's side: calls of the main thread become calls of one session. One question at a time uses the
 * engine, or a few at once if it takes them; they take turns (turns.ts) between two batches, and a run over many
 * documents asks one question after the other.
 */ import { stat } from 'node:fs/promises';
import { checkRangeWithin } from '../checks/check-request.js';
import type { Question } from '../checks/requests.js';
import { readDocument } from '../documents/decode.js';
import type { AskResult, BackgroundState, Warning } from '../protocol.js';
import { IndexCache } from '../ranking/index-cache.js';
import type { AskRequest, OnProgress } from '../reader/request.js';
import { askMany } from '../runs/ask-many.js';
import { extract } from '../runs/extract.js';
import type { ReadingSession } from '../runs/source-reader.js';
import type { Session } from '../session/session.js';
import type { DocumentKind } from '../views/choose-view.js';
import { type Turn, Turns } from './turns.js';
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
      const onTurn = (has: boolean) => port.postMessage({ type: 'turn', id, has });
      const result = await perform(shared, { id, call, onTurn }, controller.signal, onProgress);
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

interface Performed {
  id: number;
  call: WorkerCall;
  onTurn(has: boolean): void;
}

async function perform(
  { session, turns, indexes }: Shared,
  { id, call, onTurn }: Performed,
  signal: AbortSignal,
  onProgress: (progress: WorkerProgress) => void,
): Promise<WorkerResult> {
  const { client = '' } = 'client' in call ? call : {};
  const sharing: ReadingSession = {
    get engine() {
      return session.engine;
    },
    // Loading is reported to the client by the status, for which this progress is used.
    prepare: (stop) => session.prepare(stop, onProgress),
    viewOf: (document, stop) => session.viewOf(document, stop),
    answer: (request, stop, progress) =>
      turns.take(
        { client, document: `run ${id}`, units: unitsOf(request) },
        ({ giveWay }) => session.answer(request, stop, progress, giveWay),
        stop,
      ),
  };
  switch (call.type) {
    case 'ask': {
      const { key, path, range, text = '' } = call.question;
      const units = path === undefined || range ? unitsOf({ text, range }) : await fileUnits(path);
      const asking = { client, document: key ?? `question ${id}`, units, onTurn };
      return turns.take(asking, (turn) => ask(session, turn, call.question, signal, onProgress), signal);
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

async function ask(
  session: AnsweringSession,
  { giveWay, rest }: Turn,
  asked: Question,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<AskResult> {
  const { range, question, options, languageId, key, path, soFar, budgetSeconds } = asked;
  const warnings: Warning[] = [];
  const text = path === undefined ? (asked.text ?? '') : await rest(() => textOf(path, signal, warnings));
  if (range) checkRangeWithin(range, text.length);
  const fileName = path ?? asked.fileName;
  const request = { text, range, question, options, languageId, fileName, key, soFar, budgetSeconds };
  const result = await session.answer(request, signal, onProgress, giveWay);
  return warnings.length > 0 ? { ...result, warnings: [...warnings, ...result.warnings] } : result;
}

/** UTF-16 units that a question reads. */
const unitsOf = ({ text, range }: Pick<AskRequest, 'text' | 'range'>): number =>
  range ? range.end - range.start : text.length;

/** About as many as a file has bytes; 0 if it cannot be read, which is found out when it is. */
const fileUnits = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** @param warnings receives warnings about it */
function textOf(path: string, signal: AbortSignal, warnings: Warning[]): Promise<string> {
  const onGuessed = (message: string) => warnings.push({ code: 'EncodingGuessed', message });
  return readDocument(path, { signal, onGuessed });
}

const loadedOf = ({ model, engine, choice, concurrency }: AnsweringSession) => ({
  model,
  engine,
  choice: [...choice],
  concurrency,
});
