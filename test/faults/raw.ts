/** The sidecar over --stdio, with bytes instead of messages. */
import { type ChildProcess, spawn } from 'node:child_process';
import { after } from 'node:test';
import { AskMethod } from '../../server/protocol.js';
import { sidecarModule, tinyModel } from '../server/sidecar-process.js';
import { END_MS } from '../unit/helpers/waits.js';
import { sleep } from './client.js';

export const tinySettings = { modelPath: tinyModel, engine: 'cpu', threads: 1 };

export const message = (body: unknown): Buffer => {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
};
export const request = (id: unknown, method: unknown, params?: unknown) =>
  message({ jsonrpc: '2.0', id, method, params });
export const notification = (method: string, params?: unknown) => message({ jsonrpc: '2.0', method, params });
export const initialize = (id: unknown = 'i') =>
  request(id, 'initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions: tinySettings,
  });
export const ask = (id: unknown) =>
  request(id, AskMethod, { text: 'the king built a city', question: 'who built a city' });

export class Raw {
  readonly child: ChildProcess;
  readonly received: { id?: unknown; result?: unknown; error?: { code: number } }[] = [];
  exit: { code: number | null; signal: string | null } | undefined;
  private buffer = Buffer.alloc(0);

  constructor() {
    this.child = spawn(process.execPath, [sidecarModule, '--stdio'], { stdio: 'pipe' });
    running.add(this.child);
    this.child.once('exit', (code, signal) => {
      this.exit = { code, signal };
      running.delete(this.child);
    });
    this.child.stdin!.on('error', () => {}); // it has ended: that is seen by `exit`
    this.child.stderr!.resume();
    this.child.stdout!.on('data', (chunk: Buffer) => this.receive(chunk));
  }

  write(bytes: Buffer): void {
    this.child.stdin!.write(bytes);
  }

  private receive(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n\r\n/.exec(this.buffer.toString('latin1', 0, 60));
      const end = head ? head[0].length + Number(head[1]) : Number.POSITIVE_INFINITY;
      if (this.buffer.length < end) return;
      this.received.push(JSON.parse(this.buffer.toString('utf8', head![0].length, end)));
      this.buffer = this.buffer.subarray(end);
    }
  }

  /** Waits for a condition, for the end of the process, or until it hangs. */
  async until(condition: () => boolean): Promise<boolean> {
    for (const limit = Date.now() + END_MS; Date.now() < limit; await sleep(10)) if (condition() || this.exit) break;
    return condition();
  }

  answerTo(id: unknown) {
    return this.received.find((each) => each.id === id && ('result' in each || 'error' in each));
  }
}

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});
