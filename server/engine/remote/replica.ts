/** A server of several that serve the same model: whether it may be asked now, and when it may be asked again. */
import { type AskBertError, asAskBertError } from '../../errors.js';
import { RemoteFault } from './fault.js';
import type { RemoteServer } from './server.js';

/** First wait after a failure, milliseconds; it doubles with each. */
const FIRST_WAIT_MS = 100;
/** Longest wait, as a multiple of the first one. */
const LONGEST_WAITS = 50;
/** A server that was refused is tried again after this time: someone may have repaired it. */
const REFUSED_MS = 60_000;

export class Replica {
  /** Requests that wait for an answer. */
  inFlight = 0;
  /** Why it must not be asked, however long one waits; undefined: it may. */
  refused: AskBertError | undefined;
  /** What went wrong last. */
  fault: AskBertError | undefined;
  /** Milliseconds since the start of the process: it is not asked before. */
  notBefore = 0;
  #failures = 0;
  /** Connecting and checking, or done; undefined: it has to be checked before it is asked. */
  #admission: Promise<void> | undefined;
  readonly #check: (server: RemoteServer) => Promise<void>;
  readonly #firstWaitMs: number;

  /** @param check connects to the server and compares it with the golden logits */
  constructor(
    readonly server: RemoteServer,
    check: (server: RemoteServer) => Promise<void>,
    firstWaitMs = FIRST_WAIT_MS,
  ) {
    this.#check = check;
    this.#firstWaitMs = firstWaitMs;
  }

  /** Connected and checked; calls share one check. @throws AskBertError why it is refused, RemoteFault */
  admit(): Promise<void> {
    this.#admission ??= this.#check(this.server).catch((e: unknown) => {
      this.#admission = undefined;
      this.failed(e, performance.now());
      throw e;
    });
    return this.#admission;
  }

  /** @param now milliseconds since the start of the process */
  available(now: number): boolean {
    if (this.refused && this.notBefore <= now) this.refused = undefined;
    return this.refused === undefined;
  }

  succeeded(): void {
    this.#failures = 0;
    this.notBefore = 0;
  }

  /** @param now milliseconds since the start of the process */
  failed(error: unknown, now: number): void {
    const fault = asAskBertError(error);
    this.fault = fault;
    if (!(fault instanceof RemoteFault) || fault.kind === 'lasting') {
      this.refused = fault;
      this.notBefore = now + REFUSED_MS;
      this.#admission = undefined;
      return;
    }
    if (fault.kind === 'lost') this.#admission = undefined;
    const wait = this.#firstWaitMs * Math.min(LONGEST_WAITS, 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    // Many editors must not come back at the same moment.
    this.notBefore = Math.max(this.notBefore, now + (fault.waitMs ?? wait * (0.75 + Math.random() / 2)));
  }
}
