/**
 * The sidecar: a language server that knows only the messages of protocol.ts. This file is the wire (JSON-RPC,
 * errors, progress, cancel, end); what it does is in sidecar/service.ts, and the reading happens in worker.ts.
 *
 * Started by `fork` (Node's IPC channel), or with `--stdio`, `--pipe=NAME` or `--socket=PORT` by another editor.
 */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type CancellationToken,
  createConnection,
  type InitializeResult,
  IPCMessageReader,
  IPCMessageWriter,
  ErrorCodes as LspErrorCodes,
  ProgressType,
  ProposedFeatures,
  ResponseError,
} from 'vscode-languageserver/node';
import { version } from '../package.json';
import { type AskBertError, asAskBertError, cancelled } from './errors.js';
import { useLanguage } from './l10n.js';
import {
  AskManyMethod,
  AskMethod,
  ConfigureMethod,
  ErrorCodes,
  type ErrorData,
  ExtractMethod,
  InfoMethod,
  PrepareMethod,
  StatusMethod,
  UnloadMethod,
} from './protocol.js';
import { Framing } from './sidecar/framing.js';
import { Service } from './sidecar/service.js';
import { checkAsk, checkPrepare, type ProgressToken } from './sidecar/validate.js';
import { checkAskMany, checkExtract } from './sidecar/validate-many.js';
import { Watchdog } from './sidecar/watchdog.js';
import type { WorkerProgress } from './sidecar/worker-messages.js';

/** Longest wait of `shutdown` for the batch that runs; VS Code itself waits two seconds. */
const SHUTDOWN_MS = 1500;

if (!process.send && process.argv.length < 3) {
  process.stderr.write(
    'sidecar.js is a language server: start it by fork, or with --stdio, --pipe=NAME or --socket=PORT.\n',
  );
  process.exit(2);
}

const connection = connect();

const service = new Service({
  version,
  startWorker: (workerData) => new Worker(path.join(__dirname, 'worker.js'), { workerData }),
  onStatus: (status) => void connection.sendNotification(StatusMethod, status).catch(ignore),
  log: (level, message) => connection.console[level](message),
});
const watchdog = new Watchdog((limitMs) => service.close(limitMs));

let phase: 'new' | 'ready' | 'stopped' = 'new';

connection.onInitialize(async (params): Promise<InitializeResult> => {
  const settings = await answered(() => service.configure(params.initializationOptions));
  useLanguage(settings.locale);
  if (typeof params.processId === 'number') watchdog.watch(params.processId);
  phase = 'ready';
  return { capabilities: {}, serverInfo: { name: 'Ask BERT', version } };
});

connection.onShutdown(async () => {
  phase = 'stopped';
  await service.close(SHUTDOWN_MS);
});

handle(AskMethod, (params, signal) => {
  const { question, source, progressToken } = checkAsk(params);
  return service.ask(question, source, signal, progressTo(progressToken));
});
handle(AskManyMethod, (received, signal) => {
  const { params, source, progressToken } = checkAskMany(received);
  return service.askMany(params, source, signal, progressTo(progressToken));
});
handle(ExtractMethod, (received, signal) => {
  const { params, source, progressToken } = checkExtract(received);
  return service.extract(params, source, signal, progressTo(progressToken));
});
handle(PrepareMethod, (params, signal) => service.prepare(signal, progressTo(checkPrepare(params).progressToken)));
handle(UnloadMethod, async () => {
  await service.unload();
  return null;
});
handle(InfoMethod, () => service.info());
// A request for clients that want to know of wrong settings, a notification for those that do not.
handle(ConfigureMethod, (params) => {
  configure(params);
  return null;
});
connection.onNotification(ConfigureMethod, (...params: unknown[]) => {
  try {
    configure(params[0]);
  } catch (error) {
    connection.console.error(asAskBertError(error).line);
  }
});

process.on('exit', () => {
  // The process would end the busy thread, which then aborts it with a message of its own and perhaps a core file.
  if (service.busy) process.kill(process.pid, 'SIGKILL');
});
process.on('uncaughtException', (error) => logDefect('Uncaught exception', error));
process.on('unhandledRejection', (reason) => logDefect('Unhandled rejection', reason));

connection.listen();

function connect() {
  if (process.argv.length < 3) {
    return createConnection(ProposedFeatures.all, new IPCMessageReader(process), new IPCMessageWriter(process));
  }
  if (!process.argv.includes('--stdio')) return createConnection(ProposedFeatures.all);
  const framing = new Framing((fault) => {
    process.stderr.write(`The client sent ${fault}: the connection is ended.\n`);
    void service.close(SHUTDOWN_MS).then(() => process.exit(1));
  });
  return createConnection(ProposedFeatures.all, process.stdin.pipe(framing), process.stdout);
}

function configure(params: unknown): void {
  useLanguage(service.configure(params).locale);
}

/** Registers a request; its handler may throw anything and gets an AbortSignal for the client's cancel. */
function handle(method: string, handler: (params: unknown, signal: AbortSignal) => unknown): void {
  connection.onRequest(method, (...received: unknown[]) => {
    // The library spreads positional parameters and leaves out missing ones; the token is always the last.
    const token = received.pop() as CancellationToken;
    const params = received.length > 1 ? received : received[0];
    return answered(() => {
      requireReady();
      return handler(params, signalOf(token));
    });
  });
}

async function answered<R>(work: () => R): Promise<Awaited<R>> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ResponseError ? error : responseError(asAskBertError(error));
  }
}

function responseError(error: AskBertError): ResponseError<ErrorData> {
  return new ResponseError(ErrorCodes[error.code], error.message, { code: error.code, remedy: error.remedy });
}

function requireReady(): void {
  if (phase === 'new') throw new ResponseError(LspErrorCodes.ServerNotInitialized, 'initialize has not been called.');
  if (phase === 'stopped') throw new ResponseError(LspErrorCodes.InvalidRequest, 'shutdown has been called.');
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  const cancel = () => controller.abort(cancelled());
  if (token.isCancellationRequested) cancel();
  else token.onCancellationRequested(cancel);
  return controller.signal;
}

function progressTo(token: ProgressToken | undefined): ((progress: WorkerProgress) => void) | undefined {
  if (token === undefined) return undefined;
  const type = new ProgressType<WorkerProgress>();
  return (progress) => void connection.sendProgress(type, token, progress).catch(ignore);
}

function logDefect(what: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    connection.console.error(`${what}: ${text}`);
  } catch {
    // The client has gone; the watchdog ends this process.
  }
}

function ignore(): void {
  // The client has gone; the watchdog ends this process.
}
