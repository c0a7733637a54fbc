/** Ctrl-C, a request to end and a closed terminal as a cancel, so that running work can clean up. */
import { AskBertError } from '../errors.js';

/**
 * Runs `work` with a signal that any of them aborts. A second Ctrl-C ends the process; the others come several times
 * when a terminal is closed.
 * @param sentence the message for that case
 * @throws AskBertError Cancelled, and what `work` throws
 */
export async function interruptible<T>(sentence: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupted = () => stop.abort(new AskBertError('Cancelled', sentence));
  process.once('SIGINT', interrupted).on('SIGTERM', interrupted).on('SIGHUP', interrupted);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted).off('SIGHUP', interrupted);
  }
}
