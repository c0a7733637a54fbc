/** The sidecar must not outlive its client: it holds memory, and nobody would end it. */

/** How often the client's process is looked for, in milliseconds. */
const INTERVAL_MS = 1000;
/** How long an orderly end may take before the process is killed, in milliseconds. */
const GRACE_MS = 1000;

export class Watchdog {
  private timer: NodeJS.Timeout | undefined;
  private ending = false;

  /** @param cleanUp an orderly end; it is waited for {@link GRACE_MS} at most */
  constructor(private readonly cleanUp: () => Promise<void>) {
    // The channel of a forked process closes when the parent ends, however it ends.
    process.once('disconnect', () => this.end());
  }

  /** Also watches a process by its id, as `initialize` names it. */
  watch(processId: number): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      if (!isAlive(processId)) this.end();
    }, INTERVAL_MS);
  }

  private end(): void {
    if (this.ending) return;
    this.ending = true;
    const kill = () => process.kill(process.pid, 'SIGKILL');
    // process.exit waits for the worker thread, which may be deep in native code: so it ends first, or we are killed.
    setTimeout(kill, GRACE_MS);
    this.cleanUp().then(() => process.exit(0), kill);
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it is there but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
