/** The sidecar must not outlive its client: it holds memory, and nobody would end it. */
import { isAlive } from '../storage/lock.js';

/** How often the client's process is looked for, in milliseconds. */
const INTERVAL_MS = 1000;
/** How long an orderly end may take before the process is killed, in milliseconds. */
const GRACE_MS = 1000;

export class Watchdog {
  private timer: NodeJS.Timeout | undefined;
  private ending = false;

  /** @param cleanUp an orderly end, which may take so many milliseconds; false: it could not be done */
  constructor(private readonly cleanUp: (limitMs: number) => Promise<boolean>) {
    // The channel of a forked process closes when the parent ends, however it ends.
    process.once('disconnect', () => this.end());
  }

  /** Also watches a process by its id, as `initialize` names it. */
  watch(processId: number): void {
    clearInterval(this.timer);
    // Not a process: groups of them are named so.
    if (processId <= 0) return;
    this.timer = setInterval(() => {
      if (!isAlive(processId)) this.end();
    }, INTERVAL_MS);
  }

  private end(): void {
    if (this.ending) return;
    this.ending = true;
    const kill = () => process.kill(process.pid, 'SIGKILL');
    this.cleanUp(GRACE_MS).then((clean) => (clean ? process.exit(0) : kill()), kill);
  }
}
