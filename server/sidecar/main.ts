/**
 * The sidecar: a language server that knows only the messages of protocol.ts. This file is its process (start,
 * liveness, end); the connection is in sidecar/connection.ts, the service in sidecar/service.ts, and reading happens in
 * worker.ts.
 *
 * Started by `fork` (Node's IPC channel), or with `--stdio`, `--pipe=NAME` or `--socket=PORT` by another editor.
 */
import { createConnection, IPCMessageReader, IPCMessageWriter, ProposedFeatures } from 'vscode-languageserver/node';
import { StatusMethod } from '../protocol.js';
import { ignore, serveClient } from './connection.js';
import { Framing } from './framing.js';
import { hostService, onlyClient, SHUTDOWN_MS } from './process.js';

if (!process.send && process.argv.length < 3) {
  process.stderr.write(
    'sidecar.js is a language server: start it by fork, or with --stdio, --pipe=NAME or --socket=PORT.\n',
  );
  process.exit(2);
}

const connection = connect();

const service = hostService({
  onStatus: (status) => void connection.sendNotification(StatusMethod, status).catch(ignore),
  log: (level, message) => {
    try {
      connection.console[level](message);
    } catch {
      // The client has disconnected; the watchdog ends this process.
    }
  },
});

serveClient(connection, { service, ...onlyClient(service) });
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
