/**
 * Loading leaves several copies of the weights as garbage outside of the heap, which V8 would collect only when it
 * needs room: perhaps never.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export function collectGarbage(): void {
  try {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  } catch {
    // A later collection does it.
  }
}
