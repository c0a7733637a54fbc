/** What can go wrong with one request to one server. */
import { AskBertError } from '../../errors.js';

/**
 * - `busy`: the server is there, but has no time; it may succeed later, or on another server.
 * - `lost`: the connection or the answer is broken; what comes back may be another server, and is checked again.
 * - `lasting`: it stays until someone changes the server or the settings.
 */
export type FaultKind = 'busy' | 'lost' | 'lasting';

export class RemoteFault extends AskBertError {
  /** @param waitMs how long the server asks to wait */
  constructor(
    readonly kind: FaultKind,
    message: string,
    remedy?: string,
    options?: { cause?: unknown },
    readonly waitMs?: number,
  ) {
    super('EngineRun', message, remedy, options);
  }
}
