/** Ctrl-C as a cancel, so that whatever runs can put away what it began. */
import { AskBertError } from '../errors.js';

/**
 * Runs `work` with a signal that Ctrl-C (or the end that somebody asked this process for) aborts.
 * @param sentence what is said then
 * @throws AskBertError Cancelled, and what `work` throws
 */
export async function interruptible<T>(sentence: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupted = () => stop.abort(new AskBertError('Cancelled', sentence));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}
