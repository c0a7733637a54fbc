/**
 * The worker thread's side: calls of the main thread become calls of one session. One question at a time uses the
 * engine, or a few at once if it takes them; they take turns (turns.ts) between two batches, and a run over many
 * documents asks one question after the other.
 */
import { stat } from 'node:fs/promises';
import { checkRangeWithin } from '../checks/check-request.js';
import type { FileOrder, Question } from '../checks/requests.js';
import { type ReadOptions, readContent } from '../documents/content.js';
import { guessedText } from '../documents/decode.js';
import { documentText } from '../documents/document-text.js';
import { type DocumentContent, usualBudget } from '../documents/extraction.js';
import { fromPlainError, toPlainError } from '../errors.js';
import { extractor } from '../formats/host/extract.js';
import type { AskResult, BackgroundState, DocumentText, Warning } from '../protocol.js';
import { IndexCache } from '../ranking/index-cache.js';
import type { AskRequest, OnProgress } from '../reader/request.js';
import { askMany } from '../runs/ask-many.js';
import { extract } from '../runs/extract.js';
import { FirstLook, GLANCE_WINDOWS } from '../runs/first-look.js';
import type { ReadingSession } from '../runs/source-reader.js';
import type { Session } from '../session/session.js';
import type { DocumentKind } from '../views/choose-view.js';
import { type Turn, Turns } from './turns.js';
import type { FromWorker, ToWorker, WorkerCall, WorkerProgress, WorkerResult } from './worker-messages.js';

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
    get concurrency() {
      return session.concurrency;
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
      const asking = { client, document: key ?? `question ${id}`, units };
      const glance = (request: AskRequest, stop: AbortSignal) =>
        turns.take(
          { ...asking, units: unitsOf(request) },
          ({ giveWay }) => session.answer(request, stop, undefined, giveWay),
          stop,
        );
      const ask = (turn: Turn) => askOne(session, turn, call.question, glance, signal, onProgress);
      return turns.take({ ...asking, onTurn }, ask, signal);
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
    case 'readFile':
      return textOf(call.file, signal, onProgress);
    case 'forget':
      await extractor().clear();
      return null;
  }
}

async function askOne(
  session: AnsweringSession,
  { giveWay, rest }: Turn,
  asked: Question,
  glance: (request: AskRequest, stop: AbortSignal) => Promise<AskResult>,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<AskResult> {
  const { range, question, options, languageId, key, path, soFar } = asked;
  const warnings: Warning[] = [];
  let isPreparing = false;
  let pages = { done: 0, total: 0 };
  const onExtract: OnExtract = (done, total) => {
    pages = { done, total };
    onProgress({ stage: 'extract', done, total });
    // The model is loaded meanwhile: documents are extracted in a process of their own. What fails, fails again below.
    if (!isPreparing) void session.prepare(signal).catch(() => {});
    isPreparing = true;
  };
  const firstLook = new FirstLook({
    isReady: () => session.model !== null,
    look: (extracted, stop) => {
      const request = { question, options, languageId, fileName: path, key, glance: GLANCE_WINDOWS };
      return glance({ ...request, text: extracted.text, extracted }, AbortSignal.any([signal, stop]));
    },
    tell: (found) => onProgress({ stage: 'extract', ...pages, ...found }),
  });
  const parts = soFar && !range ? firstLook : undefined;
  const content: DocumentContent =
    path === undefined
      ? { text: asked.text ?? '' }
      : await rest(async () => {
          try {
            const following = { onProgress: onExtract, ...(parts ? { parts } : {}) };
            return await contentOf(asked, path, signal, warnings, following);
          } catch (error) {
            firstLook.stop();
            throw error;
          } finally {
            await firstLook.settled();
          }
        });
  const { text, extracted } = content;
  if (range) checkRangeWithin(range, text.length);
  const fileName = path ?? asked.fileName;
  const budgetSeconds = asked.budgetSeconds ?? usualBudget(content);
  const request = { text, extracted, range, question, options, languageId, fileName, key, soFar, budgetSeconds };
  return told(await session.answer(request, signal, onProgress, giveWay), content, warnings);
}

/** With what is to be said about its file. */
const told = (result: AskResult, { notes }: DocumentContent, warnings: readonly Warning[]): AskResult => ({
  ...result,
  warnings: [...warnings, ...result.warnings],
  ...(notes ? { notes } : {}),
});

/** UTF-16 units that a question reads. */
const unitsOf = ({ text, range }: Pick<AskRequest, 'text' | 'range'>): number =>
  range ? range.end - range.start : text.length;

/** About as many as a file has bytes; 0 if it cannot be read, which is found out when it is. */
const fileUnits = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

type OnExtract = NonNullable<ReadOptions['onProgress']>;

/** @param warnings receives warnings about it */
async function contentOf(
  { password }: Pick<Question, 'password'>,
  path: string,
  signal: AbortSignal,
  warnings: Warning[],
  following: Pick<ReadOptions, 'onProgress' | 'parts'>,
): Promise<DocumentContent> {
  const content = await readContent(path, { signal, ...following, ...(password === undefined ? {} : { password }) });
  if (content.encoding !== undefined) {
    warnings.push({ code: 'EncodingGuessed', message: guessedText(path, content.encoding) });
  }
  for (const message of content.notes ?? []) warnings.push({ code: 'PartlyExtracted', message });
  return content;
}

/** The text of a file as questions about it read it. */
async function textOf(
  { path, password }: FileOrder,
  signal: AbortSignal,
  onProgress: (progress: WorkerProgress) => void,
): Promise<DocumentText> {
  const warnings: Warning[] = [];
  const content = await contentOf({ password }, path, signal, warnings, {
    onProgress: (done, total) => onProgress({ stage: 'extract', done, total }),
  });
  return documentText(content, warnings);
}

const loadedOf = ({ model, engine, choice, concurrency }: AnsweringSession) => ({
  model,
  engine,
  choice: [...choice],
  concurrency,
});
