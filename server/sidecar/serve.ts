/**
 * The sidecar for other editors: one process, one engine, its clients over standard input and output (one), or over a
 * pipe or a port (several at once, whose questions share the queue).
 */
import type { Readable, Writable } from 'node:stream';
import type { Connection } from 'vscode-languageserver';
import { checkSettings } from '../checks/check-request.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { type SidecarSettings, StatusMethod } from '../protocol.js';
import { type Gone, overStreams } from './channel.js';
import { type ClientOptions, ignore, serveClient } from './connection.js';
import { type Address, listen } from './listen.js';
import { flushed, hostService, onlyClient, SHUTDOWN_MS } from './process.js';
import type { Service } from './service.js';

export interface ServeOptions {
  /** Default: standard input and output. */
  address?: Address | undefined;
  /**
   * Settings from the command line. A client at standard input may override them; those at a pipe or a port share them.
   */
  settings: SidecarSettings;
  /** Keeps running after the last client disconnects, until it is asked to end. */
  keep: boolean;
  /** Reads files for clients; otherwise only texts. */
  files: boolean;
  /** Called with the address. */
  onListening(where: string): void;
  /** Asks it to end. */
  signal: AbortSignal;
}

/**
 * Serves until its clients have disconnected, or it is asked to end.
 * @returns the exit code: 1 when a client at standard input ended it without `shutdown`
 * @throws AskBertError BadRequest: the address
 */
export async function serve(options: ServeOptions): Promise<number> {
  const host = new Host(options);
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  options.signal.addEventListener('abort', () => end(0), { once: true });
  if (options.address) await host.listen(options.address, () => end(0));
  else void host.talk().then(end);
  const code = await ended;
  await host.close();
  return code;
}

class Host {
  readonly #options: ServeOptions;
  readonly #service: Service;
  /** Disconnect the connected clients. */
  readonly #connected = new Set<() => Promise<void>>();
  /** Initialised clients. */
  readonly #ready = new Set<Connection>();
  #count = 0;
  #stopListening = () => {};

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#service = hostService({
      onStatus: (status) => this.#tell((each) => each.sendNotification(StatusMethod, status).catch(ignore)),
      log: (level, message) => this.#tell((each) => each.console[level](message)),
    });
    this.#service.configure(options.settings);
  }

  /** One client at standard input and output. @returns its exit code, once it has disconnected */
  async talk(): Promise<number> {
    const { stdin, stdout } = process;
    const rights = onlyClient(this.#service, this.#options.settings);
    const { exit, shutdown, fault } = await this.#connect(stdin, stdout, () => flushed(stdout), rights);
    if (fault !== undefined) process.stderr.write(`The client sent ${fault}: the connection is ended.\n`);
    return fault !== undefined || (exit && !shutdown) ? 1 : 0;
  }

  /** @param onEmpty the last client has disconnected. @throws AskBertError BadRequest */
  async listen(address: Address, onEmpty: () => void): Promise<void> {
    const listening = await listen(address, (socket) => {
      // Only its end matters, for any reason.
      socket.on('error', ignore);
      const hangUp = async () => {
        await flushed(socket);
        socket.destroy();
      };
      void this.#connect(socket, socket, hangUp, this.#sharing()).then(() => {
        if (this.#connected.size === 0 && !this.#options.keep) onEmpty();
      });
    });
    this.#stopListening = () => listening.close();
    this.#options.onListening(listening.where);
  }

  /** Fails pending work, disconnects, and frees the engine. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.#service.close(SHUTDOWN_MS);
    await Promise.all([...this.#connected].map((hangUp) => hangUp()));
    await flushed(process.stdout);
  }

  /** The rights of one of several clients: it cannot change the settings. */
  #sharing(): SharedOptions {
    return {
      initialize: (settings, _processId, connection) => {
        checkSettings(settings);
        if (settings && Object.keys(settings).some((key) => key !== 'locale')) {
          connection.console.warn(
            'Model and engine are those of the command line; the settings of a client are not used.',
          );
        }
      },
      configure: (settings) => {
        checkSettings(settings);
        throw new AskBertError(
          'BadRequest',
          t('settings: found settings of one of several clients, expected none.'),
          t('Start a separate server with them on the command line.'),
        );
      },
      shutdown: async () => {},
      name: `client ${++this.#count}:`,
      files: this.#options.files,
    };
  }

  /** @returns how the client has gone, once it has */
  #connect(input: Readable, output: Writable, hangUp: () => Promise<void>, options: SharedOptions): Promise<Gone> {
    const port = this.#options.address && 'port' in this.#options.address;
    const { connection, gone, ended } = overStreams(input, output, port);
    this.#connected.add(hangUp);
    const { initialize } = options;
    serveClient(connection, {
      ...options,
      service: this.#service,
      gone,
      initialize: (settings, processId) => {
        initialize(settings, processId, connection);
        // After the answer to `initialize`; until then nothing else may be sent.
        setImmediate(() => {
          if (gone.aborted) return;
          this.#ready.add(connection);
          const { status } = this.#service;
          if (status.state !== 'idle') void connection.sendNotification(StatusMethod, status).catch(ignore);
        });
      },
    });
    connection.listen();
    return ended.then((how) => {
      this.#ready.delete(connection);
      this.#connected.delete(hangUp);
      void hangUp();
      return how;
    });
  }

  #tell(say: (connection: Connection) => unknown): void {
    for (const connection of this.#ready) say(connection);
  }
}

type SharedOptions = Pick<ClientOptions, 'configure' | 'shutdown' | 'name' | 'files'> & {
  initialize(settings: unknown, processId: number | undefined, connection: Connection): void;
};
