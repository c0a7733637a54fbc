/** Work that ends after a time, wherever it is: in our own code, in a library, in a regular expression. */
import { Script } from 'node:vm';

export class TimeLimit extends Error {}

/** Where the script finds the work. */
const PLACE = Symbol.for('ask-bert.work');
const script = new Script(`globalThis[Symbol.for('${PLACE.description}')]()`);

/**
 * What `work` returns, or its error. Starting the clock costs a millisecond.
 * @throws TimeLimit after `ms` milliseconds
 */
export function within<T>(ms: number, work: () => T): T {
  const place = globalThis as { [PLACE]?: (() => T) | undefined };
  place[PLACE] = work;
  try {
    return script.runInThisContext({ timeout: ms }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TimeLimit(`longer than ${ms} ms`);
  } finally {
    place[PLACE] = undefined;
  }
}
