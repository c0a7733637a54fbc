/** The one error class of the server: a code, a sentence that names the thing, and what to do. */
import { t } from './l10n.js';
import type { ErrorCode } from './protocol.js';

export class AskBertError extends Error {
  override readonly name = 'AskBertError';
  /**
   * @param code   one of the kinds in protocol.ts
   * @param message one sentence: the thing, what was found, what was expected
   * @param remedy one sentence: what to do about it
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly remedy?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** Message and remedy in one line, as the CLI and the log show it. */
  get line(): string {
    return this.remedy ? `${this.message} ${this.remedy}` : this.message;
  }
}

/** Any thrown value as an AskBertError; what is not ours becomes `Internal`. */
export function asAskBertError(error: unknown): AskBertError {
  if (error instanceof AskBertError) return error;
  if (error instanceof Error) {
    if (error.name === 'AbortError') return cancelled();
    return new AskBertError('Internal', error.message || String(error), undefined, { cause: error });
  }
  return new AskBertError('Internal', String(error));
}

export const cancelled = (): AskBertError => new AskBertError('Cancelled', t('The question was cancelled.'));

/** The AskBertError given as the signal's reason, else `Cancelled`. */
export const abortReason = (signal: AbortSignal | undefined): AskBertError =>
  signal?.reason instanceof AskBertError ? signal.reason : cancelled();

/** Throws the reason once the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/** Resolves in the next turn of the event loop, so that messages (a cancel) are handled; then throws if aborted. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  throwIfAborted(signal);
}
