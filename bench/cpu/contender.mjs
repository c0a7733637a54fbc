// One process measured by `npm run bench:cpu`: it answers each command with a line of JSON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Contender {
  /** Milliseconds of every call, by row. */
  times = new Map();
  /** The last answer and number of windows, by row. */
  results = new Map();
  /** Why a row is left out. */
  skipped = new Map();
  versions = '';
  /** Why it cannot be measured, or no longer can. */
  fault;

  constructor(name, command, args, env) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.child.stdin.on('error', () => {}); // it has ended: see `exit`
    let said = '';
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-4000);
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.once('error', (error) => {
      this.fault ??= error.message;
    });
    this.child.once('close', (code, signal) => {
      const last = said.trim().split('\n').at(-1);
      this.fault ??= `ended with ${signal ?? `code ${code}`}${last ? `: ${last}` : ''}`;
    });
  }

  /** Waits until it has loaded the model. */
  async ready() {
    const { versions } = (await this.next()) ?? {};
    this.versions = versions ?? '';
  }

  async measure(row, warmUps, calls) {
    if (this.fault) return;
    const { question, text, count, length } = row;
    this.child.stdin.write(`${JSON.stringify({ question, text, count, length, warmUps, calls })}\n`);
    const result = await this.next();
    if (result?.skipped) this.skipped.set(row.name, result.skipped);
    if (!result?.ms) return;
    this.times.set(row.name, [...(this.times.get(row.name) ?? []), ...result.ms]);
    this.results.set(row.name, result);
  }

  end() {
    this.fault ??= 'ended';
    this.child.kill();
  }

  /** The next line that is JSON; libraries may print other text. Undefined: it has ended. */
  async next() {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) {
        await new Promise((resolve) => (this.fault ? resolve() : this.child.once('close', resolve)));
        return undefined;
      }
      if (value.startsWith('{')) return JSON.parse(value);
    }
  }
}
