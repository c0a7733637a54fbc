/** How many threads the CPU engine starts. */
import { availableParallelism } from 'node:os';

/** Without a wish: more gain little and starve the editor. */
const USUAL = 8;

/** Never more than run at once, since each more only makes the others wait. @param wish 0: none */
export const threadsOf = (wish: number, available = availableParallelism()): number =>
  Math.min(wish || USUAL, available);
