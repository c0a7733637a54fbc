/** The one error class of the server: a code, a sentence that names the thing, and what to do. */
import { t } from './l10n.js';
import type { ErrorCode } from './protocol.js';

export class AskBertError extends Error {
  override readonly name = 'AskBertError';
  /**
   * @param code   one of the kinds in protocol.ts
   * @param message one sentence: the subject, what was found, what was expected
   * @param remedy one sentence: what to do about it
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly remedy?: string,
    options?: { cause?: unknown },
  ) {
    super(shortened(message), options);
  }

  /** Message and remedy in one line, as the CLI and the log show it. */
  get line(): string {
    return this.remedy ? `${this.message} ${this.remedy}` : this.message;
  }
}

/** An AskBertError passed between threads. */
export interface PlainError {
  code: ErrorCode;
  message: string;
  remedy?: string | undefined;
  /** For the log. */
  stack?: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  const { code, message, remedy, stack, cause } = asAskBertError(error);
  const origin = cause instanceof Error ? cause.stack : undefined;
  return { code, message, remedy, stack: origin ?? stack };
}

export function fromPlainError({ code, message, remedy, stack }: PlainError): AskBertError {
  const error = new AskBertError(code, message, remedy);
  if (stack) error.stack = stack;
  return error;
}

/** A quoted value may be as long as a file: keep its beginning and end. */
const shortened = (text: string): string => (text.length > 1200 ? `${text.slice(0, 800)} … ${text.slice(-300)}` : text);

/** Any thrown value as an AskBertError; foreign errors become `Internal`. */
export function asAskBertError(error: unknown): AskBertError {
  const shortage = shortOfHandles(error);
  if (shortage) return shortage;
  if (error instanceof AskBertError) return error;
  if (error instanceof Error) {
    if (error.name === 'AbortError') return cancelled();
    if (isOutOfMemory(error)) {
      return new AskBertError(
        'OutOfMemory',
        t('There was not enough memory ({0}).', error.message),
        t('Ask about a part of the text, or close other programs.'),
        { cause: error },
      );
    }
    return new AskBertError('Internal', error.message || String(error), undefined, { cause: error });
  }
  return new AskBertError('Internal', String(error));
}

/**
 * The system opens no more files for this process: whatever was to be opened is neither missing nor damaged, as the
 * error that it caused may say.
 */
function shortOfHandles(error: unknown): AskBertError | undefined {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < 5; depth++, cause = cause.cause) {
    if (cause instanceof AskBertError && cause.code === 'OutOfMemory') return undefined;
    if (/^(EMFILE|ENFILE)$/.test((cause as NodeJS.ErrnoException).code ?? '')) return tooManyOpen(cause);
  }
  return undefined;
}

export const tooManyOpen = (cause: unknown): AskBertError =>
  new AskBertError(
    'OutOfMemory',
    t('Too many files are open: the system refuses to open another one.'),
    t('Close other programs, or allow more open files (ulimit -n), and start again.'),
    { cause },
  );

/** Messages of V8, Node and the system when an array, a string or a page cannot be allocated. */
const isOutOfMemory = (error: Error): boolean =>
  /^(ENOMEM|ERR_MEMORY_ALLOCATION_FAILED|ERR_WORKER_OUT_OF_MEMORY)$/.test(
    (error as NodeJS.ErrnoException).code ?? '',
  ) ||
  (error instanceof RangeError &&
    /allocation failed|invalid (typed )?(array|string) (buffer )?length/i.test(error.message));

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

/** For a tensor that is in the file but does not fit in memory. */
export function outOfMemory(file: string, what: string, bytes: number, cause: unknown): AskBertError {
  return new AskBertError(
    'OutOfMemory',
    t('Not enough memory for {0} of {1}: {2} bytes.', what, file, bytes),
    t('Close other programs and try again.'),
    { cause },
  );
}
