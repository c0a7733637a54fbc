/**
 * The remote engine: batches go to servers that speak KServe v2, a few requests at a time. A request that fails is made
 * again, on another server if there is one, with growing waits; each server is checked before it is asked, and again
 * when its connection was lost or it answers with another version of the model.
 */
import { AskBertError, abortReason, asAskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import type { EngineDetails } from '../../protocol.js';
import { smallest } from '../../text/arrays.js';
import type { Engine, Logits, WindowBatch } from '../engine.js';
import type { RemotePlace } from './address.js';
import { type HttpOptions, RemoteHttp } from './http.js';
import type { Needed } from './metadata.js';
import { Permits } from './permits.js';
import { Replica } from './replica.js';
import { emptyLogits, RemoteServer } from './server.js';

/** Windows of one request: servers merge the requests of all clients, and several servers share a batch. */
const WINDOWS_PER_REQUEST = 8;
/** Requests of one batch at a time. */
const REQUESTS_AT_ONCE = 4;
/** Questions at a time: a server merges their windows, and a table of short documents has one window for each. */
const QUESTIONS_AT_ONCE = 64;
/** Windows at a time: what a slow server has before it must be done within the time-out of a request. */
const WINDOWS_AT_ONCE = 256;
/** How long a request is tried again before it fails, milliseconds. */
const PATIENCE_MS = 30_000;
/** Tries of one request, besides one for each server. */
const TRIES = 4;

export interface RemoteOptions extends HttpOptions {
  /** Compares one server with the golden logits. @throws AskBertError why it is refused */
  check(server: Engine, signal: AbortSignal): Promise<void>;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  patienceMs?: number | undefined;
  /** First wait before a server that failed is asked again, milliseconds. */
  firstWaitMs?: number | undefined;
}

export class RemoteEngine implements Engine {
  readonly batchPieces: number;
  readonly concurrency = QUESTIONS_AT_ONCE;
  /** What was wrong with servers that others replace. */
  readonly notes: string[] = [];
  readonly #http: RemoteHttp;
  readonly #replicas: readonly Replica[];
  readonly #patienceMs: number;
  readonly #windows = new Permits(WINDOWS_AT_ONCE);
  readonly #ended = new AbortController();
  #info: EngineDetails;
  #turn = Math.floor(Math.random() * 1000);

  private constructor(place: RemotePlace, name: string, needed: Needed, options: RemoteOptions) {
    this.#http = new RemoteHttp(options);
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.batchPieces = REQUESTS_AT_ONCE * WINDOWS_PER_REQUEST * needed.maxLength;
    const { signal } = this.#ended;
    this.#replicas = place.servers.map((base) => {
      const server = new RemoteServer(this.#http, base, place.model, name, needed, options.timeoutMs);
      const check = async () => {
        await server.connect(signal);
        await options.check(server, signal);
      };
      return new Replica(server, check, options.firstWaitMs);
    });
    this.#info = this.#replicas[0].server.info;
  }

  /**
   * Connects to all servers and checks them; one that passes is enough.
   * @param name of the model here
   * @throws RemoteFault, or AskBertError why the only server is refused; the signal's reason
   */
  static async connect(
    place: RemotePlace,
    name: string,
    needed: Needed,
    options: RemoteOptions,
  ): Promise<RemoteEngine> {
    const engine = new RemoteEngine(place, name, needed, options);
    try {
      await engine.#connect(options.signal);
      return engine;
    } catch (e) {
      await engine.close();
      throw e;
    }
  }

  get info(): EngineDetails {
    return this.#info;
  }

  async run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    throwIfAborted(signal);
    const logits = emptyLogits(batch);
    const step = Math.min(WINDOWS_PER_REQUEST, this.#maxRows());
    // The first failure ends the other requests of the batch.
    const stop = new AbortController();
    const both = AbortSignal.any(
      signal ? [signal, stop.signal, this.#ended.signal] : [stop.signal, this.#ended.signal],
    );
    let next = 0;
    const lane = async () => {
      while (next < batch.count) {
        const from = next;
        next = Math.min(batch.count, from + step);
        const to = next;
        await this.#windows.hold(to - from, both, () =>
          this.#with((server) => server.runRows(batch, from, to, logits, both), both),
        );
      }
    };
    const lanes = Array.from({ length: Math.min(REQUESTS_AT_ONCE, Math.ceil(batch.count / step)) }, lane);
    try {
      await Promise.all(lanes);
    } catch (e) {
      stop.abort(e);
      await Promise.allSettled(lanes);
      throwIfAborted(signal);
      throw e;
    }
    return logits;
  }

  async close(): Promise<void> {
    this.#ended.abort(new AskBertError('EngineRun', t('The engine was closed.')));
    await this.#http.close();
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    const began = performance.now();
    // All at once, so that the slowest one delays nothing; which of them failed is known when the first has passed.
    const first = await raced(
      Promise.any(this.#replicas.map((replica) => replica.admit().then(() => replica.server))).catch(() => undefined),
      signal,
    );
    const ready = first ?? (await this.#with(async (server) => server, signal ?? this.#ended.signal));
    for (const { refused } of this.#replicas) if (refused) this.notes.push(refused.message);
    const [{ server }, ...others] = this.#replicas;
    const device = others.length === 0 ? server.host : t('{0} and {1} more', server.host, others.length);
    this.#info = { ...ready.info, device, loadMs: performance.now() - began };
  }

  /** The smallest limit of the servers that were reached. */
  #maxRows(): number {
    const known = this.#replicas.filter(({ refused }) => !refused).map(({ server }) => server.maxRows);
    return known.length === 0 ? WINDOWS_PER_REQUEST : smallest(known);
  }

  /**
   * Does `work` with a server, with another one or later if that fails.
   * @throws RemoteFault of the last try, AskBertError why all are refused, or the signal's reason
   */
  async #with<T>(work: (server: RemoteServer) => Promise<T>, signal: AbortSignal): Promise<T> {
    const until = performance.now() + this.#patienceMs;
    let last: AskBertError | undefined;
    for (let tries = 0; tries < TRIES + this.#replicas.length; tries++) {
      const replica = await this.#next(until, signal, last);
      try {
        // A failed check counts once, for all that wait for it.
        await raced(replica.admit(), signal).catch((e: unknown) => {
          throw new NotAdmitted(e);
        });
        const result = await work(replica.server);
        replica.succeeded();
        return result;
      } catch (e) {
        throwIfAborted(signal);
        if (!(e instanceof NotAdmitted)) replica.failed(e, performance.now());
        last = asAskBertError(e instanceof NotAdmitted ? e.cause : e);
      } finally {
        replica.inFlight--;
      }
    }
    throw last;
  }

  /** The server with the fewest requests of those that may be asked, this one included; waits for the first of them. */
  async #next(until: number, signal: AbortSignal, last: AskBertError | undefined): Promise<Replica> {
    for (;;) {
      throwIfAborted(signal);
      const now = performance.now();
      const possible = this.#replicas.filter((each) => each.available(now));
      // Of equal ones the next in turn, so that many editors do not all ask the first.
      const turn = this.#turn++ % this.#replicas.length;
      const inTurn = [...this.#replicas.slice(turn), ...this.#replicas.slice(0, turn)];
      const [replica] = inTurn
        .filter((each) => possible.includes(each) && each.notBefore <= now)
        .sort((a, b) => a.inFlight - b.inFlight);
      if (replica) {
        // Counted at once: others choose before this one is asked.
        replica.inFlight++;
        return replica;
      }
      const refused = this.#replicas.find((each) => each.refused)?.refused;
      if (possible.length === 0) throw refused ?? last;
      const wake = smallest(possible.map(({ notBefore }) => notBefore));
      if (wake > until) throw last ?? possible[0].fault;
      await pause(wake - now, signal);
    }
  }
}

/** A failed check, which the replica has already noted. */
class NotAdmitted extends Error {
  constructor(cause: unknown) {
    super('', { cause });
  }
}

/** Rejects as soon as the signal is aborted; the work continues. */
function raced<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const cancel = () => reject(abortReason(signal));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return raced(time, signal).finally(() => clearTimeout(timer));
}
