/**
 * One life of the sidecar: a forked process and the LanguageClient that talks to it over Node's IPC channel.
 * It is never restarted: after its end a new one is created, so that no old state remains.
 */
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type MessageTransports,
  TransportKind,
} from 'vscode-languageclient/node';
import type { SidecarSettings } from '../../server/protocol.js';
import { withoutToken } from './trace.js';

export interface Exit {
  code: number | null;
  signal: string | null;
}

/** Longest wait for `initialize`: nothing is loaded there, so this is generous. */
const START_MS = 20_000;
/** Longest wait for an orderly end; VS Code itself gives an extension five seconds. */
const STOP_MS = 2000;

/** As in server/engine/cpu/no-telemetry.ts; on Windows a library sees only what a process was started with. */
const noTelemetry = { ORT_DISABLE_TELEMETRY: '1' };
/** glibc keeps freed memory unless told otherwise: without this an unloaded model still costs a hundred megabytes. */
const mallocEnvironment = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

export class SidecarClient extends LanguageClient {
  #child: ChildProcess | undefined;
  /** True once it was asked to end: what follows is not a crash. */
  stopping = false;
  /** Resolves when the process has exited for any reason. */
  readonly gone: Promise<Exit>;
  readonly #reportGone: (exit: Exit) => void;

  constructor(module: string, settings: () => SidecarSettings, log: vscode.LogOutputChannel) {
    // Not in the workspace folder, where the library would start it: loaders search the current folder for libraries.
    const options = { env: { ...mallocEnvironment, ...noTelemetry }, cwd: path.dirname(module) };
    const server = { module, transport: TransportKind.ipc, options };
    super('askBert', 'Ask BERT', server, {
      documentSelector: [],
      outputChannel: log,
      traceOutputChannel: withoutToken(log, () => settings().remoteToken),
      initializationOptions: settings,
      initializationFailedHandler: () => false,
      errorHandler: {
        // A message that cannot be read is logged and skipped: the next one may be fine.
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        // Restarting is decided in supervisor.ts.
        closed: () => {
          this.kill();
          return {
            action: CloseAction.DoNotRestart,
            handled: true,
            message: vscode.l10n.t('The connection to the sidecar is closed.'),
          };
        },
      },
    });
    let report: (exit: Exit) => void = () => {};
    this.gone = new Promise((resolve) => {
      report = resolve;
    });
    this.#reportGone = report;
  }

  protected override async createMessageTransports(encoding: string): Promise<MessageTransports> {
    const transports = await super.createMessageTransports(encoding);
    this.#child = this.serverProcess;
    this.#child?.once('exit', (code, signal) => this.#reportGone({ code, signal }));
    this.#child?.once('error', () => this.#reportGone({ code: null, signal: null }));
    return transports;
  }

  /** Our own messages tell the user what happened; the library's only go to the log. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
  override warn(message: string, data?: unknown): void {
    super.warn(message, data, false);
  }
  override info(message: string, data?: unknown): void {
    super.info(message, data, false);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How the process ended, or undefined if it is still alive after `waitMs`. */
  exitWithin(waitMs: number): Promise<Exit | undefined> {
    return within(waitMs, this.gone);
  }

  /** Starts the process and initialises it. Rejects if it exits or does not respond. */
  async begin(): Promise<void> {
    const start = this.start();
    start.catch(() => {});
    const outcome = await within(START_MS, Promise.race([start.then(() => 'ready' as const), this.gone]));
    if (outcome === 'ready') return;
    this.kill();
    throw new Error(outcome ? exitText(outcome) : vscode.l10n.t('no answer within {0} seconds', START_MS / 1000));
  }

  /** Ends the process, first by request, then by force. Never rejects. */
  async end(): Promise<void> {
    this.stopping = true;
    if (this.isRunning()) await this.dispose(STOP_MS).catch(() => {});
    if (!(await this.exitWithin(this.#child ? 300 : 0))) this.kill();
    await this.exitWithin(1000);
  }

  kill(): void {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
  }
}

/** For people and for the log: the code or the signal. */
export function exitText({ code, signal }: Exit): string {
  return signal ? vscode.l10n.t('signal {0}', signal) : vscode.l10n.t('exit code {0}', code ?? '?');
}

async function within<T>(waitMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, waitMs, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
