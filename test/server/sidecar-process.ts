/** The real sidecar, forked, with a JSON-RPC client of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ProgressType,
} from 'vscode-jsonrpc/node';
import {
  AskMethod,
  type AskParams,
  type AskProgress,
  type AskResult,
  type SidecarSettings,
  type Status,
  StatusMethod,
} from '../../server/protocol.js';
import { END_MS } from '../unit/helpers/waits.js';

export const sidecarModule = path.resolve('dist/sidecar.js');
/** A model of two layers that answers at once; what it answers means nothing. */
export const tinyModel = path.resolve('test/fixtures/models/tiny-f32');
/** Thousands of windows for the tiny model: many seconds of work. */
export const longText = 'the king built a city. '.repeat(50_000);

export class SidecarProcess {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly statuses: Status[] = [];
  readonly logs: string[] = [];
  /** All that came on standard output and standard error. */
  output = '';
  readonly exited: Promise<{ code: number | null; signal: string | null }>;

  private constructor() {
    this.child = fork(sidecarModule, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'json' });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })));
    this.connection = createMessageConnection(new IPCMessageReader(this.child), new IPCMessageWriter(this.child));
    this.connection.onNotification(StatusMethod, (status: Status) => {
      this.statuses.push(status);
    });
    this.connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.logs.push(message);
    });
    this.connection.listen();
  }

  /** Forks and, unless `settings` is null, initialises it. */
  static async start(settings: SidecarSettings | null = {}): Promise<SidecarProcess> {
    const sidecar = new SidecarProcess();
    if (settings) await sidecar.initialize({ modelPath: tinyModel, threads: 1, ...settings });
    return sidecar;
  }

  async initialize(initializationOptions: unknown): Promise<void> {
    const params = { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions };
    await this.connection.sendRequest('initialize', params);
    await this.connection.sendNotification('initialized', {});
  }

  ask(params: Partial<AskParams>): Promise<AskResult> {
    return this.connection.sendRequest(AskMethod, {
      text: 'the king built a city',
      question: 'who built a city',
      ...params,
    });
  }

  /** Resolves when the engine has done its first batch for the question with this token. */
  working(token: string, seen: AskProgress[] = []): Promise<void> {
    return new Promise((resolve) => {
      this.connection.onProgress(new ProgressType<AskProgress>(), token, (progress) => {
        seen.push(progress);
        if (progress.stage === 'engine') resolve();
      });
    });
  }

  /** Ends it by force, if it still lives. */
  async kill(): Promise<void> {
    this.connection.dispose();
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
    const failed = this.logs.filter((message) => message.startsWith('A view failed'));
    assert.deepEqual(failed, [], 'a view is never to fail');
  }
}

/** A process ends by itself; one that does not is ended. */
export async function assertEnds(pid: number): Promise<void> {
  const limit = Date.now() + END_MS;
  while (runs(pid) && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 20));
  const survived = runs(pid);
  if (survived) process.kill(pid, 'SIGKILL');
  assert.equal(survived, false);
}

/** Whether a process runs; one that nobody has waited for yet (a zombie) does not. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
