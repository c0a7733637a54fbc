/**
 * Many command lines in one process (cli-host.ts), for tables of what is refused. They run the same code as dist/cli.js;
 * that the process itself ends with that code and prints nothing else is for tests that start it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Order, Run } from './cli-host.js';

export class CommandLines {
  readonly #child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();

  /** @param env of the process; its language is that of the command lines */
  constructor(env: NodeJS.ProcessEnv = process.env) {
    const host = path.resolve('out-test', 'cli-host.js');
    this.#child = fork(host, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [], env });
  }

  /** Runs one after those before it. @param env in addition */
  run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
    const before = this.#last;
    const run = async (): Promise<Run> => {
      await before;
      this.#child.send({ args: [...args], env } satisfies Order);
      const [answer] = await Promise.race([once(this.#child, 'message'), this.#gone()]);
      return answer;
    };
    const now = run();
    this.#last = now.catch(() => {});
    return now;
  }

  async #gone(): Promise<never> {
    const [code, signal] = await once(this.#child, 'exit');
    throw new Error(`the process of the command lines ended with ${signal ?? code}`);
  }

  close(): void {
    // A command may have taken the other signals for itself.
    this.#child.kill('SIGKILL');
  }
}
