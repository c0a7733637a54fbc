/**
 * A pipe, a UNIX socket or a port of this machine to which clients connect, with a clear error for anything that
 * prevents it.
 */
import { existsSync } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

export type Address =
  /** Path of a UNIX socket, or name of a pipe of Windows. */
  | { pipe: string }
  /** On 127.0.0.1; 0: any that is free. */
  | { port: number };

export interface Listening {
  /** For display: the path, or host and port. */
  readonly where: string;
  /** Stops accepting clients and removes the socket file. */
  close(): void;
}

const HOST = '127.0.0.1';
/** How long to wait for a reply from another server. */
const PROBE_MS = 1000;
const MAX_CLIENTS = 64;
/** Maximum length of the path of a UNIX socket. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** @throws AskBertError BadRequest: in use, no such folder, no permission, not a socket, an invalid name */
export async function listen(address: Address, onClient: (socket: net.Socket) => void): Promise<Listening> {
  if ('port' in address) {
    const server = await begin({ host: HOST, port: address.port }, onClient).catch((error) => {
      throw portError(error, address.port);
    });
    return { where: `${HOST}:${(server.address() as net.AddressInfo).port}`, close: () => server.close() };
  }
  const where = pipePath(address.pipe);
  // The system would truncate it silently.
  if (process.platform !== 'win32' && Buffer.byteLength(where) > MAX_PATH_BYTES) {
    throw refused(
      t('{0} is {1} bytes long; a socket path has at most {2}.', where, Buffer.byteLength(where), MAX_PATH_BYTES),
      t('Name one in a folder with a shorter path.'),
    );
  }
  const server = await begin({ path: where }, onClient).catch(async (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || process.platform === 'win32') {
      throw pipeError(error, where);
    }
    await removeStale(where);
    return begin({ path: where }, onClient).catch((again) => {
      throw pipeError(again, where);
    });
  });
  return { where, close: () => server.close() };
}

/** Windows pipes have their own namespace. */
const pipePath = (name: string): string => {
  if (process.platform !== 'win32') return path.resolve(name);
  return /^\\\\[.?]\\pipe\\/i.test(name) ? name : `\\\\.\\pipe\\${name}`;
};

function begin(options: net.ListenOptions, onClient: (socket: net.Socket) => void): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer(onClient);
    server.maxConnections = MAX_CLIENTS;
    server.once('error', reject);
    // A socket file is private to its user from the moment it is created.
    const mask = process.platform === 'win32' ? undefined : process.umask(0o177);
    try {
      server.listen(options, () => resolve(server));
    } finally {
      if (mask !== undefined) process.umask(mask);
    }
  });
}

/**
 * Removes what a killed server has left behind. @throws AskBertError BadRequest: a server is listening, or it is
 * another file
 */
async function removeStale(where: string): Promise<void> {
  const stat = await lstat(where).catch(() => undefined);
  if (!stat) return;
  if (!stat.isSocket()) throw refused(t('{0} already exists and is not a socket.', where), otherName());
  if (await answers(where)) throw refused(t('Another server is listening on {0}.', where), otherName());
  await unlink(where).catch((error) => {
    throw pipeError(error, where);
  });
}

/** Whether a server is listening there; true if unknown. */
function answers(where: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(where);
    const end = (lives: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(lives);
    };
    const timer = setTimeout(end, PROBE_MS, true);
    socket.once('connect', () => end(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

function portError(error: NodeJS.ErrnoException, port: number): AskBertError {
  if (error.code === 'EADDRINUSE') {
    return refused(t('Port {0} of {1} is in use.', port, HOST), t('Name another port, or 0 for any that is free.'));
  }
  if (error.code === 'EACCES') {
    return refused(
      t('No permission to listen on port {0}.', port),
      t('Name a port from 1024 on, or 0 for any that is free.'),
    );
  }
  return refused(t('Cannot listen on port {0}: {1}', port, error.message));
}

function pipeError(error: NodeJS.ErrnoException, where: string): AskBertError {
  if (error instanceof AskBertError) return error;
  // Node has the same code for a folder that does not exist and for one that is not writable.
  if (process.platform !== 'win32' && !existsSync(path.dirname(where))) {
    return refused(
      t('The folder of {0} does not exist.', where),
      t('Create it first, or name a socket in another folder.'),
    );
  }
  switch (error.code) {
    case 'EADDRINUSE':
      return refused(t('Another server is listening on {0}.', where), otherName());
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refused(t('No permission to create the socket {0}.', where), otherName());
    default:
      return refused(t('Cannot listen on {0}: {1}', where, error.message));
  }
}

const otherName = () => t('Name another one.');
const refused = (message: string, remedy?: string) => new AskBertError('BadRequest', message, remedy);
