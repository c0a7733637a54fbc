/** The test's side of child-victim.ts: sends orders, and says what became of the process. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { END_MS } from '../unit/helpers/waits.js';
import type { Order, Report } from './child-victim.js';

export type Fate = Report & { died?: string; hung?: boolean; tookMs: number };

export class Victim {
  private child: ChildProcess | undefined;
  private lastId = 0;
  /** Processes that were needed. */
  started = 0;

  constructor(
    private readonly heapMegabytes = 256,
    private readonly limitMs = END_MS,
  ) {}

  /** One order; never rejects. A process that died or hung is replaced. */
  async run(task: Order['task'], target: string, more?: string): Promise<Fate> {
    const child = this.child ?? this.start();
    const id = ++this.lastId;
    const began = performance.now();
    const fate = await new Promise<Omit<Fate, 'tookMs'>>((resolve) => {
      const timer = setTimeout(() => resolve({ id, hung: true, residentBytes: 0 }), this.limitMs);
      const exit = (code: number | null, signal: string | null) => {
        clearTimeout(timer);
        resolve({ id, died: signal ?? `exit code ${code}`, residentBytes: 0 });
      };
      child.once('exit', exit);
      child.on('message', (report: Report) => {
        if (report.id !== id) return;
        clearTimeout(timer);
        child.off('exit', exit).removeAllListeners('message');
        resolve(report);
      });
      child.send({ id, task, target, more } satisfies Order);
    });
    if (fate.died || fate.hung) this.end();
    return { ...fate, tookMs: performance.now() - began };
  }

  end(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private start(): ChildProcess {
    this.started++;
    this.child = fork(path.join(__dirname, 'child-victim.js'), {
      execArgv: [`--max-old-space-size=${this.heapMegabytes}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return this.child;
  }
}
