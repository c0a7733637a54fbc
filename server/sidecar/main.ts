/**
 * The sidecar: a language server that knows only the messages of protocol.ts. This file is its process (start,
 * liveness, end); the connection is in sidecar/connection.ts, the service in sidecar/service.ts, and reading happens in
 * worker.ts.
 *
 * Started by `fork` (Node's IPC channel), or with `--stdio`, `--pipe=NAME` or `--socket=PORT` by another editor, which
 * listens there.
 */
import net from 'node:net';
import { StatusMethod } from '../protocol.js';
import { type Channel, overIpc, overStreams } from './channel.js';
import { ignore, serveClient } from './connection.js';
import { type Place, placeOf } from './place.js';
import { flushed, hostService, onlyClient, SHUTDOWN_MS } from './process.js';

const place = placeOf(process.argv.slice(2), process.send !== undefined);
if (!place) {
  process.stderr.write(
    'sidecar.js is a language server: start it by fork, or with --stdio, --pipe=NAME or --socket=PORT.\n',
  );
  process.exit(2);
}

const { connection, gone, ended } = connect(place);

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

serveClient(connection, { service, gone, ...onlyClient(service) });
connection.listen();

void ended.then(async ({ shutdown, fault }) => {
  if (fault !== undefined) process.stderr.write(`The client sent ${fault}: the connection is ended.\n`);
  await service.close(SHUTDOWN_MS);
  await flushed(process.stdout);
  process.exit(shutdown && fault === undefined ? 0 : 1);
});

function connect(to: Place): Channel {
  if (to.kind === 'ipc') return overIpc();
  if (to.kind === 'stdio') return overStreams(process.stdin, process.stdout);
  const socket = to.kind === 'pipe' ? net.connect(to.name) : net.connect({ host: '127.0.0.1', port: to.port });
  socket.once('error', ({ message }) => process.stderr.write(`The connection to the client failed: ${message}\n`));
  return overStreams(socket, socket);
}
