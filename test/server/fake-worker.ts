/** A worker in this thread with a session that does what a test tells it, step by step. */
import { EventEmitter } from 'node:events';
import { throwIfAborted } from '../../server/errors.js';
import type { AskProgress, AskResult, BackgroundState, EngineDetails, ModelInfo } from '../../server/protocol.js';
import type { AskRequest } from '../../server/reader/request.js';
import { type AnsweringSession, serveWorker } from '../../server/sidecar/serve-worker.js';
import type { WorkerLike } from '../../server/sidecar/worker-client.js';
import type { FromWorker, ToWorker } from '../../server/sidecar/worker-messages.js';
import type { ReadingView } from '../../server/views/base/reading-view.js';
import { plainView } from '../../server/views/base/view-builder.js';
import type { OnViewFailure } from '../../server/views/choose-view.js';
import { END_MS } from '../unit/helpers/waits.js';

export const engine: EngineDetails = {
  name: 'cpu',
  device: 'false device',
  model: 'false model',
  precision: 'fp32',
  library: 'none',
  libraryVersion: '0',
  threads: 1,
  loadMs: 1,
};

export const model: ModelInfo = {
  name: 'false model',
  folder: '/nowhere',
  layers: 1,
  hiddenSize: 2,
  heads: 1,
  vocabularySize: 3,
  maxSequenceLength: 384,
  lowerCase: true,
  storage: 'F32',
  noAnswerThreshold: 0,
};

export function resultFor(question: string): AskResult {
  return {
    question,
    answers: [],
    noAnswer: { score: 0, probability: 1, chosen: true, threshold: 0 },
    engine: { name: engine.name, device: engine.device, model: engine.model, precision: engine.precision },
    timing: { tokenizeMs: 0, engineMs: 0, projectMs: 0, totalMs: 0, windows: 1 },
    warnings: [],
  };
}

/** Answers when `release` is called; between two releases it looks at its signal, as between two batches. */
export class FakeSession implements AnsweringSession {
  model: ModelInfo | null = null;
  engine: EngineDetails | null = null;
  choice: string[] = [];
  concurrency = 1;
  asked: AskRequest[] = [];
  unloads = 0;
  stops = 0;
  onBackground: ((state: BackgroundState) => void) | undefined;
  loads = 0;
  /** Thrown by the next load, if set. */
  loadError: unknown;
  /** Questions with this text wait for {@link release}; all others are answered at once. */
  static readonly slow = 'slow';
  /** Does not look at its signal: a batch that takes long. */
  deaf = false;
  private waiting: (() => void) | undefined;

  release(): void {
    this.waiting?.();
  }

  async prepare(_signal?: AbortSignal, onProgress?: (progress: AskProgress) => void): Promise<void> {
    if (this.engine) return;
    onProgress?.({ stage: 'load', done: 0, total: 0 });
    await turn();
    if (this.loadError) throw this.loadError;
    this.loads++;
    this.model = model;
    this.engine = engine;
    this.choice = ['told so'];
  }

  onViewFailure: OnViewFailure | undefined;

  async viewOf({ text }: { text: string }): Promise<ReadingView> {
    return plainView(text);
  }

  async answer(request: AskRequest, signal?: AbortSignal, onProgress?: (p: AskProgress) => void): Promise<AskResult> {
    await this.prepare(signal, onProgress);
    this.asked.push(request);
    onProgress?.({ stage: 'engine', done: 0, total: 1 });
    if (request.question.startsWith(FakeSession.slow)) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
        if (!this.deaf) signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    throwIfAborted(signal);
    return resultFor(request.question);
  }

  async stopBuilding(): Promise<void> {
    this.stops++;
    this.onBackground?.({});
  }

  async unload(): Promise<void> {
    this.unloads++;
    this.model = null;
    this.engine = null;
    this.choice = [];
  }
}

export class FakeWorker extends EventEmitter implements WorkerLike {
  readonly session = new FakeSession();
  terminated = false;
  private readonly port = new EventEmitter();

  constructor(prepare?: (session: FakeSession) => void) {
    super();
    prepare?.(this.session);
    const port = Object.assign(this.port, {
      postMessage: (message: FromWorker) => setImmediate(() => this.emit('message', structuredClone(message))),
    });
    serveWorker(port, this.session);
  }

  postMessage(message: ToWorker): void {
    const copy = structuredClone(message);
    setImmediate(() => this.port.emit('message', copy));
  }

  async terminate(): Promise<number> {
    this.terminated = true;
    setImmediate(() => this.emit('exit', 1));
    return 1;
  }
}

/** One turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Waits until `condition` holds; fails when that hangs. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const limit = Date.now() + END_MS;
  while (!condition()) {
    if (Date.now() > limit) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
