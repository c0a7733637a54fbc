/**
 * Loading leaves several copies of the weights as garbage outside the heap. V8 would collect them only when it needs
 * the memory, which may be never.
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
