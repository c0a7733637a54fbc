/**
 * The sidecar: a language server that knows only the messages of protocol.ts. This file is its process (start, signs of
 * life, end); the wire is sidecar/connection.ts, what it does is sidecar/service.ts, and the reading happens in worker.ts.
 *
 * Started by `fork` (Node's IPC channel), or with `--stdio`, `--pipe=NAME` or `--socket=PORT` by another editor.
 */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { createConnection, IPCMessageReader, IPCMessageWriter, ProposedFeatures } from 'vscode-languageserver/node';
import { version } from '../package.json';
import { useLanguage } from './l10n.js';
import { StatusMethod } from './protocol.js';
import { ignore, serveClient } from './sidecar/connection.js';
import { Framing } from './sidecar/framing.js';
import { Service } from './sidecar/service.js';
import { Watchdog } from './sidecar/watchdog.js';

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
const configure = (settings: unknown) => {
  useLanguage(service.configure(settings).locale);
};

serveClient(connection, {
  service,
  initialize: (settings, processId) => {
    configure(settings);
    if (processId !== undefined) watchdog.watch(processId);
  },
  configure,
  shutdown: async () => {
    await service.close(SHUTDOWN_MS);
  },
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

function logDefect(what: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    connection.console.error(`${what}: ${text}`);
  } catch {
    // The client has gone; the watchdog ends this process.
  }
}
