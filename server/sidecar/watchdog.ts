/** The sidecar must not outlive its client: it holds memory, and nothing else would end it. */
import { isAlive } from '../storage/lock.js';

/** How often to check for the client's process, in milliseconds. */
const INTERVAL_MS = 1000;
/** How long an orderly end may take before the process is killed, in milliseconds. */
const GRACE_MS = 1000;

export class Watchdog {
  readonly #cleanUp: (limitMs: number) => Promise<boolean>;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  /** @param cleanUp an orderly end within the given milliseconds; false: not possible */
  constructor(cleanUp: (limitMs: number) => Promise<boolean>) {
    this.#cleanUp = cleanUp;
    // The channel of a forked process closes when the parent ends, for any reason.
    process.once('disconnect', () => this.#end());
  }

  /** Also watches a process by its id, from `initialize`. */
  watch(processId: number): void {
    clearInterval(this.#timer);
    // Not a process: such ids name process groups.
    if (processId <= 0) return;
    this.#timer = setInterval(() => {
      if (!isAlive(processId)) this.#end();
    }, INTERVAL_MS);
  }

  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    const kill = () => process.kill(process.pid, 'SIGKILL');
    this.#cleanUp(GRACE_MS).then((clean) => (clean ? process.exit(0) : kill()), kill);
  }
}
